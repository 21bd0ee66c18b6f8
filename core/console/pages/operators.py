"""Operators and their roles, and everybody's own account."""

import falcon

from core.console.pages.base import Page, read_form, text_field
from core.errors import Duplicate, Invalid
from core.services import operators
from core.services.operators import OWNER, ROLES, VIEWER
from core.services.passwords import MIN_LENGTH


class OperatorsPage(Page):
    """``/operators``: list, add, remove, change role or password."""

    reads = writes = OWNER

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._show(req, resp)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        form = read_form(req)
        name, now = text_field(form, "name"), self.console.clock()
        password = form.get("password")
        password = password if isinstance(password, str) else ""
        action = text_field(form, "action")
        try:
            if action == "add":
                operators.add(name, password, text_field(form, "role"), now=now)
                message = f"{name} can sign in now."
            elif action == "remove":
                operators.remove(name, now=now)
                message = f"{name} is removed."
            elif action == "role":
                operators.set_role(name, text_field(form, "role"), now=now)
                message = f"{name} has another role."
            elif action == "password":
                operators.set_password(name, password, now=now)
                message = f"{name} has another password and must sign in again."
            else:
                raise Invalid(field="action", reason="unknown", value=action)
        except (Invalid, Duplicate) as error:
            resp.status = 422
            self._show(req, resp, problem=describe_problem(error), name=name)
            return
        self.see_other(resp, self.console.url("operators"), message)

    def _show(self, req: falcon.Request, resp: falcon.Response, *, problem: str = "", name: str = "") -> None:
        self.show(
            req,
            resp,
            "operators.html",
            operators=operators.list_operators(),
            roles=ROLES,
            min_length=MIN_LENGTH,
            problem=problem,
            name=name,
        )


class AccountPage(Page):
    """``/account``: one's own password."""

    writes = VIEWER

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self.show(req, resp, "account.html", problem="", min_length=MIN_LENGTH)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        form = read_form(req)
        present, password = form.get("present"), form.get("password")
        name = req.context.operator.name
        try:
            if not isinstance(present, str) or not operators.check_password(name, present):
                raise Invalid(field="present", reason="password")
            operators.set_password(name, password if isinstance(password, str) else "", now=self.console.clock())
        except Invalid as error:
            resp.status = 422
            self.show(req, resp, "account.html", problem=describe_problem(error), min_length=MIN_LENGTH)
            return
        self.see_other(resp, self.console.url("sign-in"), "The password is changed; sign in with the new one.")


def describe_problem(error: Invalid | Duplicate) -> str:
    """The sentence about a refused name, role or password."""
    if isinstance(error, Duplicate):
        return f"There is an operator {error.value} already."
    if error.field == "password":
        return f"A password has at least {MIN_LENGTH} characters." if error.reason == "short" else "That is too long."
    if error.field == "present":
        return "The present password is wrong."
    if error.field == "name":
        return "A name has lower-case letters, digits, dots, dashes and underscores only."
    return "That cannot be done."
