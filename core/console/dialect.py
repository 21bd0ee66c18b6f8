"""The console as one more dialect, so that everything that guards requests guards its pages too."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.config import Config
from core.console.context import Console
from core.console.errors import ErrorRenderer
from core.console.pages import audit, bookings, calendar, home, keys, operators, sign_in
from core.console.rendering import NavigationEntry, Templates
from core.console.static_files import StaticFiles
from core.console.steps import NAME, Steps
from core.http.dialect import Dialect, Route
from core.plugins import Manager
from core.services.operators import OWNER, VIEWER

#: The navigation: title, page, and the least role that sees it.
NAVIGATION = (
    NavigationEntry("Today", "", VIEWER),
    NavigationEntry("Calendar", "calendar", VIEWER),
    NavigationEntry("Bookings", "bookings", VIEWER),
    NavigationEntry("Keys", "keys", VIEWER),
    NavigationEntry("Audit", "audit", VIEWER),
    NavigationEntry("Operators", "operators", OWNER),
)


def make_console(
    config: Config,
    manager: Manager,
    *,
    clock: Callable[[], datetime],
    readiness: Callable[[], dict[str, Any]],
) -> Dialect:
    """The console's pages, ready to be served.

    Args:
        readiness: The complete answer of ``/readyz``.
    """
    console = Console(config, manager, clock, readiness)
    templates = Templates(console, NAVIGATION)
    steps = Steps(console)
    pages: dict[str, Any] = {
        "": home.TodayPage(console, templates),
        "sign-in": sign_in.SignInPage(console, templates, steps),
        "sign-out": sign_in.SignOutPage(console, templates, steps),
        "static/{name}": StaticFiles(),
        "calendar": calendar.CalendarPage(console, templates),
        "calendar/list": calendar.DayPage(console, templates),
        "calendar/entries": calendar.EntriesPage(console, templates),
        "bookings": bookings.BookingsPage(console, templates),
        "bookings/{id:int}": bookings.BookingPage(console, templates),
        "keys": keys.KeysPage(console, templates),
        "audit": audit.AuditPage(console, templates),
        "operators": operators.OperatorsPage(console, templates),
        "account": operators.AccountPage(console, templates),
    }
    return Dialect(
        name=NAME,
        prefixes=[console.prefix],
        routes=[Route(f"{console.prefix}/{path}".rstrip("/"), page) for path, page in pages.items()],
        render_error=ErrorRenderer(console, templates),
        steps=steps,
    )
