"""The console over all four dialects in one process, and browsers without JavaScript (webtest) that are signed in."""

from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from webtest import TestApp

from core.services import operators, passwords
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import KINDS, open_store
from frontdesk.testing.venue import NOW
from tests.contract.conftest import open_host

PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="package", autouse=True)
def quick_hashes():
    """Passwords that cost little, here alone: a sign-in is the first thing of every test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


class Browser(TestApp):
    """A browser with cookies of its own that asks for HTML; who is named in ``owner`` signs in at its first request."""

    owner = ""

    def do_request(self, *arguments, **options):
        if self.owner:
            name, self.owner = self.owner, ""
            assert self.sign_in(name).status_int == 303
        return super().do_request(*arguments, **options)

    def sign_in(self, name="anna", password=PASSWORD):
        form = self.get("/desk/sign-in").form
        form["name"], form["password"] = name, password
        return form.submit(expect_errors=True)

    def token(self):
        """The form token of this session."""
        return self.get("/desk/account").html.find("meta", {"name": "form-token"})["content"]

    def send(self, path, fields, **options):
        """Submit a form of ours."""
        return self.post(path, {"form_token": self.token(), **fields}, **options)


def browser(desk):
    return Browser(desk.app.app, extra_environ={"HTTP_ACCEPT": "text/html"})


def people(desk):
    """Operators of every role: anna owns, otto operates, vera views; each with a browser that signs in."""
    desk.people = {}
    for name, role in (("anna", "owner"), ("otto", "operator"), ("vera", "viewer")):
        operators.add(name, PASSWORD, role, now=NOW)
        desk.people[name] = browser(desk)
        desk.people[name].owner = name
    desk.anna, desk.otto, desk.vera = (desk.people[name] for name in ("anna", "otto", "vera"))
    desk.stranger = browser(desk)


@pytest.fixture
def desk(tmp_path) -> SimpleNamespace:
    """An open host with a console, on SQLite."""
    host = open_host(open_store("sqlite", tmp_path))
    people(host)
    yield host
    close_host()


@pytest.fixture(params=KINDS)
def any_desk(request, tmp_path) -> SimpleNamespace:
    """As ``desk``, on both databases."""
    host = open_host(open_store(request.param, tmp_path))
    people(host)
    yield host
    close_host()
