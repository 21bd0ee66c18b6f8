"""What callers send, read as PHP reads it: parameters of writes and reads, and the paging and order of lists."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from frontdesk.errors import DomainError, Invalid
from frontdesk.wordpress import php, phpjson, sanitize, schema
from plugins.bookingpress.errors import ReadRefused
from plugins.bookingpress.translate.values import to_date, to_minute

#: Write parameters by the record's field that shows the same, for each collection: an answer can be sent back.
WRITE_NAMES: dict[str, dict[str, str]] = {
    "categories": {"category_name": "service_category_name"},
    "services": {"category_id": "service_category"},
    "staffmembers": {
        **{
            f"staffmember_{name}": name
            for name in ("firstname", "lastname", "email", "phone", "note", "status", "visibility")
        },
        "staffmember_country_phone": "staff_member_phone_country",
        "staffmember_country_dial_code": "staff_member_dial_code",
        "staffmember_avatar": "avatar_url",
    },
    "customers": {
        **{f"customer_{name}": name for name in ("firstname", "lastname", "email", "phone", "note", "username")},
        "customer_avatar": "avatar_url",
    },
}
_PAGE_NAMES = ("page", "currentpage", "current_page")
_SIZE_NAMES = ("per_page", "perpage", "limit")
_SORT_NAMES = ("sort_by", "orderby")
_DIRECTION_NAMES = ("sort_order", "order")
_PAGE = {"type": "integer", "minimum": 1, "maximum": 2**31}
_SIZE = {"type": "integer", "minimum": 1, "maximum": 100}


class Params:
    """Parameters by name. A reader takes several names: the first that is given counts; null is absent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def has(self, *names: str) -> bool:
        return any(name in self for name in names)

    def raw(self, *names: str) -> Any:
        for name in names:
            value = self.values.get(name)
            if value is not None:
                return value
        return None

    def is_empty(self, *names: str) -> bool:
        """Whether the parameter is absent, null or an empty text."""
        return self.raw(*names) in (None, "")

    def integer(self, *names: str, default: int = 0) -> int:
        """``intval``: leading digits count, everything else is 0."""
        value = self.raw(*names)
        return default if value in (None, "") else php.intval(value)

    def id(self, *names: str) -> int:
        return max(0, self.integer(*names))

    def text(self, *names: str, default: str = "", longest: int | None = None) -> str:
        """One line without tags, cut to ``longest`` characters where a column holds no more."""
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
        """An amount of money.

        Raises:
            Invalid: It is no number, or one that no column holds.
        """
        value = self.raw(*names)
        if value in (None, ""):
            return default
        amount = php.to_number(value)
        # A finite amount below 10**9: its exponent is a number.
        if amount is None or abs(amount) >= 10**9 or int(amount.as_tuple().exponent) < -9:
            raise Invalid(field=names[0], reason="number", value=value)
        return amount

    def day(self, *names: str) -> str:
        """A date as ISO text, "" when absent."""
        return "" if self.is_empty(*names) else to_date(self.raw(*names), names[0]).isoformat()

    def date(self, *names: str) -> datetime.date:
        """A date.

        Raises:
            Invalid: It is absent or none.
        """
        return to_date(self.raw(*names), names[0])

    def optional_date(self, *names: str) -> datetime.date | None:
        return None if self.is_empty(*names) else self.date(*names)

    def minute(self, *names: str) -> int:
        """A time as minutes of the day.

        Raises:
            Invalid: It is absent or none.
        """
        return to_minute(self.raw(*names), names[0])

    def end_minute(self, *names: str) -> int | None:
        """A time at which something ends, ``00:00`` being the midnight after the day; None when absent."""
        return None if self.is_empty(*names) else to_minute(self.raw(*names), names[0], end=True)

    def optional_amount(self, *names: str) -> Decimal | None:
        return None if self.is_empty(*names) else self.amount(*names)

    def optional_integer(self, *names: str) -> int | None:
        return None if self.is_empty(*names) else self.integer(*names)

    def texts(self, *names: str) -> list[str]:
        """The text of each of the names."""
        return [self.text(name) for name in names]

    def only(self, *names: str) -> dict[str, Any]:
        """What is given under these names, as it is."""
        return {name: self.values[name] for name in names if name in self}

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        """One of some words; an empty text is the default.

        Raises:
            Invalid: It is another word.
        """
        value = self.text(name) or default
        if value not in choices:
            raise Invalid(field=name, reason="choice", value=value)
        return value

    def number(self, name: str, low: int, high: int, *, default: int = 0) -> int:
        """A whole number between two bounds, both included.

        Raises:
            Invalid: It lies outside.
        """
        value = self.integer(name, default=default)
        if not low <= value <= high:
            raise Invalid(field=name, reason="range", value=value)
        return value

    def ids(self, *names: str) -> list[int]:
        """Ids from a list, a comma text or a JSON text."""
        value = self.decoded(*names)
        return [id for id in sanitize.id_list(value) if id] if value not in (None, "") else []

    def items(self, *names: str) -> list[Mapping[str, Any]]:
        """A list of objects, also as JSON text or as a map of them.

        Raises:
            Invalid: It is something else.
        """
        value = self.decoded(*names)
        if value in (None, ""):
            return []
        if isinstance(value, Mapping):
            value = list(value.values())
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise Invalid(field=names[0], reason="type")
        return value

    def decoded(self, *names: str) -> Any:
        """A value; a JSON text in its place is decoded."""
        value = self.raw(*names)
        if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
            try:
                return phpjson.loads(value.encode("utf-8", "replace"))
            except phpjson.JsonError:
                return value
        return value

    def mapping(self, *names: str) -> Mapping[str, Any]:
        """An object, also as JSON text; empty where it is something else."""
        value = self.decoded(*names)
        return value if isinstance(value, Mapping) else {}

    def as_write(self, collection: str) -> "Params":
        """The same with fields of a record under the names that writes have for them, where those are missing."""
        renamed = {
            parameter: self.values[field]
            for field, parameter in WRITE_NAMES.get(collection, {}).items()
            if field in self and parameter not in self
        }
        return Params({**self.values, **renamed}) if renamed else self


