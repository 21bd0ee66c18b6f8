"""Real processes that all want a second booking of the same customer, through services that share nothing."""

import random
from datetime import timedelta

import pytest

from core import db
from core.domain.requests import ChangeRequest
from core.domain.schedule import CapacityRules, SchedulePlan
from core.errors import DomainError, Vetoed
from core.services import bookings, filters, repository
from tests.core.services.conftest import store  # noqa: F401
from tests.core.services.factories import NOW, TUESDAY_NINE, asks, service
from tests.races.test_ledger import PROCESSES, at_once, found_by_doctor

pytestmark = pytest.mark.slow


def one_per_day(request, service, change, booking, ledger):
    if ledger.bookings_of(request.customer_id, request.wall_start.date()):
        raise Vetoed(plugin="test", reason="One a day.")


def two_per_service(request, service, change, booking, ledger):
    if len(ledger.bookings_on(service.id, request.wall_start.date())) >= 2:
        raise Vetoed(plugin="test", reason="Two a day.")


def book_days(number, service_ids, customer_ids, days):
    chance = random.Random(number)
    refused = 0
    for day in chance.sample(days, len(days)):
        for customer_id in chance.sample(customer_ids, len(customer_ids)):
            request = asks(service_ids[number % len(service_ids)], wall_start=day, customer_id=customer_id)
            try:
                bookings.create(request, now=NOW)
            except Vetoed:
                refused += 1
    return refused


def book_days_under_row_locks(*arguments):
    db._lock_mode = "rows"
    return book_days(*arguments)


def shops(count):
    plan = SchedulePlan(capacity=CapacityRules(limit=50))
    customers = [repository.customers.create(now=NOW, first_name="Ada").id for _ in range(2)]
    return [service(plan=plan).id for _ in range(count)], customers


DAYS = [TUESDAY_NINE + timedelta(days=number) for number in range(4)]


def sold():
    return db.fetch_all("SELECT customer_id, wall_start, COUNT(*) FROM booking GROUP BY customer_id, wall_start")


def test_a_customer_gets_one_booking_a_day_whatever_the_service(store):  # noqa: F811
    service_ids, customer_ids = shops(PROCESSES)
    filters.install(filters.Filters(check_booking_under_lock=[one_per_day]))
    for book in (book_days, book_days_under_row_locks):
        refused = at_once(book, store, service_ids, customer_ids, DAYS)

        assert [count for _, _, count in sold()] == [1] * 8
        assert sum(refused) >= PROCESSES * 8 - 8
    assert found_by_doctor() == []


def test_a_rule_about_a_service_holds_too(store):  # noqa: F811
    service_ids, customer_ids = shops(1)
    filters.install(filters.Filters(check_booking_under_lock=[two_per_service]))
    at_once(book_days, store, service_ids, customer_ids * 3, DAYS)

    assert db.fetch_all("SELECT COUNT(*) FROM booking")[0][0] == 2 * len(DAYS)


def move_and_revive(number, ids, days):
    chance = random.Random(number)
    for _ in range(12):
        try:
            id = chance.choice(ids)
            what = chance.random()
            if what < 0.6:
                bookings.update(id, ChangeRequest(wall_start=chance.choice(days)), now=NOW)
            else:
                bookings.set_status(id, "cancelled" if what < 0.8 else "confirmed", now=NOW)
        except DomainError:
            pass
    return True


def test_moving_and_reviving_never_makes_two_a_day(store):  # noqa: F811
    service_ids, customer_ids = shops(4)
    ids = [
        bookings.create(asks(service_id, wall_start=day, customer_id=customer_ids[0]), now=NOW).id
        for service_id, day in zip(service_ids, DAYS, strict=True)
    ]
    filters.install(filters.Filters(check_booking_under_lock=[one_per_day]))
    days = [TUESDAY_NINE + timedelta(days=number) for number in range(6)]

    assert all(at_once(move_and_revive, store, ids, days))
    rows = db.fetch_all(
        "SELECT wall_start, COUNT(*) FROM booking WHERE status <> 'cancelled' GROUP BY wall_start HAVING COUNT(*) > 1"
    )
    assert rows == []
    assert found_by_doctor() == []
