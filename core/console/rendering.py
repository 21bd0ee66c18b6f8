"""Templates: the Jinja environment, what every page shows, and how times and amounts are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import falcon
import msgspec
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket
from markupsafe import Markup

from core.console.context import Console
from core.console.plain_words import describe_value
from core.console.static_files import FOLDER as STATIC_FOLDER
from core.console.static_files import asset_version

TEMPLATES = STATIC_FOLDER.parent / "templates"
FORM_PURPOSE, MESSAGE_PURPOSE = "form", "message"
MESSAGE_COOKIE = "frontdesk_message"


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A link of the navigation. ``role`` is the least that sees it."""

    title: str
    path: str
    role: str


#: The code of every template, for as long as the process lives: with each new setting the console is built anew.
_compiled: dict[str, bytes] = {}


class _CompiledTemplates(BytecodeCache):
    """Keeps what Jinja compiles in ``_compiled``."""

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in _compiled:
            bucket.bytecode_from_string(_compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        _compiled[bucket.key] = bucket.bytecode_to_string()


def template_environment() -> Environment:
    """Jinja with the console's templates; every value is escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_CompiledTemplates(),
    )


class Templates:
    """Renders the pages of one console."""

    def __init__(self, console: Console, navigation: Sequence[NavigationEntry]) -> None:
        self._console = console
        self._navigation = navigation
        self._environment = template_environment()
        self._compile = lru_cache(maxsize=256)(self._environment.from_string)
        site = console.config.site

        def money(amount: Decimal, currency: str = "") -> str:
            return format_money(amount, currency or site.currency)

        self._environment.filters |= {
            "money": money,
            "moment": lambda instant: format_moment(instant, console),
            "wall": format_wall_clock,
            "ago": lambda instant: format_ago(instant, console.clock()),
            "decimal": lambda text: Decimal(str(text)),
            "words": lambda text: str(text).replace("_", " "),
            "json": _as_json,
            "value": lambda value: describe_value(value),
        }
        self._environment.globals |= {
            "url": console.url,
            "static": lambda name: f"{console.url('static', name)}?v={asset_version(name)}",
            "site": site,
        }

    def render(self, req: falcon.Request, resp: falcon.Response, template: str, values: Mapping[str, Any]) -> str:
        """A page as text. ``csrf`` is the token of its forms, ``operator`` None without sign-in."""
        operator = getattr(req.context, "operator", None)
        visible = [entry for entry in self._navigation if operator is not None and operator.may(entry.role)]
        here = req.path.removeprefix(self._console.prefix).strip("/")
        return self._environment.get_template(template).render(
            {
                "operator": operator,
                "csrf": self.form_token(req),
                "navigation": visible,
                "here": here,
                "message": self._take_message(req, resp),
                "fragment": req.env.get("HTTP_HX_REQUEST") == "true",
                "now": self._console.clock(),
                **values,
            }
        )

    def render_text(self, text: str, values: Mapping[str, Any]) -> Markup:
        """A template of a plugin's own, as safe markup."""
        return Markup(self._compile(text).render({"now": self._console.clock(), **values}))

    def form_token(self, req: falcon.Request) -> str:
        """The token that forms of this session (or of this visitor, before sign-in) must send."""
        subject = getattr(req.context, "form_subject", "")
        return self._console.signer.sign(FORM_PURPOSE, subject) if subject else ""

    def set_message(self, resp: falcon.Response, message: str) -> None:
        """Show a message on the next page."""
        text = self._console.signer.sign(MESSAGE_PURPOSE, message[:500])
        resp.set_cookie(
            MESSAGE_COOKIE, text, max_age=60, path=f"{self._console.base}/", secure=False, same_site="Strict"
        )

    def _take_message(self, req: falcon.Request, resp: falcon.Response) -> str:
        text = req.cookies.get(MESSAGE_COOKIE)
        if not text:
            return ""
        resp.unset_cookie(MESSAGE_COOKIE, path=f"{self._console.base}/", same_site="Strict")
        return str(self._console.signer.read(MESSAGE_PURPOSE, text, max_age=60) or "")


def format_money(amount: Decimal, currency: str) -> str:
    """An amount with its currency, such as ``€1,234.50``."""
    return format_currency(amount, currency, locale="en")


def format_moment(instant: datetime | None, console: Console) -> str:
    """An instant on the site's clock; "" for None."""
    if instant is None:
        return ""
    return format_datetime(instant.astimezone(console.zone), "d MMM y, HH:mm", locale="en")


def format_wall_clock(value: datetime | date | None) -> str:
    """A naive time on some wall clock, or a date."""
    if value is None:
        return ""
    return format_datetime(value, "EEE d MMM y, HH:mm" if isinstance(value, datetime) else "EEE d MMM y", locale="en")


def format_ago(instant: datetime | None, now: datetime) -> str:
    """How long ago an instant was, or how far ahead it is, in words; "never" for None."""
    if instant is None:
        return "never"
    distance = instant - now
    if abs(distance) < timedelta(minutes=1):
        return "just now" if distance <= timedelta(0) else "in a moment"
    return format_timedelta(distance, add_direction=True, locale="en")


def _as_json(value: Any) -> Markup:
    """Data for a script, in a ``<script type="application/json">``."""
    text = msgspec.json.encode(value).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