#: How a parameter is read: a method of ``Params`` and the names it takes.
Field = tuple[Callable[..., Any], *tuple[str, ...]]


def read_fields(
    params: Params, fields: Mapping[str, Field], *, nested: str
) -> tuple[dict[str, Any], dict[str, DomainError]]:
    """The values of a form, and why those that cannot be read are refused; their values are None.

    Args:
        nested: The name of an object that may hold the parameters, too.
    """
    params = Params({**params.values, **params.mapping(nested)})
    values: dict[str, Any] = {}
    faults: dict[str, DomainError] = {}
    for field, (read, *names) in fields.items():
        try:
            values[field] = read(params, *names)
        except DomainError as error:
            values[field], faults[field] = None, error
    return values, faults


def _without_scripts(text: str) -> str:
    for name in ("script", "style"):
        lower, parts, position = text.lower(), [], 0
        while (start := lower.find(f"<{name}", position)) >= 0:
            end = lower.find(f"</{name}>", start)
            parts.append(text[position:start])
            position = len(text) if end < 0 else end + len(name) + 3
        text = "".join([*parts, text[position:]])
    return text


@dataclass(frozen=True, slots=True)
class Listing:
    """Page, order and filters of a list.

    Attributes:
        params: The query, for the filters of the collection.
        order: Core's field and ``asc`` or ``desc``.
        sort: The caller's own word for the order; "" for none.
    """

    params: Params
    limit: int
    offset: int
    order: tuple[tuple[str, str], ...]
    sort: str
    search: str


def read_listing(params: Params, *, sortable: Mapping[str, str], per_page: int = 10) -> Listing:
    """Paging and order of a list; the newest record comes first where no order is asked for.

    Args:
        sortable: Core's field by the name a caller may sort by.

    Raises:
        ReadRefused: A number is out of range or a field unknown.
    """
    refused: dict[str, str] = {}
    page = _bounded(params, _PAGE_NAMES, _PAGE, 1, refused)
    limit = _bounded(params, _SIZE_NAMES, _SIZE, per_page, refused)
    sort = params.text(*_SORT_NAMES)
    if sort and sort not in sortable:
        refused["sort_by"] = f"sort_by is not one of {', '.join(sortable)}."
    direction = params.text(*_DIRECTION_NAMES).upper() or "DESC"
    if direction not in ("ASC", "DESC"):
        refused["sort_order"] = "sort_order is not one of ASC, DESC."
    if refused:
        raise ReadRefused(bad=refused)
    return Listing(
        params=params,
        limit=limit,
        offset=(page - 1) * limit,
        order=((sortable.get(sort, "id"), direction.lower()),),
        sort=sort,
        search=params.text("search"),
    )


def _bounded(
    params: Params, names: Sequence[str], rule: Mapping[str, Any], default: int, refused: dict[str, str]
) -> int:
    if params.is_empty(*names):
        return default
    name = next(name for name in names if name in params)
    try:
        schema.validate(params.raw(name), rule, name)
    except schema.SchemaError as error:
        refused[name] = error.message
    return params.integer(name)


def listing_query(sortable: Mapping[str, str]) -> dict[str, Any]:
    """The shapes of what ``read_listing`` reads."""
    return {
        **dict.fromkeys((*_PAGE_NAMES, *_SIZE_NAMES), int),
        **dict.fromkeys(_SORT_NAMES, Literal[tuple(sortable)]),
        **dict.fromkeys(_DIRECTION_NAMES, Literal["ASC", "DESC"]),
        "search": str,
    }
