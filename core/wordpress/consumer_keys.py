"""WooCommerce consumer keys: creation, look-up, verification, and the three ways to authenticate on the REST server."""

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from core.domain.site import Site
from core.http.dialect import Principal
from core.wordpress import oauth, php, sanitize
from core.wordpress.php_request import PhpRequest
from core.wordpress.rest import RestRequest, WPError

READ_METHODS = frozenset({"GET", "HEAD"})
WRITE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PERMISSIONS = {"read": {"read"}, "write": {"write"}, "read_write": {"read", "write"}}


@dataclass(frozen=True, slots=True)
class ConsumerKey:
    """A stored key.

    Attributes:
        record: The key store's own record of the key.
        secret: Plain, because OAuth signatures need it.
        permissions: ``read``, ``write`` or ``read_write``.
    """

    record: Any
    id: int
    secret: str
    permissions: str
    user_id: int | None
    roles: tuple[str, ...]


class KeyStore(Protocol):
    """Stores consumer keys."""

    def find(self, consumer_key: str) -> ConsumerKey | None:
        """The stored key of this consumer key, given in plain text; None for none."""

    def touch(self, key: ConsumerKey, at: datetime) -> None:
        """Record that the key was used."""

    def use_nonce(self, key: ConsumerKey, nonce: str, at: datetime, window: int) -> bool:
        """Claim a nonce for ``window`` seconds around ``at``; False when the key has used it already."""


class KeyPair(NamedTuple):
    """A new key pair; its plain text is shown once."""

    consumer_key: str
    consumer_secret: str


def generate_pair() -> KeyPair:
    """Generate a pair: ``ck_`` and ``cs_`` with 40 hex digits each."""
    return KeyPair(f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}")


def key_hash(consumer_key: str) -> str:
    """The form in which a consumer key is stored and looked up: HMAC-SHA256 with the platform's constant."""
    return hmac.digest(b"wc-api", consumer_key.encode("utf-8", "replace"), "sha256").hex()


def key_tail(consumer_key: str) -> str:
    """The last seven characters, by which people tell keys apart."""
    return consumer_key[-7:]


def equal_secrets(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))


def permission_error(permissions: Any, method: str) -> str | None:
    """The refusal where a key with these permissions may not use the method; else None."""
    rights = _PERMISSIONS.get(permissions, set()) if isinstance(permissions, str) else set(permissions)
    if method in READ_METHODS:
        return None if "read" in rights else "The API key provided does not have read permissions."
    if method in WRITE_METHODS:
        return None if "write" in rights else "The API key provided does not have write permissions."
    return None if method == "OPTIONS" else "Unknown request method."


def principal_of(key: ConsumerKey, dialect: str) -> Principal:
    """The principal that a key authenticates."""
    return Principal(
        dialect=dialect,
        id=str(key.id),
        permissions=frozenset(_PERMISSIONS.get(key.permissions, ())),
        user_id=key.user_id,
        roles=frozenset(key.roles or ()),
    )


def parse_timestamp(value: Any) -> datetime | None:
    """An OAuth timestamp as an instant; None where it is no timestamp."""
    try:
        return datetime.fromtimestamp(php.intval(value), UTC)
    except (OverflowError, OSError, ValueError):
        return None


def is_fresh(at: datetime | None, times: Sequence[datetime]) -> bool:
    """Whether a signed timestamp is within the window around one of these instants."""
    return at is not None and any(abs((at - now).total_seconds()) <= oauth.WINDOW for now in times)


