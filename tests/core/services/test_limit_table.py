"""The table of rate limits: as exact as the rows it stands in for, whoever uses it and however they end."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.services import ephemeral, limit_table, rate_limits
from core.services.limit_table import ENTRIES, LimitTable, table_at
from core.services.rate_limits import Limiter, Window
from frontdesk.testing.servers import environment
from tests import ROOT

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
START_EPOCH = START.timestamp()
FIXED = Window("fixed", 3, 60)
SLIDING = Window("sliding", 3, 60, sliding=True)


@pytest.fixture
def table(tmp_path):
    return LimitTable(str(tmp_path / "store.limits"))


WINDOWS = st.lists(
    st.builds(
        Window,
        st.sampled_from("abcd"),
        st.integers(1, 6) | st.just(ENTRIES),
        st.sampled_from([1, 7, 60]),
        sliding=st.booleans(),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda window: window.name,
)
CALLS = st.lists(
    st.tuples(st.sampled_from("xy"), st.sampled_from([0, 0.25, 1, 6.5, 7, 30, 61, 400]), st.integers(1, 3)), max_size=60
)


@given(WINDOWS, CALLS)
@settings(max_examples=300, deadline=None)
def test_it_counts_as_rows_do(tmp_path_factory, windows, calls):
    table = LimitTable(str(tmp_path_factory.mktemp("limits") / "store.limits"))
    at = START_EPOCH
    ephemeral._memory.cache_clear()
    for key, seconds, cost in calls:
        at += seconds
        counts, exhausted = table.take(key, windows, at, cost)
        # Bound by name: the loop goes on before a closure would run.
        expected = ephemeral.run_in_process(
            lambda execute, key=key, at=at, cost=cost: rate_limits._take_locally(execute, key, windows, at, cost)
        )
        assert rate_limits._result(windows, counts, exhausted, at, cost) == expected


@given(
    st.integers(ENTRIES + 1, 3 * ENTRIES),
    st.lists(st.tuples(st.floats(0, 20), st.floats(0, 4.9), st.integers(1, 40)), max_size=200),
)
@settings(max_examples=100, deadline=None)
def test_no_window_of_many_calls_and_differing_clocks_lets_more_through(tmp_path_factory, amount, calls):
    table = LimitTable(str(tmp_path_factory.mktemp("limits") / "store.limits"))
    window = Window("w", amount, 60, sliding=True)
    clock, taken = START_EPOCH, []
    for step, ahead, cost in calls:
        clock += step
        at = clock + ahead
        _, (is_full,) = table.take("k", [window], at, cost)
        within = sum(count for moment, count in taken if at - 60 < moment)
        # It may be full a little longer than it must be, by one entry.
        assert is_full or within + cost <= amount
        if not is_full:
            taken.append((at, cost))


def test_a_window_of_many_calls_admits_them_again_when_they_have_left(table):
    amount = 10 * ENTRIES
    window = Window("w", amount, 60, sliding=True)
    assert [table.take("k", [window], START_EPOCH, amount // 2)[1] for _ in range(3)] == [[False], [False], [True]]
    assert table.take("k", [window], START_EPOCH + 59, 1)[1] == [True]
    assert table.take("k", [window], START_EPOCH + 60, amount)[1] == [False]


def test_a_call_that_one_window_refuses_counts_in_no_other(table):
    for _ in range(5):
        table.take("k", [FIXED, Window("more", 5, 3600, sliding=True)], START_EPOCH, 1)
    assert table.take("k", [Window("more", 5, 3600, sliding=True)], START_EPOCH, 1)[0][0][0] == 3


def test_keys_that_find_no_slot_are_counted_exactly_too(store, monkeypatch):
    monkeypatch.setattr(limit_table, "SLOTS", 4)
    limit_table._place.cache_clear()
    limiter = Limiter()
    allowed = [
        (key, limiter.take(str(key), [FIXED, SLIDING], now=START).allowed) for _ in range(5) for key in range(12)
    ]
    limit_table._place.cache_clear()
    assert [sum(ok for number, ok in allowed if number == key) for key in range(12)] == [3] * 12


def test_slots_are_used_again_when_their_windows_have_ended(table, monkeypatch):
    monkeypatch.setattr(limit_table, "SLOTS", 4)
    limit_table._place.cache_clear()
    for hour in range(10):
        for key in range(4):
            assert table.take(f"{hour}:{key}", [FIXED, SLIDING], START_EPOCH + hour * 3600, 3)[1] == [False, False]
    limit_table._place.cache_clear()


def test_a_key_of_too_many_windows_is_counted_elsewhere(store):
    windows = [Window(str(number), 2, 60) for number in range(limit_table.WINDOWS + 1)]
    assert [Limiter().take("k", windows, now=START).allowed for _ in range(3)] == [True, True, False]


def test_another_limit_of_a_window_does_not_begin_it_anew(table):
    table.take("k", [SLIDING], START_EPOCH, 3)
    assert table.take("k", [Window("sliding", 4, 60, sliding=True)], START_EPOCH, 1) == (
        [(3, START_EPOCH + 60)],
        [False],
    )


def test_what_is_cleared_is_forgotten(store):
    limiter = Limiter()
    assert [limiter.take("k", [FIXED], now=START).allowed for _ in range(4)] == [True, True, True, False]
    rate_limits.clear()
    assert limiter.take("k", [FIXED], now=START).allowed


def test_a_deleted_file_is_made_again(store):
    limiter = Limiter()
    assert limiter.take("k", [FIXED], now=START, cost=3).allowed
    if not rate_limits.is_postgres():
        os.unlink(ephemeral.path("limits"))
        assert limiter.take("k", [FIXED], now=START).allowed


def test_threads_together_get_exactly_the_allowed_number(table):
    windows, allowed = [Window("f", 400, 60), Window("s", 500, 60, sliding=True)], []

    def call() -> None:
        allowed.extend(not any(table.take("k", windows, START_EPOCH, 1)[1]) for _ in range(100))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) == 400


CALLER = """
import os, sys
from core.services.limit_table import LimitTable
from core.services.rate_limits import Window
table = LimitTable(sys.argv[1])
windows = [Window("f", 100_000, 3600), Window("s", 20_000, 3600, sliding=True)]
while not any(table.take("k", windows, 1_000_000_000.0, 1)[1]):
    os.write(1, b".")
