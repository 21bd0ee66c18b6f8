"""What the server counted, over the last hour, day and month."""

from datetime import UTC, datetime, timedelta

import pytest

from core.db import fetch_all
from core.services import request_history
from core.services.request_history import HOUR, MAX_COUNTS, MINUTE, OTHERS, Count, Sampler, bounded

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AT = int(NOON.timestamp())


def requests(value, dialect="quay", status="200"):
    return Count("requests", (dialect, "GET", status), value)


def route(value, seconds, template="/quay/{id}", status="200", dialect="quay"):
    return [
        Count("route_requests", (dialect, template, status), value),
        Count("route_seconds", (dialect, template), seconds),
    ]


def history(period="hour", now=NOON):
    return request_history.request_history(now=now, period=period)


def test_a_store_without_samples_has_empty_series(store):
    empty = history()

    assert (len(empty.times), empty.step_seconds) == (60, 60)
    assert empty.times[-1] == AT
    assert (empty.requests, empty.bookings, empty.slowest, empty.refused) == ({}, {}, [], [])


@pytest.mark.parametrize(("period", "points", "step"), [("hour", 60, 60), ("day", 288, 300), ("month", 744, 3600)])
def test_series_are_as_long_as_their_times(store, period, points, step):
    request_history.record_sample([requests(3)], at=AT - 120, source="a")

    series = history(period)

    assert len(series.times) == points == len(series.requests["quay"])
    assert {later - earlier for earlier, later in zip(series.times, series.times[1:], strict=False)} == {step}
    assert sum(series.requests["quay"]) == 3


def test_hosts_and_processes_add_up(store):
    for source in ("a", "b"):
        request_history.record_sample([requests(2), requests(1, status="404")], at=AT - 60, source=source)

    series = history()

    assert series.requests["quay"][-2:] == [6, 0]
    assert series.failures == {"4xx": [*[0.0] * 58, 2, 0.0]}


def test_a_second_sample_of_a_minute_is_added(store):
    for _ in range(2):
        request_history.record_sample([requests(2)], at=AT, source="a")

    assert history().requests["quay"][-1] == 4
    assert fetch_all("SELECT COUNT(*) FROM sample") == [(2,)]


def test_each_kind_has_its_series(store):
    counts = [
        Count("bookings", ("quay",), 2),
        Count("bookings_refused", ("quay", "full"), 3),
        Count("bookings_refused", ("pier", "full"), 1),
        Count("limits_refused", ("quay", "minute"), 5),
        Count("storage_errors", ("disk",), 1),
    ]
    request_history.record_sample(counts, at=AT, source="a")

    series = history()

    assert series.bookings["quay"][-1] == 2
    assert series.refusals["full"][-1] == 4
    assert series.limits["quay"][-1] == 5


def test_the_slowest_routes_come_first(store):
    counts = [
        *route(10, 0.5, "/quick"),
        *route(2, 1.0, "/slow"),
        *route(4, 0.2, "/slow", status="404"),
        *route(1, 0, ""),
    ]
    request_history.record_sample(counts, at=AT, source="a")

    slowest = history().slowest

    assert [(one.template, one.requests, round(one.seconds, 3), one.mean_ms) for one in slowest] == [
        ("/slow", 6, 1.2, 200.0),
        ("/quick", 10, 0.5, 50.0),
        ("", 1, 0.0, 0.0),
    ]


def test_what_was_refused_is_listed_by_route_the_latest_first(store):
    request_history.record_sample(route(3, 0.1, status="404"), at=AT - 600, source="a")
    request_history.record_sample([*route(1, 0.1, "/new", status="401"), *route(9, 1)], at=AT, source="a")
    request_history.record_sample(route(2, 0.1, status="404"), at=AT - 300, source="a")

    refused = history().refused

    assert [(one.template, one.status, one.requests, one.last_at) for one in refused] == [
        ("/new", 401, 1, NOON),
        ("/quay/{id}", 404, 5, NOON - timedelta(minutes=5)),
    ]


