"""``POST /auth/token`` (fact sheet, 2.1): JSON of v1, JSON or form of v2, or HTTP Basic."""

from typing import Literal

import falcon

from core import Host
from core.errors import Invalid, MalformedBody
from core.http.body import convert
from core.http.openapi import operation
from core.services.rate_limits import Window
from plugins.bookablesites.auth import NAME, Tokens, basic, check_client, feature_disabled, refuse_excess
from plugins.bookablesites.errors import OAuthError
from plugins.bookablesites.resources.common import Resource, Tenant, read_plain, send
from plugins.bookablesites.schemas import TokenBody


class Token(Resource):
    """``/auth/token``"""

    #: Reachable without a token.
    OPEN = True

    def __init__(self, tenant: Tenant, host: Host, tokens: Tokens) -> None:
        super().__init__(tenant)
        self._limits = host.limiter
        self._tokens = tokens

    @operation(
        body=TokenBody,
        media=("application/json", "application/x-www-form-urlencoded"),
        reply={"token_type": Literal["Bearer"], "expires_in": int, "access_token": str, "token": str},
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_header("Cache-Control", "no-store")
        resp.set_header("Pragma", "no-cache")
        client_id, secret, grant = self._read(req)
        now, settings = self.tenant.now(), self.tenant.settings
        window = Window("tokens", settings.tokens_per_minute, 60, sliding=True)
        key = f"{NAME}:token:{req.context.remote_addr}:{client_id[:64]}"
        refuse_excess(self._limits.take(key, [window], now=now))
        if not settings.features.api:
            raise feature_disabled("API")
        if grant not in (None, "", "client_credentials"):
            raise OAuthError(status=400, code="unsupported_grant_type", message="Only client_credentials is supported.")
        if not client_id or not secret:
            raise OAuthError(status=400, code="invalid_request", message="Client id and client secret are needed.")
        token = self._tokens.issue(check_client(client_id, secret, now=now))
        send(
            resp,
            {
                "token_type": "Bearer",
                "expires_in": settings.token_seconds,
                "access_token": token,
                "token": token,
            },
        )

    def _read(self, req: falcon.Request) -> tuple[str, str, str | None]:
        try:
            body = convert(read_plain(req, forms=True), TokenBody, strict=False)
        except (Invalid, MalformedBody) as error:
            if isinstance(error, MalformedBody) and error.reason != "not an object":
                raise
            raise OAuthError(
                status=400, code="invalid_request", message="Client id and client secret are needed."
            ) from None
        given = body.given()
        pair = basic(req)
        client_id, secret = pair or (given.get("client_id") or "", given.get("client_secret") or "")
        return client_id, secret, given.get("grant_type")
