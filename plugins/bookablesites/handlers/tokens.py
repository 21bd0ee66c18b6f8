"""``POST /auth/token``: JSON with the names of v1, JSON or form with those of v2, or HTTP Basic."""

from typing import Literal

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.auth import AccessTokens, read_client
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import TokenBody
from plugins.bookablesites.usecases import tokens
from plugins.bookablesites.usecases.context import Context


class Token(base.Handler):
    """``/auth/token``"""

    #: Needs no token.
    OPEN = True

    def __init__(self, context: Context, access_tokens: AccessTokens) -> None:
        super().__init__(context)
        self._access_tokens = access_tokens

    @operation(
        body=TokenBody,
        media=("application/json", "application/x-www-form-urlencoded"),
        reply={"token_type": Literal["Bearer"], "expires_in": int, "access_token": str, "token": str},
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_header("Cache-Control", "no-store")
        resp.set_header("Pragma", "no-cache")
        client, address = read_client(req), req.context.remote_addr
        base.send(resp, tokens.issue_token(client, self.context, self._access_tokens.issue, address=address))
