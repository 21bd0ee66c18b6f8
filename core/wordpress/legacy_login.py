"""Authentication on the legacy ``wc-api`` API: OAuth signature, query pair or Basic."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.domain.site import Site
from core.http.dialect import Principal
from core.wordpress import consumer_keys, oauth, php, sanitize
from core.wordpress.legacy import VERBS, LegacyError, LegacyRequest
from core.wordpress.php_request import PhpRequest

_CODE = "woocommerce_api_authentication_error"
_REALM = (
    'Basic realm="WooCommerce API. Use a consumer key in the username field and a consumer secret in the password '
    'field."'
)


class LegacyLogin:
    """Authenticates the callers of one legacy server.

    Args:
        signing_times: Instants that signed timestamps must be close to; by default the clock's.
        secrets_over_http: Accept query pair and Basic over plain HTTP too; otherwise only signatures.
    """

    def __init__(
        self,
        store: consumer_keys.KeyStore,
        *,
        dialect: str,
        site: Site,
        clock: Callable[[], datetime],
        secrets_over_http: bool,
        signing_times: Callable[[], Sequence[datetime]] | None = None,
    ) -> None:
        self._keys = store
        self._dialect = dialect
        self._site = site
        self._clock = clock
        self._secrets_over_http = secrets_over_http
        self._signing_times = signing_times or (lambda: (clock(),))

    def login(self, request: LegacyRequest) -> Principal:
        """Authenticate the caller and check that the key may use the method.

        Raises:
            LegacyError: 401; 404 for missing parameters of a signature.
        """
        inputs, query = request.php_request, request.php_request.query
        signed = any(query.get(name) for name in oauth.REQUIRED)
        plain = inputs.is_secure or self._secrets_over_http
        if signed or not plain:
            key = self._by_signature(request, query)
        else:
            key = self._by_secret(inputs)
        refusal = consumer_keys.permission_error(key.permissions, inputs.method) if inputs.method in VERBS else None
        if refusal:
            raise LegacyError(_CODE, refusal.rstrip("."), 401)
        self._keys.touch(key, self._clock())
        return consumer_keys.principal_of(key, self._dialect)

    def _by_secret(self, inputs: PhpRequest) -> consumer_keys.ConsumerKey:
        user, secret = inputs.query.get("consumer_key"), inputs.query.get("consumer_secret")
        if not (isinstance(user, str) and isinstance(secret, str) and user and secret):
            user, secret = inputs.basic_credentials() or ("", "")
        key = self._keys.find(sanitize.key(user)) if user else None
        if user and key is None:
            raise _refused("Consumer key is invalid.")
        if key is None or not secret or not consumer_keys.equal_secrets(key.secret, secret):
            raise _refused("Consumer Secret is invalid.")
        return key

    def _by_signature(self, request: LegacyRequest, query: Mapping[str, Any]) -> consumer_keys.ConsumerKey:
        absent = oauth.missing_params(query)
        if absent or absent is None:
            name = (absent or oauth.REQUIRED)[0]
            raise LegacyError(_CODE, f"{name} parameter is missing", 404)
        key = self._keys.find(sanitize.key(query["oauth_consumer_key"]))
        if key is None:
            raise _refused("Consumer key is invalid.", challenge=False)
        method, signature = query["oauth_signature_method"], query["oauth_signature"]
        if not oauth.is_supported_method(method):
            raise _refused("Invalid signature - signature method is invalid.", challenge=False)
        inputs = request.php_request
        left_out = {"oauth_signature", "wc-api-version", "wc-api-route"}
        params = {name: value for name, value in query.items() if name not in left_out}
        path = inputs.path if "wc-api-route" not in query else request.server.base + request.path
        bases = [
            oauth.legacy_base_string(verb, url, params)
            for verb in dict.fromkeys((inputs.real_method, inputs.method))
            for url in inputs.signable_urls(self._site.url, path)
        ]
        if not oauth.verify_signature(bases, key.secret, method, signature):
            raise _refused("Invalid signature - provided signature does not match.", challenge=False)
        at = consumer_keys.parse_timestamp(query["oauth_timestamp"])
        if at is None or not consumer_keys.is_fresh(at, self._signing_times()):
            raise _refused("Invalid timestamp.", challenge=False)
        if not self._keys.use_nonce(key, php.to_text(query["oauth_nonce"]), at, oauth.WINDOW):
            raise _refused("Invalid nonce - nonce has already been used.", challenge=False)
        return key


def _refused(message: str, *, challenge: bool = True) -> LegacyError:
    return LegacyError(_CODE, message, 401, headers={"WWW-Authenticate": _REALM} if challenge else None)
