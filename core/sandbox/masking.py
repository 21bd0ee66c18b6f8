"""What a journal and a case file show of a secret: three asterisks and its last four characters."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

_SECRET_NAME = re.compile(
    r"secret|token(?!_?type)|password|passwd|signature|authorization|cookie|nonce"
    r"|(api|consumer|order)[-_]?key|client[-_]?id",
    re.IGNORECASE,
)
#: What opens something in the query of an address.
_SECRET_IN_TEXT = re.compile(r"(?<=[?&])(\w*(?:key|token|secret|signature|nonce))=[^&#\s\"]+", re.IGNORECASE)
#: How a masked text begins.
MASKED = "***"
_MIN_LENGTH = 8


def mask(text: str) -> str:
    """A secret as it may be shown: short ones not at all."""
    return f"{MASKED}{text[-4:]}" if len(text) >= _MIN_LENGTH else MASKED


def is_secret(name: str) -> bool:
    """Whether a header, parameter or field of this name holds a secret, or half of a key."""
    return _SECRET_NAME.search(name) is not None


def mask_value(value: Any, name: str = "") -> Any:
    """Plain data with the values of secret names masked, however deep."""
    if isinstance(value, Mapping):
        return {key: mask_value(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(inner, name) for inner in value]
    if value and name and is_secret(name) and isinstance(value, str | int | float) and not isinstance(value, bool):
        return mask(str(value))
    if isinstance(value, str) and "=" in value:
        return mask_addresses(value)
    return value


def mask_addresses(text: str) -> str:
    """A text whose addresses have no keys in their queries."""
    return _SECRET_IN_TEXT.sub(rf"\1={MASKED}", text)


def mask_header(name: str, text: str) -> str:
    """The text of a header; a sign-in keeps its scheme."""
    if not is_secret(name):
        return text
    scheme, space, rest = text.partition(" ")
    return f"{scheme} {mask(rest)}" if space and scheme.lower() in ("basic", "bearer", "oauth") else mask(text)


def basic_pair(header: str) -> tuple[str, str] | None:
    """User and password of a Basic sign-in; None where the header is none."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (user, password) if colon else None


def key_of(headers: Mapping[str, str], query: Mapping[str, Any]) -> str:
    """The public half of the key that signs a request in, or the key itself where it has one part; empty without one.

    Args:
        headers: By name in lower case.
    """
    header = headers.get("authorization", "")
    pair = basic_pair(header)
    if pair is not None:
        return pair[0]
    kind, _, rest = header.partition(" ")
    if kind.lower() == "oauth":
        found = re.search(r'oauth_consumer_key="?([^",]+)', rest)
        return unquote(found[1]) if found else ""
    if kind.lower() == "bearer":
        return rest.strip()
    for name in ("consumer_key", "oauth_consumer_key"):
        if isinstance(query.get(name), str):
            return str(query[name])
    return next((text for name, text in headers.items() if name.endswith("api-key")), "")
