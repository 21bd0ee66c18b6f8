"""``writing()`` inside ``writing()``: what fails inside is undone alone, with and without a savepoint."""

from contextlib import suppress

import pytest

from core import db, migrate
from tests.fixtures.harbour.models import HarbourNote


@pytest.fixture
def notes(store_url):
    db.open_database(store_url)
    migrate.migrate()
    db.database.create_tables([HarbourNote])
    yield lambda: [note.text for note in HarbourNote.select().order_by(HarbourNote.id)]
    db.close_database()


def write(text):
    HarbourNote.create(text=text)


def fail_after(text):
    with suppress(LookupError), db.writing():
        write(text)
        raise LookupError


def test_what_fails_before_the_first_change_of_the_rest_is_undone_alone(notes):
    with db.writing():
        fail_after("lost")
        write("kept")
    assert notes() == ["kept"]


def test_what_fails_after_a_change_of_the_rest_is_undone_alone(notes):
    with db.writing():
        write("kept")
        fail_after("lost")
        write("kept too")
    assert notes() == ["kept", "kept too"]


def test_what_fails_within_what_fails_is_undone_with_it(notes):
    with db.writing():
        with suppress(LookupError), db.writing():
            fail_after("lost")
            write("lost too")
            fail_after("lost three")
            raise LookupError
        write("kept")
    assert notes() == ["kept"]


def test_what_has_succeeded_inside_is_undone_with_the_rest(notes):
    with suppress(LookupError), db.writing():
        with db.writing():
            write("lost")
        raise LookupError
    assert notes() == []


def test_notices_of_what_failed_are_not_given(notes):
    given = []
    with db.writing():
        with suppress(LookupError), db.writing():
            db.after_commit(lambda: given.append("lost"))
            raise LookupError
        db.after_commit(lambda: given.append("kept"))
    assert given == ["kept"]


def test_a_savepoint_of_peewee_around_it_survives(notes):
    with db.writing(), db.database.atomic():
        fail_after("lost")
        write("kept")
    assert notes() == ["kept"]


def test_on_sqlite_nothing_is_sent_where_nothing_was_written(notes):
    if db.is_postgres():
        pytest.skip("there every inner transaction is a savepoint")
    sent = []
    with db.writing():
        db.database.obj.query_hooks.append(lambda event: sent.append(event.sql))
        with suppress(LookupError), db.writing(), db.writing():
            db.fetch_all("SELECT 1")
            raise LookupError
        db.database.obj.query_hooks.clear()
    assert sent == ["SELECT 1"]
