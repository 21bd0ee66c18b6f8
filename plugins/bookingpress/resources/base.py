"""What every resource of this dialect shares: reading parameters, lists, notices, switches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, ClassVar, Literal

import msgspec

from core import Host
from core.domain.currency import symbol
from core.domain.zones import zone
from core.errors import Invalid, MalformedBody
from core.http.body import parse_json
from core.services import site
from core.services.repository import Condition, Repository
from core.wordpress import php, sanitize
from plugins.bookingpress.auth import Gate
from plugins.bookingpress.errors import ReadRefused
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.settings import GROUPS
from plugins.bookingpress.translate.prices import usual_settings
from plugins.bookingpress.translate.values import NAME, to_date

#: More matches than this of a search are not looked at.
MOST_MATCHES = 5_000
_PAGE_NAMES = ("page", "currentpage", "current_page")
_SIZE_NAMES = ("per_page", "perpage", "limit")
_SORT_NAMES = ("sort_by", "orderby")
_WAY_NAMES = ("sort_order", "order")


class Params:
    """What a caller gave, read as PHP reads it. Names are tried in order; null is absent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def has(self, *names: str) -> bool:
        return any(name in self for name in names)

    def raw(self, *names: str) -> Any:
        return next((self.values[name] for name in names if name in self), None)

    def whole(self, *names: str, default: int = 0) -> int:
        """``intval``: leading digits count, everything else is 0."""
        value = self.raw(*names)
        return default if value in (None, "") else php.intval(value)

    def id(self, *names: str) -> int:
        return max(0, self.whole(*names))

    def text(self, *names: str, default: str = "", longest: int | None = None) -> str:
        """One line without tags. What is longer than a column holds is cut (``longest``)."""
        value = self.raw(*names)
        return default if value is None else sanitize.text_field(value)[:longest]

    def html(self, *names: str, default: str = "") -> str:
        """Text that keeps its line breaks and basic HTML, but no scripts and styles."""
        value = self.raw(*names)
        return default if value is None else _without_scripts(php.to_text(value)).strip()

    def flag(self, *names: str, default: bool) -> bool:
        value = self.raw(*names)
        if value in (None, ""):
            return default
        if isinstance(value, str):
            return value.strip().lower() not in ("false", "0", "off", "no")
        return bool(value)

    def amount(self, *names: str, default: Decimal = Decimal(0)) -> Decimal:
        """A number that money can be.

        Raises:
            Invalid: It is none.
        """
        value = self.raw(*names)
        if value in (None, ""):
            return default
        found = php.to_number(value)
        if found is None or abs(found) >= 10**9 or found.as_tuple().exponent < -9:
            raise Invalid(field=names[0], reason="number", value=value)
        return found

    def day(self, *names: str) -> str:
        """A date as ISO text, "" when absent."""
        value = self.raw(*names)
        return "" if value in (None, "") else to_date(value, names[0]).isoformat()

    def ids(self, *names: str) -> list[int]:
        """Ids from a list, a comma text or a JSON text."""
        value = _decoded(self.raw(*names))
        return [number for number in sanitize.id_list(value) if number] if value not in (None, "") else []

    def items(self, *names: str) -> list[Mapping[str, Any]]:
        """A list of objects, also as JSON text or as a map of them.

        Raises:
            Invalid: It is something else.
        """
        value = _decoded(self.raw(*names))
        if value in (None, ""):
            return []
        if isinstance(value, Mapping):
            value = list(value.values())
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise Invalid(field=names[0], reason="type")
        return value

    def decoded(self, *names: str) -> Any:
        """A value whose JSON text is decoded."""
        return _decoded(self.raw(*names))


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        try:
            return parse_json(value.encode("utf-8", "replace"))
        except MalformedBody:
            return value
    return value


def _without_scripts(text: str) -> str:
    for name in ("script", "style"):
        lower, kept, place = text.lower(), [], 0
        while (start := lower.find(f"<{name}", place)) >= 0:
            end = lower.find(f"</{name}>", start)
            kept.append(text[place:start])
            place = len(text) if end < 0 else end + len(name) + 3
        text = "".join([*kept, text[place:]])
    return text


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list was asked for; ``order`` fits the core's pages."""

    params: Params
    limit: int
    offset: int
    order: tuple[tuple[str, str], ...]
    sort: str
    search: str


