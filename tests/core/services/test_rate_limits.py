"""Rate limits: exact, all windows or none, across threads and processes, on both databases."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

from core.services import ephemeral, rate_limits
from core.services.rate_limits import Limiter, Window
from frontdesk.testing.servers import environment
from tests import ROOT

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
MINUTE = Window("minute", 3, 60)
HOUR = Window("hour", 5, 3600)
SLIDE = Window("slide", 3, 60, sliding=True)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_fixed_window_lets_exactly_its_number_through_and_begins_anew_with_the_clock(store):
    limiter = Limiter()
    allowed = [limiter.take("k", [MINUTE], now=at(59)).allowed for _ in range(4)]

    assert allowed == [True, True, True, False]
    assert limiter.take("k", [MINUTE], now=at(60)).allowed


def test_what_is_told_of_a_window_is_right(store):
    limiter = Limiter()
    first = limiter.take("k", [MINUTE, HOUR], now=at(10))
    assert [(usage.remaining, usage.reset - int(START.timestamp())) for usage in first.usages] == [(2, 60), (4, 3600)]
    assert (first.retry_after, first.exhausted) == (0, None)

    for _ in range(2):
        limiter.take("k", [MINUTE, HOUR], now=at(10))
    refused = limiter.take("k", [MINUTE, HOUR], now=at(10.5))
    assert (refused.allowed, refused.retry_after, refused.exhausted.window.name) == (False, 50, "minute")
    assert [usage.remaining for usage in refused.usages] == [0, 2]


def test_a_refused_call_counts_in_no_window(store):
    limiter = Limiter()
    for _ in range(10):
        limiter.take("k", [MINUTE, HOUR], now=at(0))

    assert limiter.take("k", [MINUTE, HOUR], now=at(60)).usages[1].remaining == 1


def test_when_both_are_full_the_later_end_counts(store):
    limiter = Limiter()
    small = [Window("minute", 1, 60), Window("hour", 1, 3600)]
    limiter.take("k", small, now=at(0))

    refused = limiter.take("k", small, now=at(0))
    assert (refused.retry_after, refused.exhausted.window.name) == (3600, "hour")


def test_a_sliding_window_frees_each_place_after_its_own_time(store):
    limiter = Limiter()
    for second in (0, 20, 40):
        assert limiter.take("k", [SLIDE], now=at(second)).allowed
    refused = limiter.take("k", [SLIDE], now=at(59))
    assert (refused.allowed, refused.retry_after, refused.usages[0].reset) == (False, 1, int(at(60).timestamp()))

    assert limiter.take("k", [SLIDE], now=at(60)).allowed
    assert not limiter.take("k", [SLIDE], now=at(79)).allowed
    assert limiter.take("k", [SLIDE], now=at(80)).allowed


def test_keys_and_costs(store):
    limiter = Limiter()
    assert limiter.take("a", [MINUTE], now=START, cost=3).allowed
    assert not limiter.take("a", [MINUTE], now=START).allowed
    assert limiter.take("b", [MINUTE], now=START).allowed
    assert not limiter.take("c", [MINUTE], now=START, cost=4).allowed


def test_a_limit_of_nothing_is_off(store):
    taken = Limiter().take("k", [Window("minute", 0, 60)], now=START)

    assert (taken.allowed, taken.usages) == (True, ())


def test_a_store_of_the_limits_package_can_stand_in(store):
    limiter = Limiter("memory://")
    now = datetime.now(UTC)
    for window in (Window("f", 2, 3600), Window("s", 2, 3600, sliding=True)):
        taken = [limiter.take("k", [window], now=now) for _ in range(3)]
        assert [one.allowed for one in taken] == [True, True, False]
        assert [one.usages[0].remaining for one in taken] == [1, 0, 0]


def test_old_windows_are_forgotten(store):
    Limiter().take("k", [MINUTE, SLIDE], now=START)
    rate_limits.prune(START + timedelta(days=2))

    assert ephemeral.execute("SELECT COUNT(*) FROM limit_count") == [(0,)]
    assert ephemeral.execute("SELECT COUNT(*) FROM limit_hit") == [(0,)]


WORKER = """
import sys
from datetime import UTC, datetime
from core.db import open_database
from core.services.rate_limits import Limiter, Window
open_database(sys.argv[1])
windows = [Window("f", 40, 3600), Window("s", 50, 3600, sliding=True)]
now = datetime(2026, 3, 2, 10, tzinfo=UTC)
print(sum(Limiter().take("k", windows, now=now).allowed for _ in range(25)))
"""


def test_processes_together_get_exactly_the_allowed_number(store):
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, store], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]

    assert sum(int(worker.communicate(timeout=60)[0]) for worker in workers) == 40


def test_a_nonce_is_good_once_per_owner(store):
    assert ephemeral.use_nonce("1", "n", at=1000, window=900)
    assert not ephemeral.use_nonce("1", "n", at=1000, window=900)
    assert ephemeral.use_nonce("2", "n", at=1000, window=900)


def test_nonces_outside_the_window_are_swept_out(store):
    ephemeral.use_nonce("1", "old", at=1000, window=900)
    for number in range(600):
        ephemeral.use_nonce("1", f"n{number}", at=10_000, window=900)

    assert ephemeral.execute("SELECT COUNT(*) FROM used_nonce WHERE nonce = 'old'") == [(0,)]
