"""Settings as people write them where there are only texts: in environment variables and on the command line."""

from typing import Any

import msgspec

from core.typed_data import from_json, from_plain


def decode_text(text: str, kind: Any) -> Any:
    """Convert ``text`` to ``kind``: texts as they are, numbers and booleans by value, lists with commas or as JSON.

    Raises:
        msgspec.ValidationError: It is nothing of this kind.
    """
    switches = {"yes": True, "on": True, "true": True, "1": True, "no": False, "off": False, "false": False, "0": False}
    stripped = text.strip()
    if kind is bool:
        return from_plain(switches.get(stripped.lower(), text), bool)
    if stripped[:1] in ("[", "{"):
        try:
            return from_json(stripped, kind, strict=False)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            pass
    try:
        return from_plain(text, kind, strict=False)
    except msgspec.ValidationError:
        items = [item.strip() for item in text.split(",") if item.strip()]
        try:
            return from_plain(items, kind, strict=False)
        except msgspec.ValidationError:
            pass
        raise
