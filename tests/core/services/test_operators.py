"""Accounts of the console: passwords, roles, lock-out, sessions."""

from datetime import timedelta

import pytest

from core.errors import Duplicate, Invalid, NotFound, Unauthenticated
from core.services import operators
from core.services.operators import FREE_FAILURES, IDLE, LastOwner, LockedOut

PASSWORD = "correct horse battery"
LIFETIME = timedelta(hours=12)


@pytest.fixture
def anna(store, now):
    return operators.add("anna", PASSWORD, "owner", now=now)


def sign_in(name="anna", password=PASSWORD, *, now):
    return operators.sign_in(name, password, now=now, lifetime=LIFETIME)


def test_whoever_knows_the_password_signs_in(anna, now):
    operator, token = sign_in(now=now)

    assert operator.name == "anna"
    assert operator.signed_in_at == now
    assert operators.find_session(token, now=now).id == anna.id


@pytest.mark.parametrize("name, password", [("anna", "wrong"), ("ben", PASSWORD), ("anna", ""), ("anna", "x" * 5000)])
def test_nobody_else_does(anna, now, name, password):
    with pytest.raises(Unauthenticated):
        sign_in(name, password, now=now)


@pytest.mark.parametrize(
    "name, password, role, field",
    [
        ("", PASSWORD, "owner", "name"),
        ("Anna", PASSWORD, "owner", "name"),
        ("a b", PASSWORD, "owner", "name"),
        ("a" * 65, PASSWORD, "owner", "name"),
        ("<script>", PASSWORD, "owner", "name"),
        ("ben", "short", "owner", "password"),
        ("ben", "x" * 257, "owner", "password"),
        ("ben", PASSWORD, "king", "role"),
    ],
)
def test_what_cannot_be_an_account_is_refused(anna, now, name, password, role, field):
    with pytest.raises(Invalid) as refused:
        operators.add(name, password, role, now=now)

    assert refused.value.field == field
    assert [operator.name for operator in operators.list_operators()] == ["anna"]


def test_a_name_is_given_once(anna, now):
    with pytest.raises(Duplicate):
        operators.add("anna", PASSWORD, "viewer", now=now)


def test_wrong_passwords_lock_the_account_for_longer_and_longer(anna, now):
    for _ in range(FREE_FAILURES):
        with pytest.raises(Unauthenticated):
            sign_in(password="wrong", now=now)
    with pytest.raises(LockedOut):
        sign_in(now=now)

    later = now + timedelta(minutes=1)
    with pytest.raises(Unauthenticated):
        sign_in(password="wrong", now=later)
    with pytest.raises(LockedOut) as locked:
        sign_in(now=later + timedelta(minutes=1))
    assert locked.value.detail == later + timedelta(minutes=2)

    sign_in(now=later + timedelta(minutes=2))
    with pytest.raises(Unauthenticated) as refused:
        sign_in(password="wrong", now=later + timedelta(minutes=3))
    assert not isinstance(refused.value, LockedOut)


def test_a_session_ends_when_it_is_old_or_idle(anna, now):
    _, token = sign_in(now=now)
    at = now
    while at < now + LIFETIME - timedelta(hours=1):
        at += timedelta(hours=1)
        assert operators.find_session(token, now=at) is not None
    assert operators.find_session(token, now=now + LIFETIME) is None

    _, idle = sign_in(now=now)
    assert operators.find_session(idle, now=now + IDLE) is None


def test_signing_out_ends_one_session(anna, now):
    (_, first), (_, second) = sign_in(now=now), sign_in(now=now)

    operators.sign_out(first)

    assert operators.find_session(first, now=now) is None
    assert operators.find_session(second, now=now) is not None


def test_a_new_password_ends_all_sessions(anna, now):
    _, token = sign_in(now=now)

    operators.set_password("anna", "another password", now=now)

    assert operators.find_session(token, now=now) is None
    sign_in(password="another password", now=now)


def test_a_role_holds_from_the_next_request_on(anna, now):
    operators.add("ben", PASSWORD, "owner", now=now)
    _, token = sign_in("ben", now=now)

    operators.set_role("ben", "viewer", now=now)

    assert operators.find_session(token, now=now).role == "viewer"


def test_there_is_always_an_owner(anna, now):
    operators.add("ben", PASSWORD, "operator", now=now)
    for change in (lambda: operators.remove("anna", now=now), lambda: operators.set_role("anna", "viewer", now=now)):
        with pytest.raises(LastOwner):
            change()

    operators.set_role("ben", "owner", now=now)
    operators.remove("anna", now=now)
    with pytest.raises(NotFound):
        operators.get("anna")


def test_sessions_of_one_operator_are_bounded(anna, now):
    tokens = [sign_in(now=now)[1] for _ in range(operators.MAX_SESSIONS + 2)]

    alive = [token for token in tokens if operators.find_session(token, now=now)]

    assert alive == tokens[2:]
