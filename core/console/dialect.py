"""The console as one more dialect, so that everything that guards requests guards its pages too."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.config import Config
from core.console.context import Console
from core.console.errors import ErrorRenderer
from core.console.pages import (
    audit,
    bookings,
    calendar,
    customers,
    deliveries,
    explain,
    health,
    home,
    keys,
    operators,
    privacy,
    reports,
    resources,
    services,
    settings,
    sign_in,
)
from core.console.pages.plugin_pages import navigation_entries, plugin_pages
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
    NavigationEntry("Services", "services", VIEWER),
    NavigationEntry("Customers", "customers", VIEWER),
    NavigationEntry("Explain", "explain", VIEWER),
    NavigationEntry("Reports", "reports", VIEWER),
    NavigationEntry("Keys", "keys", VIEWER),
    NavigationEntry("Settings", "settings", VIEWER),
    NavigationEntry("Deliveries", "deliveries", VIEWER),
    NavigationEntry("Health", "health", VIEWER),
    NavigationEntry("Audit", "audit", VIEWER),
    NavigationEntry("Privacy", "privacy", OWNER),
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
    templates = Templates(console, (*NAVIGATION, *navigation_entries(manager.console_pages)))
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
        "services": services.ServicesPage(console, templates),
        "services/{id:int}": services.ServicePage(console, templates),
        "resources": resources.ResourcesPage(console, templates),
        "resources/{id:int}": resources.ResourcePage(console, templates),
        "customers": customers.CustomersPage(console, templates),
        "customers/{id:int}": customers.CustomerPage(console, templates),
        "keys": keys.KeysPage(console, templates),
        "deliveries": deliveries.DeliveriesPage(console, templates),
        "deliveries/{plugin}/{id:int(max=999999999999999999)}": deliveries.DeliveryPage(console, templates),
        "settings": settings.SettingsPage(console, templates),
        "settings/{plugin}": settings.PluginSettingsPage(console, templates),
        "explain": explain.ExplainPage(console, templates),
        "health": health.HealthPage(console, templates),
        "reports": reports.ReportsPage(console, templates),
        "privacy": privacy.PrivacyPage(console, templates),
        "audit": audit.AuditPage(console, templates),
        "operators": operators.OperatorsPage(console, templates),
        "account": operators.AccountPage(console, templates),
    }
    pages |= plugin_pages(console, templates, taken=list(pages))
    return Dialect(
        name=NAME,
        prefixes=[console.prefix],
        routes=[Route(f"{console.prefix}/{path}".rstrip("/"), page) for path, page in pages.items()],
        render_error=ErrorRenderer(console, templates),
        steps=steps,
    )