class ConsumerKeys:
    """Authenticates REST callers: query pair, then Basic (both over HTTPS, or anywhere if allowed), then OAuth 1.0a.

    ``login`` and ``gate`` fit the fields of the same names of a ``Namespace``. An unknown key is no error by itself:
    the caller is then a stranger. On the real server keys work only below ``wp-json/wc/`` and ``wp-json/wc-``, spelt
    like that; with ``any_url`` they work in every form of a URL.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        dialect: str,
        site: Site,
        clock: Callable[[], datetime],
        basic_over_http: bool = True,
        any_url: bool = False,
        signing_times: Callable[[], Sequence[datetime]] | None = None,
    ) -> None:
        self._store = store
        self._dialect = dialect
        self._site = site
        self._clock = clock
        self._basic_over_http = basic_over_http
        self._any_url = any_url
        self._signing_times = signing_times or (lambda: (clock(),))

    def login(self, inputs: PhpRequest) -> Principal | None:
        """Authenticate the caller.

        Raises:
            WPError: 401, when a credential was understood and is wrong.
        """
        if not self._any_url and "wp-json/wc/" not in inputs.uri and "wp-json/wc-" not in inputs.uri:
            return None
        key = self._by_secret(inputs) if inputs.is_secure or self._basic_over_http else None
        key = key or self._by_signature(inputs)
        if key is None:
            return None
        if permission_error(key.permissions, inputs.method) is None:
            self._store.touch(key, self._clock())
        return principal_of(key, self._dialect)

    def check_permission(self, request: RestRequest) -> None:
        """Check the key's permission for the (overridden) method.

        Raises:
            WPError: 401, when the key may not do that.
        """
        caller = request.principal
        refusal = permission_error(caller.permissions, request.method) if caller else None
        if refusal:
            raise _unauthorized(refusal)

    def _by_secret(self, inputs: PhpRequest) -> ConsumerKey | None:
        user, secret = inputs.query.get("consumer_key"), inputs.query.get("consumer_secret")
        if not (isinstance(user, str) and isinstance(secret, str) and user and secret):
            user, secret = inputs.basic_credentials() or ("", "")
        if not user or not secret:
            return None
        key = self._store.find(sanitize.text_field(user))
        if key is not None and not equal_secrets(key.secret, secret):
            raise _unauthorized("Consumer secret is invalid.")
        return key

    def _by_signature(self, inputs: PhpRequest) -> ConsumerKey | None:
        form = inputs.form if inputs.real_method == "POST" else {}
        params: dict[str, Any] = {**inputs.query, **form}
        params |= oauth.header_params(inputs.http.env.get("HTTP_AUTHORIZATION"))
        absent = oauth.missing_params(params)
        if absent is None:
            return None
        if absent:
            noun = "parameter" if len(absent) == 1 else "parameters"
            raise WPError(
                "woocommerce_rest_authentication_missing_parameter",
                f"Missing OAuth {noun} {', '.join(absent)}",
                401,
            )
        return self._check_signature(params, inputs)

    def _check_signature(self, params: Mapping[str, Any], inputs: PhpRequest) -> ConsumerKey:
        key = self._store.find(sanitize.text_field(params["oauth_consumer_key"]))
        if key is None:
            raise _unauthorized("Consumer key is invalid.")
        method, signature = params["oauth_signature_method"], params["oauth_signature"]
        if not oauth.is_supported_method(method):
            raise _unauthorized("Invalid signature - signature method is invalid.")
        signed = {name: value for name, value in params.items() if name != "oauth_signature"}
        bases = [
            oauth.rest_base_string(inputs.real_method, url, signed) for url in inputs.signable_urls(self._site.url)
        ]
        if not oauth.verify_signature(bases, key.secret, method, signature):
            raise _unauthorized("Invalid signature - provided signature does not match.")
        at = parse_timestamp(params["oauth_timestamp"])
        if at is None or not is_fresh(at, self._signing_times()):
            raise _unauthorized("Invalid timestamp.")
        if not self._store.use_nonce(key, php.to_text(params["oauth_nonce"]), at, oauth.WINDOW):
            raise _unauthorized("Invalid nonce - nonce has already been used.")
        return key


def _unauthorized(message: str) -> WPError:
    return WPError("woocommerce_rest_authentication_error", message, 401)
