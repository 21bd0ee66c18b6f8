"""Two writers at once: the second waits for the first, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from peewee import OperationalError

from core import db, retries, subject_locks
from core.db import fetch_all, writing
from core.domain.requests import ChangeRequest
from core.domain.schedule import CapacityRules, ResourceRules, SchedulePlan
from core.errors import DomainError, NotAvailable
from core.services import bookings, doctor, orders, repository
from tests.core.services.factories import NOW, TUESDAY_NINE, asks, book, resource, service

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("store")]


@pytest.fixture(autouse=True)
def healthy(store):
    """Whatever a test does, the doctor finds nothing when every hold has run out."""
    yield
    assert doctor.examine(now=NOW + timedelta(days=1)).breaches == []


@contextmanager
def meanwhile(work):
    """Begin ``work`` in a transaction of another thread; it commits half a second after the block has begun."""
    begun, result = threading.Event(), []

    def other():
        db.ensure_connection()
        try:
            with writing():
                result.append(work())
                begun.set()
                threading.Event().wait(0.5)
        finally:
            begun.set()
            db.close_database()

    thread = threading.Thread(target=other)
    thread.start()
    assert begun.wait(10)
    yield result
    thread.join(10)


def at_once(*works):
    """Run these in a thread each; what each returned or was refused with."""
    start = threading.Barrier(len(works))

    def one(work):
        db.ensure_connection()
        start.wait(10)
        try:
            return work()
        except DomainError as error:
            return error
        finally:
            db.close_database()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def test_a_booking_that_moves_to_another_location_takes_its_place_under_the_lock_of_that_location():
    room = service(plan=SchedulePlan(capacity=CapacityRules(scope="location")))
    here, there = (repository.locations.create(now=NOW, name=name) for name in ("Here", "There"))
    booking = book(room.id, location_id=here.id)
    with (
        meanwhile(lambda: bookings.update(booking.id, ChangeRequest(location_id=there.id), now=NOW)),
        pytest.raises(NotAvailable),
    ):
        book(room.id, location_id=there.id)


def test_a_resource_that_was_just_added_is_locked_too(monkeypatch):
    desk, chair = resource("Desk"), resource("Chair")
    room = service(
        plan=SchedulePlan(resources=ResourceRules(choice="customer"), capacity=CapacityRules(limit=9)),
        resources=(desk,),
    )
    other = service(
        plan=SchedulePlan(resources=ResourceRules(choice="customer"), capacity=CapacityRules(limit=9)),
        resources=(chair,),
    )
    real, calls = subject_locks.lock_subjects, []

    def late(wanted):
        if not calls:
            calls.append(wanted)
            from core.services import catalog

            catalog.set_resources(room.id, [{"resource_id": desk.id}, {"resource_id": chair.id}])
        real(wanted)

    monkeypatch.setattr("core.services.bookings.allocation.lock_subjects", late)

    def slow():
        return bookings.create(asks(room.id, resource_id=chair.id), now=NOW)

    with meanwhile(slow), pytest.raises(NotAvailable):
        book(other.id, resource_id=chair.id)


def test_a_hold_whose_time_ran_out_while_its_owner_waited_does_not_come_back_over_the_next_one():
    room = service()
    hold = bookings.hold(asks(room.id), now=NOW, keep_for=timedelta(minutes=5))
    # Another caller's clock is a moment ahead: for it the hold is over.
    bookings.create(asks(room.id), now=NOW + timedelta(minutes=5))
    with pytest.raises(NotAvailable):
        bookings.set_status(hold.id, "paid", now=NOW + timedelta(minutes=4, seconds=59))
    assert bookings.get(hold.id).status == "hold"


def test_numbers_never_come_twice_while_others_are_reserved():
    given = []

    def take():
        for _ in range(150):
            with writing():
                given.append(repository.next_id())

    def reserve():
        for taken in range(1, 150):
            with writing():
                repository.reserve_id(taken)

    at_once(take, reserve, take, reserve)
    assert len(given) == len(set(given)) == 300


def test_a_reserved_number_and_those_below_it_are_never_given():
    for taken in (7, 3, 50_000, 20, 50_001):
        with writing():
            repository.reserve_id(taken)
    assert repository.next_id() == 50_002


def test_order_totals_are_never_lost():
    order = orders.create(now=NOW)
    first = orders.add_item(order.id, now=NOW, service_id=0, name="a", total=Decimal(1))

    def add():
        return orders.add_item(order.id, now=NOW, service_id=0, name="b", total=Decimal(10))

    with meanwhile(add):
        orders.raise_line_total(first.id, Decimal(4), now=NOW)
    assert orders.get(order.id).total == 15


def test_callers_that_block_each_other_are_repeated_and_told_nothing_of_it():
    # Each wants what the other has taken first; PostgreSQL ends one of them.
    first, second = (
        service(plan=SchedulePlan(capacity=CapacityRules(limit=9))),
        service(plan=SchedulePlan(capacity=CapacityRules(limit=9))),
    )
    meet = threading.Barrier(2)
    met = set()

    def both(one, other):
        def unit():
            with writing():
                book(one.id)
                if one.id not in met:
                    met.add(one.id)
                    if db.is_postgres():
                        meet.wait(10)
                book(other.id)
            return "done"

        return lambda: retries.retry_on_conflict(unit)

    assert at_once(both(first, second), both(second, first)) == ["done", "done"]
    assert bookings.page().total == 4


def test_what_was_committed_is_not_done_again():
    tries = []

    def unit():
        tries.append(1)
        with writing():
            repository.next_id()
        raise OperationalError(psycopg.errors.DeadlockDetected())

    with pytest.raises(OperationalError):
        retries.retry_on_conflict(unit)
    assert len(tries) == 1


def test_many_records_can_be_changed_in_one_transaction():
    # PostgreSQL keeps the locks that are asked for by name in a table of limited size.
    customer = repository.customers.create(now=NOW, first_name="Ada")
    if db.is_postgres():
        with writing():
            repository.customers.update(customer.id, now=NOW, note="x")
            assert fetch_all("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'")[0][0] == 0


def test_two_changes_of_one_record_follow_each_other():
    customer = repository.customers.create(now=NOW, first_name="Ada")
    with meanwhile(lambda: repository.customers.update(customer.id, now=NOW, note="one")), pytest.raises(DomainError):
        repository.customers.update(customer.id, now=NOW, expected_version=1, note="two")
    assert repository.customers.get(customer.id).note == "one"


def test_a_code_that_another_caller_is_just_taking_is_refused():
    other = repository.coupons.create(now=NOW, code="B")
    with meanwhile(lambda: repository.coupons.create(now=NOW, code="A")), pytest.raises(DomainError) as caught:
        repository.coupons.update(other.id, now=NOW, code="a")
    assert (caught.value.kind, caught.value.field, caught.value.value) == ("coupon", "code", "a")


def test_a_record_is_deleted_once():
    customer = repository.customers.create(now=NOW, first_name="Ada")
    with meanwhile(lambda: repository.customers.delete(customer.id)), pytest.raises(DomainError):
        repository.customers.delete(customer.id)


def test_groups_that_name_coupons_in_different_order_do_not_block_each_other():
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=99)))
    other = service(plan=SchedulePlan(capacity=CapacityRules(limit=99)))
    for code in ("A", "B"):
        repository.coupons.create(now=NOW, code=code, discount=Decimal(1), max_uses=3)

    def group(number, *codes):
        wanted = [
            asks(number, wall_start=TUESDAY_NINE + timedelta(hours=hour), coupon_code=code)
            for hour, code in enumerate(codes)
        ]
        return lambda: bookings.create_group(wanted, now=NOW)

    results = at_once(*[group(room.id, "A", "B"), group(other.id, "B", "A")] * 2)
    refused = [one for one in results if isinstance(one, DomainError)]
    assert len(refused) == 1
    assert fetch_all("SELECT coupon_id, COUNT(*) FROM coupon_use GROUP BY coupon_id ORDER BY coupon_id") == [
        (1, 3),
        (2, 3),
    ]