def test_what_is_too_old_is_in_no_series_and_is_deleted(store):
    for minutes in (0, 59, 60, 24 * 60, 26 * 60, 32 * 24 * 60):
        request_history.record_sample([requests(1)], at=AT - 60 * minutes, source="a")

    assert sum(history().requests["quay"]) == 2
    assert sum(history("day").requests["quay"]) == 3
    assert sum(history("month").requests["quay"]) == 5
    assert request_history.prune(now=NOON) == 3
    assert sum(history("day").requests["quay"]) == 3
    assert request_history.prune(now=NOON) == 0


def test_a_sample_is_bounded(store):
    many = [Count("route_requests", ("quay", f"/{number}", "200"), number + 1) for number in range(MAX_COUNTS + 10)]

    kept = bounded(many)

    assert len(kept) == MAX_COUNTS + 1
    assert sum(count.value for count in kept) == sum(count.value for count in many)
    assert kept[-1] == Count("route_requests", ("", "", OTHERS), sum(range(1, 11)))
    assert bounded(bounded([*kept, *many]))[-1].labels == ("", "", OTHERS)
    request_history.record_sample(kept, at=AT, source="a")
    assert history().slowest


# The sampler ----------------------------------------------------------------------------------------------------------


class Meters:
    """Counters and a clock."""

    def __init__(self):
        self.totals, self.now = {}, NOON

    def count(self, value, status="200"):
        key = ("requests", ("quay", "GET", status))
        self.totals[key] = self.totals.get(key, 0) + value

    def sampler(self, **more):
        return Sampler(lambda: self.totals, lambda: self.now, **more)

    def pass_minute(self, sampler):
        self.now += timedelta(minutes=1)
        return sampler.work()


def total(now):
    return sum(history(now=now).requests.get("quay", []))


def test_a_sample_holds_what_was_gained(store):
    meters = Meters()
    meters.count(100)
    sampler = meters.sampler()

    for gained in (5, 0, 7):
        meters.count(gained)
        assert meters.pass_minute(sampler) == pytest.approx(60.5)

    assert total(meters.now) == 12
    assert fetch_all("SELECT COUNT(*) FROM sample WHERE span = 60") == [(2,)]


def test_the_process_that_takes_over_goes_on_where_the_last_one_was(store, tmp_path):
    meters, file = Meters(), tmp_path / "sampled.json"
    meters.count(3)
    meters.pass_minute(meters.sampler(baseline=file))
    meters.count(4)

    meters.pass_minute(meters.sampler(baseline=file))

    assert total(meters.now) == 7


def test_a_broken_baseline_is_none(store, tmp_path):
    meters, file = Meters(), tmp_path / "sampled.json"
    file.write_text("{")
    meters.count(3)
    meters.pass_minute(meters.sampler(baseline=file))

    assert total(meters.now) == 3


def test_a_sample_that_could_not_be_stored_is_stored_with_the_next(store, monkeypatch):
    meters = Meters()
    sampler = meters.sampler()
    meters.count(3)
    with monkeypatch.context() as patch:
        patch.setattr(request_history, "record_sample", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            meters.pass_minute(sampler)
    meters.count(4)

    meters.pass_minute(sampler)

    assert total(meters.now) == 7


def test_a_counter_that_began_anew_is_no_loss(store):
    meters = Meters()
    meters.count(9)
    sampler = meters.sampler()
    meters.totals.clear()
    meters.count(2)

    meters.pass_minute(sampler)

    assert total(meters.now) == 2
    meters.count(2)
    meters.pass_minute(sampler)
    assert total(meters.now) == 4


def test_old_samples_go_while_new_ones_come(store):
    meters = Meters()
    sampler = meters.sampler()
    request_history.record_sample([requests(1)], at=AT - 30 * HOUR, source="old")
    meters.pass_minute(sampler)

    assert fetch_all("SELECT COUNT(*) FROM sample WHERE span = ?", (MINUTE,)) == [(0,)]
