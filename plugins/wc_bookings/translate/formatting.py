"""Paragraphs, dates and numbers as the platform writes them."""

import re
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

_BLOCK = re.compile(
    r"\s*</?(?:address|article|aside|blockquote|dd|div|dl|dt|fieldset|figure|footer|form|h[1-6]|header|hr|li|main|nav|"
    r"ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul)\b",
    re.IGNORECASE,
)


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
