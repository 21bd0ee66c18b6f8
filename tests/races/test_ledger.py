"""Real processes that want the same places at once, on both databases, with and without sudden death."""

import contextlib
import multiprocessing
import os
import random
import signal
import time
from datetime import timedelta
from decimal import Decimal

import pytest

from core import db
from core.db import fetch_all
from core.domain.requests import ChangeRequest
from core.domain.schedule import CapacityRules, ResourceRules, SchedulePlan
from core.errors import BalanceRefused, NotAvailable
from core.services import bookings, doctor, repository
from tests.core.services.conftest import store  # noqa: F401
from tests.core.services.factories import NOW, TUESDAY_NINE, asks, person, service

pytestmark = pytest.mark.slow

PROCESSES = 8
# Forked processes start in a moment; the parent closes its connection first, so that none is shared.
fork = multiprocessing.get_context("fork")


def at_once(target, url, *arguments, processes=PROCESSES):
    """Run ``target(url, number, *arguments)`` in processes that start together; returns what each put out."""
    out, go = fork.Queue(), fork.Event()
    db.close_database()
    running = [fork.Process(target=_run, args=(target, url, number, go, out, arguments)) for number in range(processes)]
    for process in running:
        process.start()
    go.set()
    results = [out.get(timeout=120) for _ in running]
    for process in running:
        process.join(timeout=30)
    return results


def _run(target, url, number, go, out, arguments):
    db.open_database(url, durability="normal")
    go.wait()
    out.put(target(number, *arguments))
    db.close_database()


def book_everything(number, service_id, starts, tries, values):
    """Try every start several times in this process's own order; returns wins and refusals."""
    chance = random.Random(number)
    won, refused = [], 0
    for _ in range(tries):
        for start in chance.sample(starts, len(starts)):
            try:
                won.append(bookings.create(asks(service_id, wall_start=start, **values), now=NOW).id)
            except (NotAvailable, BalanceRefused):
                refused += 1
    return won, refused


def book_under_row_locks(*arguments):
    """As ``book_everything``, for servers without advisory locks."""
    db._lock_mode = "rows"
    return book_everything(*arguments)


def found_by_doctor():
    return doctor.examine(now=NOW).breaches


def test_exactly_the_capacity_is_sold(store):  # noqa: F811
    capacity, starts = 3, [TUESDAY_NINE + timedelta(hours=n) for n in range(6)]
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=capacity)))
    results = at_once(book_everything, store, room.id, starts, 4, {})

    won = [number for numbers, _ in results for number in numbers]
    assert len(won) == len(set(won)) == capacity * len(starts)
    assert sum(refused for _, refused in results) == PROCESSES * 4 * len(starts) - len(won)
    assert found_by_doctor() == []


def test_exactly_the_capacity_is_sold_where_only_rows_can_be_locked(store):  # noqa: F811
    if not db.is_postgres():
        pytest.skip("SQLite locks its file")
    capacity, starts = 3, [TUESDAY_NINE + timedelta(hours=n) for n in range(6)]
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=capacity)))
    results = at_once(book_under_row_locks, store, room.id, starts, 4, {})

    assert len({number for numbers, _ in results for number in numbers}) == capacity * len(starts)
    assert found_by_doctor() == []
    assert 0 < db.fetch_all("SELECT COUNT(*) FROM subject_lock")[0][0] < 100


def test_automatic_choice_claims_what_it_chose(store):  # noqa: F811
    staff = tuple(person(f"p{n}") for n in range(3))
    starts = [TUESDAY_NINE + timedelta(hours=n) for n in range(6)]
    cut = service(
        plan=SchedulePlan(
            resources=ResourceRules(choice="either", order="least_busy_day"), capacity=CapacityRules(limit=None)
        ),
        resources=staff,
    )
    results = at_once(book_everything, store, cut.id, starts, 3, {})

    assert sum(len(won) for won, _ in results) == len(staff) * len(starts)
    assert len(fetch_all("SELECT DISTINCT resource_id, start FROM booking")) == len(staff) * len(starts)
    assert found_by_doctor() == []


def test_a_coupon_is_never_used_too_often(store):  # noqa: F811
    repository.coupons.create(now=NOW, code="few", discount=Decimal(10), max_uses=5)
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=None)))
    results = at_once(book_everything, store, room.id, [TUESDAY_NINE], 4, {"coupon_code": "few"})

    assert sum(len(won) for won, _ in results) == 5
    assert found_by_doctor() == []


def book_groups(number, service_id, size, tries):
    won = 0
    for _ in range(tries):
        try:
            bookings.create_group([asks(service_id)] * size, now=NOW)
            won += 1
        except NotAvailable:
            pass
    return won


def test_groups_are_whole_or_absent(store):  # noqa: F811
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=50)))
    results = at_once(book_groups, store, room.id, 20, 2)

    assert sum(results) == 2
    assert fetch_all("SELECT COUNT(*) FROM booking")[0][0] == 40
    assert found_by_doctor() == []


def move_about(number, ids, starts, tries):
    chance = random.Random(number)
    for _ in range(tries):
        with contextlib.suppress(NotAvailable):
            bookings.update(chance.choice(ids), ChangeRequest(wall_start=chance.choice(starts)), now=NOW)
        if chance.random() < 0.3:
            chosen = chance.choice(ids)
            with contextlib.suppress(NotAvailable):
                bookings.set_status(chosen, chance.choice(["cancelled", "paid"]), now=NOW)
    return True


def test_moving_and_reviving_never_oversells(store):  # noqa: F811
    starts = [TUESDAY_NINE + timedelta(hours=n) for n in range(8)]
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=1)))
    ids = [bookings.create(asks(room.id, wall_start=start), now=NOW).id for start in starts[:6]]

    assert all(at_once(move_about, store, ids, starts, 25))
    assert found_by_doctor() == []


def book_until_killed(url, number, service_id, starts, acknowledged):
    """Book for ever, writing each acknowledged id to a file before the next try."""
    db.open_database(url, durability="normal")
    chance = random.Random(number * 7919 + os.getpid())
    with open(acknowledged, "a") as out:
        while True:
            try:
                made = bookings.create(asks(service_id, wall_start=chance.choice(starts)), now=NOW)
            except NotAvailable:
                continue
            out.write(f"{made.id}\n")
            out.flush()
            try:
                if chance.random() < 0.97:
                    bookings.cancel(made.id, now=NOW)
            except NotAvailable:
                pass


def test_sudden_death_loses_nothing_that_was_acknowledged(store, tmp_path):  # noqa: F811
    starts = [TUESDAY_NINE + timedelta(hours=n) for n in range(8)]
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=4)))
    chance = random.Random(1)
    acknowledged = []
    for round_ in range(3):
        files = [tmp_path / f"{round_}-{number}" for number in range(4)]
        db.close_database()
        running = [
            fork.Process(target=book_until_killed, args=(store, number, room.id, starts, str(path)), daemon=True)
            for number, path in enumerate(files)
        ]
        for process in running:
            process.start()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not all(path.exists() and path.stat().st_size for path in files):
            time.sleep(0.02)
        for process in running:
            time.sleep(chance.random() / 10)
            os.kill(process.pid, signal.SIGKILL)
            process.join()
        for path in files:
            # A line cut off by the kill was never acknowledged.
            acknowledged += [int(line) for line in path.read_text().split("\n")[:-1]]

    assert acknowledged
    assert set(acknowledged) <= bookings.get_many(acknowledged).keys()
    assert found_by_doctor() == []
    bookings.create(asks(service(name="still writable").id), now=NOW)
