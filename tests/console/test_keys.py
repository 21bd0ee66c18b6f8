"""Keys: made and used, shown once, rotated, revoked; each leaves a line in the audit log."""

import re
from datetime import timedelta

import pytest

from core.services import audit, credentials
from core.services.audit import Filter
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import through_webtest
from frontdesk.testing.venue import NOW
from tests.contract.conftest import START, make_service


def secrets_of(page):
    """The fields of the new key that a page shows."""
    names = [name.text for name in page.html.select("article.new-key dt")]
    values = [value.select_one("code").text for value in page.html.select("article.new-key dd")]
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("dialect", DRIVERS)
def test_a_key_that_was_made_here_books(any_desk, dialect):
    room = make_service(capacity=2)
    page = any_desk.otto.send("/desk/keys", {"action": "create", "dialect": dialect, "label": "shop", "replace": "1"})
    fields = secrets_of(page)
    client = DRIVERS[dialect](through_webtest(any_desk.app), fields)

    assert client.book(room.id, START).booked
    assert "curl" in page.html.select_one("#command").text
    entry = audit.entries(Filter(kind="key.created"), limit=1)[0]
    assert (entry.actor, entry.data["label"]) == ("operator:otto", "shop")
    again = any_desk.otto.get("/desk/keys").text
    assert "shop" in again
    assert not any(value in again for value in fields.values() if len(value) > 12)


def made(desk, **fields):
    return desk.otto.send("/desk/keys", {"action": "create", "dialect": "bkap", **fields}, expect_errors=True)


def key_number():
    return credentials.list_credentials()[0].id


def test_rotating_with_an_overlap_lets_both_work(desk):
    old = DRIVERS["bkap"](through_webtest(desk.app), secrets_of(made(desk)))
    number = key_number()

    page = desk.otto.send("/desk/keys", {"action": "rotate", "key": number, "overlap": "24"})

    new = DRIVERS["bkap"](through_webtest(desk.app), secrets_of(page))
    room = make_service(capacity=5)
    assert old.book(room.id, START).booked
    assert new.book(room.id, START).booked
    assert credentials.get(number).expires_at == NOW + timedelta(hours=24)


def test_revoking_refuses_at_once(desk):
    client = DRIVERS["bkap"](through_webtest(desk.app), secrets_of(made(desk)))
    room = make_service(capacity=5)
    assert client.book(room.id, START).booked
    number = key_number()
    assert desk.otto.send("/desk/keys", {"action": "revoke", "key": number}).status_int == 303
    assert client.book(room.id, START).status == 401
    assert audit.entries(Filter(kind="key.revoked"), limit=1)[0].actor == "operator:otto"
    refused = desk.otto.send("/desk/keys", {"action": "rotate", "key": number}, expect_errors=True)
    assert f"Key {number} is revoked" in refused.text


def test_a_single_key_is_not_replaced_by_accident(desk):
    before = [key.id for key in credentials.list_usable("bookingpress", now=NOW)]
    refused = desk.otto.send("/desk/keys", {"action": "create", "dialect": "bookingpress"}, expect_errors=True)
    assert refused.status_int == 422
    assert "one key for the whole site" in refused.text
    assert [key.id for key in credentials.list_usable("bookingpress", now=NOW)] == before


@pytest.mark.parametrize(
    "fields",
    [
        {"dialect": "nothing"},
        {"expires": "yesterday"},
        {"expires": "2020-01-01"},
        {"expires": "9999-12-31"},
        {"permissions": "everything"},
        {"user": "nobody"},
        {"action": "explode"},
    ],
)
def test_a_key_that_cannot_be_is_refused_with_a_sentence(desk, fields):
    count = len(credentials.list_credentials())
    refused = made(desk, **fields)
    assert refused.status_int == 422
    assert refused.html.select_one("[role=alert]").text.strip()
    assert not re.search(r"Invalid\(|Traceback|&#39;\w+&#39;:", refused.text)
    assert len(credentials.list_credentials()) == count


@pytest.mark.parametrize("fields", [{"action": "revoke", "key": "99999"}, {"action": "rotate", "key": "x"}])
def test_a_key_that_is_not_there(desk, fields):
    assert desk.otto.send("/desk/keys", fields, expect_errors=True).status_int == 404


def test_viewers_make_no_keys(desk):
    assert desk.vera.send("/desk/keys", {"action": "create", "dialect": "bkap"}, expect_errors=True).status_int == 403
    assert "Make a key" not in desk.vera.get("/desk/keys").text
