"""Keys of every dialect: make, rotate with an overlap, revoke."""

from datetime import UTC, datetime, timedelta
from typing import Any

import falcon

from core.console.pages.base import Page, number_field, query_fields, read_form, text_field
from core.http.dialect import CredentialIssuer
from core.issued_keys import IssuedKey, KeyRefused, create_key, rotate_key
from core.services import credentials
from core.services.credentials import Credential

#: The most keys that the page lists; revoked ones are left out unless asked for.
MAX_KEYS = 500
#: Hours for which an old key may work on.
OVERLAPS = (0, 1, 24, 24 * 7, 24 * 30)


class KeysPage(Page):
    """``/keys``: the list; its forms make, rotate and revoke keys. A secret is shown once, in the reply."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._show(req, resp)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        form = read_form(req)
        action = text_field(form, "action")
        try:
            if action == "create":
                self._show(req, resp, new=self._create(form))
            elif action == "rotate":
                self._show(req, resp, new=self._rotate(form))
            elif action == "revoke":
                key = credentials.revoke(number_field(form, "key"), now=self.console.clock())
                self.see_other(resp, self.console.url("keys"), f"Key {key.id} is revoked.")
            else:
                raise KeyRefused("action", "That cannot be done with a key.")
        except KeyRefused as error:
            resp.status = 422
            sentence = str(error)
            self._show(req, resp, problem=sentence[:1].upper() + sentence[1:], existing=error.existing, form=form)

    def _create(self, form: dict[str, Any]) -> IssuedKey:
        issuer = self.console.manager.credentials.get(text_field(form, "dialect"))
        if issuer is None:
            raise KeyRefused("dialect", "There is no such dialect, or it has no keys.")
        return create_key(
            issuer,
            label=text_field(form, "label")[:255],
            permissions=text_field(form, "permissions") or None,
            user=text_field(form, "user") or None,
            expires_at=_expiry(text_field(form, "expires")),
            now=self.console.clock(),
            replace=bool(text_field(form, "replace")),
        )

    def _rotate(self, form: dict[str, Any]) -> IssuedKey:
        hours = number_field(form, "overlap")
        return rotate_key(
            self.console.manager.credentials,
            credentials.get(number_field(form, "key")),
            overlap=timedelta(hours=hours) if hours in OVERLAPS and hours else None,
            expires_at=_expiry(text_field(form, "expires")),
            now=self.console.clock(),
        )

    def _show(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        *,
        new: IssuedKey | None = None,
        problem: str = "",
        existing: Credential | None = None,
        form: dict[str, Any] | None = None,
    ) -> None:
        issuers = self.console.manager.credentials
        by_realm = {issuer.realm: issuer for issuer in issuers.values()}
        with_revoked = query_fields(req).get("revoked") == "1"
        now = self.console.clock()
        keys = [key for key in credentials.list_credentials() if with_revoked or key.revoked_at is None]
        url = self.console.config.site.url
        self.show(
            req,
            resp,
            "keys.html",
            keys=[(key, by_realm.get(key.realm), _ends(key, by_realm.get(key.realm))) for key in keys[:MAX_KEYS]],
            issuers=issuers,
            overlaps=OVERLAPS,
            new=new,
            command=new.command(url=url, now=now) if new is not None else "",
            problem=problem,
            existing=existing,
            with_revoked=with_revoked,
            form={name: text_field(form or {}, name) for name in ("dialect", "label", "user", "expires")},
            may_change=req.context.operator.may(self.writes),
        )


def _ends(key: Credential, issuer: CredentialIssuer | None) -> datetime | None:
    """When a key expires."""
    return issuer.expiry(key) if issuer is not None and issuer.expiry is not None else key.expires_at


def _expiry(text: str) -> datetime | None:
    """The end of a day, as a form has it, in UTC."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise KeyRefused("expires", f"{text[:20]!r} is no date.") from None