"""


def _caller(table):
    return subprocess.Popen(
        [sys.executable, "-c", CALLER, table.path], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, bufsize=0
    )


def test_killed_processes_neither_lock_it_nor_lose_count(table):
    killed, counted = [], 0
    # One after the other: on a busy machine all of them would be done before the first is killed.
    for _ in range(6):
        process = _caller(table)
        counted += len(process.stdout.read(50))
        # In the middle of its calls.
        process.kill()
        killed.append(process)
    counted += sum(len(process.communicate(timeout=60)[0]) for process in killed)
    assert any(process.returncode == -signal.SIGKILL for process in killed)
    callers = [_caller(table) for _ in range(2)]
    counted += sum(len(process.communicate(timeout=60)[0]) for process in callers)

    # A killed process may have counted one call that it could not tell of.
    assert 20_000 - len(killed) <= counted <= 20_000


HOLDER = """
import sys
from core.services.limit_table import LimitTable
table = LimitTable(sys.argv[1])
table._lock()
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_process_that_stops_in_the_middle_holds_up_nobody_for_long(store, monkeypatch):
    if rate_limits.is_postgres():
        pytest.skip("there are no files on PostgreSQL")
    monkeypatch.setattr(limit_table, "LOCK_SECONDS", 0.05)
    table = table_at(ephemeral.path("limits"))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, table.path],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    holder.stdout.readline()
    limiter = Limiter()
    ephemeral._memory.cache_clear()
    assert [limiter.take("k", [FIXED], now=START).allowed for _ in range(4)] == [True, True, True, False]
    with pytest.raises(OSError):
        table.take("k", [FIXED], START_EPOCH, 1)
    holder.kill()
    holder.communicate()
    assert table.take("k", [FIXED], START_EPOCH, 1) == ([(0, START_EPOCH + 60)], [False])