def read_listing(params: Params, *, sorts: Mapping[str, str], per_page: int = 10, default: str = "id") -> Listing:
    """Paging and order of a list.

    Args:
        sorts: Core field by the name a caller may sort by.

    Raises:
        ReadRefused: A number is out of range or a field unknown.
    """
    bad: dict[str, str] = {}
    page = _whole(params, _PAGE_NAMES, 1, 1, 2**31, bad)
    size = _whole(params, _SIZE_NAMES, per_page, 1, 100, bad)
    sort = params.text(*_SORT_NAMES)
    if sort and sort not in sorts:
        bad["sort_by"] = f"sort_by is not one of {', '.join(sorts)}."
    way = params.text(*_WAY_NAMES, default="DESC").upper() or "DESC"
    if way not in ("ASC", "DESC"):
        bad["sort_order"] = "sort_order is not one of ASC, DESC."
    if bad:
        raise ReadRefused(bad=bad)
    field = sorts.get(sort, default)
    return Listing(
        params=params,
        limit=size,
        offset=(page - 1) * size,
        order=((field, way.lower()),),
        sort=sort,
        search=params.text("search"),
    )


def listed(sorts: Mapping[str, str]) -> dict[str, Any]:
    """What ``read_listing`` reads."""
    return {
        **dict.fromkeys((*_PAGE_NAMES, *_SIZE_NAMES), int),
        **dict.fromkeys(_SORT_NAMES, Literal[tuple(sorts)]),
        **dict.fromkeys(_WAY_NAMES, Literal["ASC", "DESC"]),
        "search": str,
    }


def _whole(params: Params, names: Sequence[str], default: int, low: int, high: int, bad: dict[str, str]) -> int:
    value = params.raw(*names)
    if value in (None, ""):
        return default
    name = next(name for name in names if name in params)
    if not php.is_integer(value):
        bad[name] = f"{name} is not of type integer."
        return default
    number = php.intval(value)
    if not low <= number <= high:
        bad[name] = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
    return number


def words(search: str, fields: tuple[str, ...]) -> list[Condition]:
    """Conditions for a search: every word must be part of one of the fields."""
    return [(fields, "contains", word) for word in search.split()[:8]]


class Shop:
    """The site as the resources of one host see it."""

    def __init__(self, host: Host, gate: Gate) -> None:
        self.clock = host.clock
        self.gate = gate
        self.zone: tzinfo = zone(host.site.timezone)
        self.currency = host.site.currency
        self.symbol = symbol(host.site.currency, host.site.locale)

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def midnight(self) -> int:
        """The instant (epoch seconds) at which today began on the site's clock."""
        start = datetime.combine(self.today, datetime.min.time(), self.zone)
        return int(start.timestamp())

    @property
    def settings(self) -> SiteSettings:
        return site_settings()


def site_settings() -> SiteSettings:
    """The stored settings that change behaviour."""
    known = site.current()
    usual = usual_settings(known.currency, known.locale)
    stored = site.extras(NAME).get("settings") or {}
    return msgspec.convert({**usual, **stored, "locale": known.locale}, SiteSettings, strict=False)


class Things:
    """One kind of record; subclasses fill in what they can do. Writes run inside one transaction.

    ``told`` stands at their methods: the filters of ``page`` and its records, the bodies of ``create`` and ``update``.
    """

    #: The group of switches, and the words a list may be sorted by.
    group: ClassVar[str]
    sorts: ClassVar[Mapping[str, str]] = {"id": "id"}
    #: Names under which a POST to the collection names the record it means to update.
    update_names: ClassVar[tuple[str, ...]] = ("update_id",)
    #: A record's words where a write has others, so that what was read can be sent back.
    shown_names: ClassVar[Mapping[str, str]] = {}
    per_page: ClassVar[int] = 10
    default_order: ClassVar[str] = "id"
    #: ``create`` checks first and opens its transaction only then.
    opens_transaction: ClassVar[bool] = False

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    @property
    def actions(self) -> tuple[str, ...]:
        return GROUPS[self.group]

    def given(self, params: Params) -> Params:
        """What a caller gave in the words of a write; a word of the record counts where that is missing."""
        more = {
            name: params.values[shown]
            for shown, name in self.shown_names.items()
            if shown in params and name not in params
        }
        return Params({**params.values, **more}) if more else params

    def page(self, listing: Listing) -> tuple[Sequence[Any], int]:
        raise NotImplementedError

    def one(self, id: int) -> tuple[Any, int]:
        """The record and its version."""
        raise NotImplementedError

    def create(self, given: Params) -> Any:
        raise NotImplementedError

    def update(self, id: int, given: Params, *, gentle: bool) -> Any:
        """Change a record; ``gentle`` (PATCH) leaves every absent field alone."""
        raise NotImplementedError

    def delete(self, id: int, expected_version: int | None) -> Any:
        raise NotImplementedError


def simple_page(table: Repository[Any], listing: Listing, where: Sequence[Condition]) -> tuple[list[Any], int]:
    """A page of a table by the listing's own order and paging."""
    page = table.page(where, order=listing.order, limit=listing.limit, offset=listing.offset)
    return page.items, page.total or 0
