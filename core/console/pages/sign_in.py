"""Signing in and out."""

from datetime import timedelta
from urllib.parse import urlsplit

import falcon

from core.console.context import Console
from core.console.pages.base import Page, query_fields, read_form, text_field
from core.console.rendering import Templates
from core.console.steps import Steps
from core.errors import RateLimited, Unauthenticated
from core.services import operators
from core.services.operators import VIEWER, LockedOut
from core.services.rate_limits import Window

#: Tries from one address, so that nobody can lock all accounts or keep the processor busy.
WINDOW = Window("sign-in", 20, 600, sliding=True)


class SignInPage(Page):
    """``/sign-in``: the form, and what it sends."""

    is_open = True
    has_form_for_visitors = True

    def __init__(self, console: Console, templates: Templates, steps: Steps) -> None:
        super().__init__(console, templates)
        self._steps = steps

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        if req.context.operator is not None:
            self.see_other(resp, self.console.url())
            return
        self._show_form(req, resp, query_fields(req).get("next", ""))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        form = read_form(req)
        name, target = text_field(form, "name").lower(), text_field(form, "next")
        password = form.get("password")
        now = self.console.clock()
        limiter = self.console.manager.host.limiter
        if limiter is not None:
            result = limiter.take(f"console:sign-in:{req.context.remote_addr}", (WINDOW,), now=now)
            if not result.allowed:
                raise RateLimited(retry_after=result.retry_after, window=WINDOW.name, limit=WINDOW.amount)
        try:
            lifetime = timedelta(hours=self.console.config.console.session_hours)
            _, token = operators.sign_in(
                name, password if isinstance(password, str) else "", now=now, lifetime=lifetime
            )
        except LockedOut as error:
            self._refuse(req, resp, f"Too many wrong passwords. The next try is at {error.detail:%H:%M} UTC.", form)
            return
        except Unauthenticated:
            self._refuse(req, resp, "Name or password are wrong.", form)
            return
        self._steps.start_session(req, resp, token)
        self.see_other(resp, self._safe_target(target))

    def _refuse(self, req: falcon.Request, resp: falcon.Response, sentence: str, form: dict[str, object]) -> None:
        resp.status = 403
        self._show_form(req, resp, text_field(form, "next"), problem=sentence, name=text_field(form, "name"))

    def _show_form(
        self, req: falcon.Request, resp: falcon.Response, target: str, *, problem: str = "", name: str = ""
    ) -> None:
        self.show(req, resp, "sign_in.html", target=target, problem=problem, name=name)

    def _safe_target(self, target: str) -> str:
        """The page that was asked for, if it is one of the console."""
        home = self.console.url()
        parts = urlsplit(target)
        is_own = not parts.scheme and not parts.netloc and "\\" not in target
        return target if is_own and (parts.path == home or parts.path.startswith(f"{home}/")) else home


class SignOutPage(Page):
    """``/sign-out``."""

    writes = VIEWER

    def __init__(self, console: Console, templates: Templates, steps: Steps) -> None:
        super().__init__(console, templates)
        self._steps = steps

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        operators.sign_out(req.context.session_token)
        self._steps.end_session(resp)
        self.see_other(resp, self.console.url("sign-in"), "You are signed out.")
