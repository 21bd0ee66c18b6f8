"""Sessions: bookings of one interval, read, counted and moved together."""

import random
import threading
from contextlib import suppress
from datetime import timedelta
from importlib import import_module

import pytest

from core import db, models
from core.domain.requests import ChangeRequest, RuleOverrides
from core.domain.schedule import CalendarRule, CapacityRules, ResourceRules, SchedulePlan
from core.domain.statuses import BOOKING, CANCELLED, CONFIRMED, NO_SHOW, PENDING, bits_of
from core.errors import NotAvailable, NotFound
from core.retries import retried_on_conflict
from core.services import bookings, catalog, doctor, repository, sessions
from tests.core.services.conftest import NOW
from tests.core.services.factories import TUESDAY_NINE, asks

SEEN = (CANCELLED, CONFIRMED, NO_SHOW, PENDING)
HOUR = timedelta(hours=1)


@pytest.fixture
def class_(store):
    """A class of four with one teacher, whose sessions may differ in length."""
    rules = (CalendarRule(effect="open"),)
    teacher = repository.resources.create(now=NOW, name="Kim", kind="staff", capacity=None, sharing="session")
    plan = SchedulePlan(
        capacity=CapacityRules(limit=None, units_per="person", session_by="start"),
        resources=ResourceRules(choice="either"),
    )
    made = repository.services.create(now=NOW, name="Class", plan=plan, rules=rules)
    catalog.set_resources(made.id, [{"resource_id": teacher.id, "capacity": 4}])
    return made


def book(service, start=TUESDAY_NINE, **more):
    return bookings.create(asks(service.id, wall_start=start, **more), now=NOW)


def listed(**more):
    return [[b.id for b in members] for members in sessions.page(statuses=SEEN, **more).items]


def test_a_session_is_listed_once_at_its_oldest_booking(class_):
    first = book(class_)
    other = book(class_, TUESDAY_NINE + HOUR)
    joined = book(class_)
    assert listed(order=[("id", "asc")]) == [[first.id, joined.id], [other.id]]
    assert listed(order=[("wall_start", "desc")], limit=1) == [[other.id]]
    assert listed(order=[("wall_start", "desc")], limit=1, offset=1) == [[first.id, joined.id]]


@pytest.mark.parametrize(
    ("mixes", "expected"),
    [
        ([], 3),
        ([((CONFIRMED,), ())], 2),
        ([((PENDING,), (CONFIRMED,))], 0),
        ([((CANCELLED,), (CONFIRMED, PENDING))], 1),
        ([((CANCELLED,), ())], 2),
        ([((CONFIRMED,), ()), ((CANCELLED,), (CONFIRMED,))], 3),
    ],
)
@pytest.mark.parametrize("narrowed", [False, True])
def test_counting_by_the_tally_agrees_with_the_list(class_, mixes, expected, narrowed):
    book(class_, status=CONFIRMED)
    bookings.cancel(book(class_, status=CONFIRMED).id, now=NOW)
    book(class_, TUESDAY_NINE + HOUR, status=CONFIRMED)
    bookings.cancel(book(class_, TUESDAY_NINE + 2 * HOUR).id, now=NOW)
    where = [("service_id", "=", class_.id)] if narrowed else []
    page = sessions.page(where, statuses=SEEN, status_filters=mixes)
    assert (page.total, len(page.items)) == (expected, expected)


def test_a_session_whose_first_booking_is_gone_goes_on(class_):
    first, second = book(class_), book(class_)
    bookings.delete(first.id, now=NOW)
    page = sessions.page(statuses=SEEN)
    assert (page.total, [b.id for b in page.items[0]], page.items[0][0].session_id) == (1, [second.id], first.id)


def test_who_leaves_takes_no_number_along(class_):
    first, second = book(class_), book(class_)
    moved = bookings.update(first.id, ChangeRequest(wall_start=TUESDAY_NINE + HOUR), now=NOW)
    assert moved.session_id != second.session_id == first.id
    assert sessions.page(statuses=SEEN).total == 2


