"""Single values as the vendor stores and writes them, and what this dialect keeps with a record of core.

In PHP numbers can be texts, and an empty map is a list.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, get_args

from frontdesk.coerce import to_dict, to_dicts, to_int, to_list
from frontdesk.schedule import Unit

NAME = "wc_bookings"
_BLOCK = re.compile(
    r"\s*</?(?:address|article|aside|blockquote|dd|div|dl|dt|fieldset|figure|footer|form|h[1-6]|header|hr|li|main|nav|"
    r"ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul)\b",
    re.IGNORECASE,
)


def flag(value: Any) -> bool:
    """A boolean, in any of the forms it is stored in."""
    return bool(value) and value not in ("0", "no", "false")


def day(value: Any) -> date | None:
    """A date as ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(str(value or ""))
    except ValueError:
        return None


def minute(value: Any) -> int | None:
    """Minutes since midnight of ``HH:MM``; ``24:00`` is 1440."""
    hours, _, minutes = str(value or "").partition(":")
    if not (hours.isdecimal() and (minutes or "0").isdecimal()):
        return None
    return min(1440, int(hours[:3]) * 60 + int(minutes[:2] or 0))


def items(value: Any) -> dict[int, Any]:
    """A map by id."""
    return {to_int(key): item for key, item in to_dict(value).items()}


def ids(value: Any) -> list[int]:
    """Ids in their order, each once."""
    return list(dict.fromkeys(to_int(item) for item in to_list(value)))


def person_types(product: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of a product's person types, each with its ``id``; in a map a row can have nothing else."""
    types = product.get("person_types")
    if isinstance(types, Mapping):
        # PHP writes an empty map as a list.
        return [{"id": key, **to_dict(value)} for key, value in types.items()]
    return to_dicts(types)


def duration_unit(product: Mapping[str, Any]) -> Unit:
    """The unit of one block."""
    unit: Unit = product.get("duration_unit", "day")
    return unit if unit in get_args(Unit) else "day"


def customer_duration(product: Mapping[str, Any]) -> bool:
    """Does the customer choose the number of blocks? Of nights always."""
    return product.get("duration_type") == "customer" or duration_unit(product) == "night"


# -- writing -----------------------------------------------------------------------------------------------------------


def paragraphs(text: str) -> str:
    """A description as HTML: blank lines separate paragraphs, other line ends become breaks, block elements stay."""
    if not text.strip():
        return ""
    blocks = []
    for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        part = part.strip()
        if _BLOCK.match(part):
            blocks.append(f"{part}\n")
        else:
            lines = part.replace("\n", "<br />\n")
            blocks.append(f"<p>{lines}</p>\n")
    return "".join(blocks)


def local_text(moment: datetime, zone: tzinfo) -> str:
    """An instant on the clock of ``zone``, as ``2026-03-02T10:00:00``."""
    return moment.astimezone(zone).isoformat()[:19]


def to_json_number(value: Any) -> int | Decimal:
    """A stored cost as a JSON number: whole amounts without a fraction, an empty or unreadable one as 0."""
    if isinstance(value, int):
        return int(value)
    try:
        amount = value if isinstance(value, Decimal) else Decimal(str(value or 0))
    except InvalidOperation:
        return 0
    if not amount.is_finite():
        return 0
    return int(amount) if amount == amount.to_integral_value() else amount.normalize()


# -- extras ------------------------------------------------------------------------------------------------------------


class HasExtras(Protocol):
    """Any record of core."""

    @property
    def extras(self) -> dict[str, Any]: ...


def stored_extras(record: HasExtras) -> Mapping[str, Any]:
    """The record's extras of this dialect; empty where there are none."""
    extras = record.extras.get(NAME)
    return extras if isinstance(extras, dict) else {}
