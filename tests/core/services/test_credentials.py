"""Credentials: created, looked up, changed, revoked."""

from datetime import timedelta

import pytest

from core.errors import Duplicate, NotFound
from core.services import credentials

LATER = timedelta(minutes=5)


def make(now, lookup="pub", **values):
    return credentials.create(realm="r", lookup=lookup, secret="s3cret", now=now, **values)


def test_a_key_comes_back_as_it_was_made(store, now):
    credential = make(
        now,
        permissions="read",
        user="ann",
        roles=("admin", "clerk"),
        label="shop",
        tail="tail",
        extras={"a": [1]},
        expires_at=now + LATER,
    )

    assert credentials.find("r", "pub") == credentials.get(credential.id) == credential
    assert (credential.roles, credential.extras, credential.created_at, credential.last_used_at) == (
        ("admin", "clerk"),
        {"a": [1]},
        now,
        None,
    )
    assert credentials.find("r", "other") is None
    assert credentials.find("other", "pub") is None


def test_a_secret_is_not_shown_by_accident(store, now):
    assert "s3cret" not in repr(make(now))


def test_one_lookup_per_realm(store, now):
    make(now)
    credentials.create(realm="r2", lookup="pub", now=now)

    with pytest.raises(Duplicate):
        make(now)
    assert len(credentials.list_credentials()) == 2
    assert len(credentials.list_credentials("r")) == 1


def test_an_import_may_choose_the_number(store, now):
    assert make(now, id=77).id == 77


def test_a_key_is_usable_until_it_expires_or_is_revoked(store, now):
    key = make(now, expires_at=now + LATER)
    assert key.usable(now)
    assert not key.usable(now + LATER)

    revoked = credentials.revoke(key.id, now=now)
    assert not revoked.usable(now)
    assert credentials.revoke(key.id, now=now + LATER).revoked_at == now
    with pytest.raises(NotFound):
        credentials.revoke(999, now=now)


def test_a_whole_realm_can_be_revoked(store, now):
    make(now, "a")
    make(now, "b")

    assert credentials.revoke_realm("r", now=now) == 2
    assert credentials.revoke_realm("r", now=now) == 0


def test_changes(store, now):
    key = make(now)

    changed = credentials.update(key.id, label="new", roles=("x",), expires_at=now + LATER, extras={"b": 1})
    assert (changed.label, changed.roles, changed.expires_at, changed.extras) == ("new", ("x",), now + LATER, {"b": 1})
    with pytest.raises(TypeError):
        credentials.update(key.id, id=5)
    with pytest.raises(NotFound):
        credentials.update(999, label="x")


def test_last_use_is_kept_to_the_minute(store, now):
    key = make(now)
    credentials.touch(key, now=now)
    key = credentials.get(key.id)
    assert key.last_used_at == now

    credentials.touch(key, now=now + timedelta(seconds=59))
    assert credentials.get(key.id).last_used_at == now
    credentials.touch(key, now=now + timedelta(seconds=60))
    assert credentials.get(key.id).last_used_at == now + timedelta(seconds=60)


def test_a_nonce_belongs_to_its_key(store, now):
    assert credentials.use_nonce(1, "n", at=1000, window=900)
    assert not credentials.use_nonce(1, "n", at=1000, window=900)