def test_a_session_moves_whole_over_itself_and_keeps_its_number(class_):
    first, second = book(class_), book(class_)
    deleted = bookings.cancel(book(class_).id, now=NOW)
    half = TUESDAY_NINE + timedelta(minutes=30)
    sessions.move(
        first.session_id, ChangeRequest(wall_start=half, overrides=RuleOverrides(grid=True)), statuses=SEEN, now=NOW
    )
    result = sessions.get(first.session_id, statuses=SEEN)
    assert [(b.id, b.wall_start) for b in result] == [(first.id, half), (second.id, half), (deleted.id, half)]
    assert doctor.examine(now=NOW).breaches == []


def test_a_session_never_moves_into_another_one(class_):
    first = book(class_)
    book(class_, TUESDAY_NINE + HOUR)
    with pytest.raises(NotAvailable):
        sessions.move(first.session_id, ChangeRequest(wall_start=TUESDAY_NINE + HOUR), statuses=SEEN, now=NOW)
    assert bookings.get(first.id).wall_start == TUESDAY_NINE
    assert doctor.examine(now=NOW).breaches == []


def test_bookings_of_different_length_share_a_start(class_):
    extra = repository.extras.create(now=NOW, service_id=class_.id, name="Longer", minutes=30, max_quantity=1)
    first = book(class_)
    assert book(class_, extras=((extra.id, 1),)).session_id == first.session_id
    with pytest.raises(NotAvailable):
        book(class_, TUESDAY_NINE + HOUR)


def test_an_unknown_session(class_):
    with pytest.raises(NotFound):
        sessions.get(99, statuses=SEEN)


# -- the kept count ------------------------------------------------------------------------------------------------------


def kept():
    rows = db.fetch_all("SELECT service_id, statuses, n FROM session_tally WHERE n <> 0")
    return sorted((service_id, statuses, int(count)) for service_id, statuses, count in rows)


def real():
    return sorted(sessions.counts_of_bookings())


def test_the_count_of_sessions_is_right_after_any_change(class_):
    chance = random.Random(7)
    other = repository.services.create(now=NOW, name="Other", plan=class_.plan, rules=class_.rules)
    ids = []
    for step in range(150):
        verb = chance.choice(["book", "book", "status", "status", "move", "delete", "rows", "service"])
        start = TUESDAY_NINE + chance.randrange(4) * HOUR
        if verb == "book" or not ids:
            with suppress(NotAvailable):
                ids.append(book(class_, start, status=chance.choice([CONFIRMED, PENDING, CANCELLED])).id)
            continue
        id = chance.choice(ids)
        with suppress(NotAvailable):
            if verb == "status":
                bookings.set_status(id, chance.choice(SEEN), now=NOW)
            elif verb == "move":
                bookings.update(id, ChangeRequest(wall_start=start), now=NOW)
            elif verb == "delete":
                bookings.delete(id, now=NOW)
                ids.remove(id)
            elif verb == "rows":
                # Several rows of one statement, which triggers see one after the other.
                models.Booking.update(session_id=id).where(models.Booking.id.in_(ids[:3])).execute()
            else:
                models.Booking.update(service_id=other.id).where(models.Booking.session_id == id).execute()
        assert kept() == real(), (step, verb)
    assert len(kept()) > 3
    models.Booking.delete().execute()
    assert kept() == []


def test_the_count_of_sessions_stays_right_when_their_bookings_change_at_once(class_, store_url):
    ids = [book(class_, quantity=1).id for _ in range(4)]

    def change(id):
        db.ensure_connection()
        chance = random.Random(id)
        for _ in range(10):
            retried_on_conflict(lambda: bookings.set_status(id, chance.choice(SEEN), now=NOW))()
        db.close_database()

    threads = [threading.Thread(target=change, args=(id,)) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert kept() == real()


def test_the_doctor_finds_a_wrong_count_of_sessions(class_):
    book(class_)
    assert doctor.examine(now=NOW).ok
    db.execute("UPDATE session_tally SET n = n + 1")
    breaches = [str(breach) for breach in doctor.examine(now=NOW).breaches]
    assert any("sessions with pending: kept 2, real 1" in breach for breach in breaches), breaches


def test_statuses_are_counted_by_the_places_that_the_migration_gave_them():
    migration = import_module("core.migrations.0018_triggers")
    assert migration.STATUSES == BOOKING
    assert [bits_of([word]) for word in BOOKING] == [2**place for place in range(len(BOOKING))]
