"""One-legged OAuth 1.0a, with the two ways in which WooCommerce normalizes requests.

oauthlib is not used: both differ from the RFC in how lists, spaces and plus signs are encoded, and clients do the same.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

REQUIRED = (
    "oauth_consumer_key",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
)
#: Parameters that authenticate a caller, besides those that begin with ``oauth_``.
_PAIR = frozenset({"consumer_key", "consumer_secret"})
#: Seconds that a timestamp may differ from now, in either direction.
WINDOW = 900
_METHODS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


def is_credential(name: str) -> bool:
    """Whether a query or form parameter only authenticates the caller."""
    return name.startswith("oauth_") or name in _PAIR


def percent_encode(text: str) -> str:
    """RFC 3986 percent-encoding."""
    return quote(text, safe="-_.~")


def missing_params(params: Mapping[str, Any]) -> list[str] | None:
    """The required parameters that are absent or empty; None where all are absent: the request does not use OAuth."""
    absent = [name for name in REQUIRED if not params.get(name) or params[name] == "0"]
    return None if len(absent) == len(REQUIRED) else absent


def header_params(header: str | None) -> dict[str, str]:
    """The parameters of an ``Authorization: OAuth`` header, without ``realm``."""
    kind, _, rest = (header or "").partition(" ")
    if kind.lower() != "oauth":
        return {}
    params = {}
    for part in rest.split(","):
        name, sign, value = part.strip().partition("=")
        if sign and name.startswith("oauth_"):
            params[name] = unquote(value.strip().strip('"'))
    return params


def _flatten(value: Any, name: str, left: str, right: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(inner, f"{name}{left}{key}{right}", left, right)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _flatten(inner, f"{name}{left}{index}{right}", left, right)
    else:
        yield name, value


def rest_base_string(method: str, url: str, params: Mapping[str, Any]) -> str:
    """The base string of the REST server: ``params`` are query and form fields without ``oauth_signature``."""
    joined = []
    for top in sorted(params, key=lambda name: name.encode("utf-8", "surrogatepass")):
        for name, value in _flatten(params[top], percent_encode(top), "%5B", "%5D"):
            joined.append(percent_encode(f"{name}={percent_encode(value)}"))
    return f"{method}&{percent_encode(url)}&{'%26'.join(joined)}"


def _legacy(text: str) -> str:
    return percent_encode(unquote(text)).replace("%", "%25")


def legacy_base_string(method: str, url: str, params: Mapping[str, Any]) -> str:
    """The base string of the ``wc-api`` transport: query parameters only, each decoded before it is encoded."""
    joined = []
    for top in sorted(params, key=lambda name: name.encode("utf-8", "surrogatepass")):
        for name, value in _flatten(params[top], _legacy(top), "%255B", "%255D"):
            joined.append(f"{name}%3D{_legacy(value)}")
    return f"{method}&{percent_encode(url)}&{'%26'.join(joined)}"


def sign(base: str, secret: str, method: str) -> str:
    """The signature of a base string; the key is the secret and an ampersand."""
    digest = hmac.new(f"{secret}&".encode(), base.encode("utf-8", "replace"), _METHODS[method]).digest()
    return base64.b64encode(digest).decode("ascii")


def is_supported_method(method: Any) -> bool:
    """Whether a signature method is one of the two that WooCommerce supports."""
    return isinstance(method, str) and method in _METHODS


def verify_signature(bases: Iterable[str], secret: str, method: str, signature: Any) -> bool:
    """Whether ``signature`` signs one of the base strings; in constant time."""
    if not isinstance(signature, str):
        return False
    expected = unquote(signature.replace(" ", "+")).encode("utf-8", "replace")
    is_valid = False
    for base in bases:
        is_valid |= hmac.compare_digest(sign(base, secret, method).encode("ascii"), expected)
    return is_valid
