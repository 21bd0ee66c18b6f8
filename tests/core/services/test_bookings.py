"""Creating, moving, cancelling and deleting bookings: their claims, balances and events."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from core.db import fetch_all, writing
from core.domain.requests import ChangeRequest, OrderRequest, RuleOverrides
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    Offset,
    ResourceRules,
    SchedulePlan,
)
from core.errors import BalanceRefused, NotAvailable, NotFound, StaleVersion, Vetoed
from core.services import availability, bookings, doctor, events, filters, orders, repository, sessions
from tests.core.services.factories import NOW, TUESDAY_NINE, asks, book, person, resource, service

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(autouse=True)
def healthy(store):
    """Whatever a test does, the doctor finds nothing afterwards."""
    yield
    report = doctor.examine(now=NOW)
    assert report.breaches == []


def left(service_id, when=TUESDAY_NINE, **values):
    return availability.remaining(asks(service_id, wall_start=when, **values), now=NOW)


def test_the_last_place_is_sold_once():
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=2)))
    book(room.id)
    book(room.id)
    with pytest.raises(NotAvailable) as caught:
        book(room.id)

    error = caught.value
    assert (error.reason, error.requested, error.remaining, error.subject) == ("full", 1, 0, ("service", room.id))
    assert bookings.page().total == 2


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        (datetime(2026, 3, 2, 9), "past"),
        (datetime(2026, 3, 3, 8), "closed"),
        (datetime(2026, 3, 3, 16, 30), "closed"),
        (datetime(2026, 3, 3, 9, 30), "grid"),
        (datetime(2026, 3, 7, 9), "closed"),
        (datetime(2027, 6, 1, 9), "horizon"),
    ],
    ids=str,
)
def test_a_start_that_is_not_offered_is_refused_and_changes_nothing(when, reason):
    room = service(plan=SchedulePlan(booking_window=BookingWindowRules(horizon=Offset(12, "month"))))
    with pytest.raises(NotAvailable) as caught:
        book(room.id, wall_start=when)

    assert caught.value.reason == reason
    assert fetch_all("SELECT COUNT(*) FROM booking")[0][0] == fetch_all("SELECT COUNT(*) FROM claim")[0][0] == 0
    assert fetch_all("SELECT COUNT(*) FROM event WHERE subject_kind = ?", ("booking",))[0][0] == 0


def test_a_group_is_made_whole_or_not_at_all():
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=2)))
    wanted = [asks(room.id), asks(room.id), asks(room.id)]
    with pytest.raises(NotAvailable) as caught:
        bookings.create_group(wanted, now=NOW)

    assert caught.value.position == 2
    assert bookings.page().total == 0
    group = bookings.create_group(wanted[:2], now=NOW, order=OrderRequest())
    assert group[0].group_id == group[1].group_id != ""
    assert orders.get(group[0].order_id).total == Decimal(20)
    assert [line.total for line in orders.items([group[0].order_id])[group[0].order_id]] == [10, 10]


def test_cancelling_frees_the_place_at_once_and_is_told_once():
    room = service()
    booking = book(room.id)
    bookings.cancel(booking.id, now=NOW, origin="other")
    bookings.cancel(booking.id, now=NOW)

    assert left(room.id) == 1
    recorded = events.recent(["booking.cancelled"])
    assert [(e.subject_id, e.origin, e.data["previous"]["status"]) for e in recorded] == [
        (booking.id, "other", "pending")
    ]


def test_a_cancelled_booking_comes_back_only_where_there_is_room():
    room = service()
    first = book(room.id)
    bookings.cancel(first.id, now=NOW)
    second = book(room.id)
    with pytest.raises(NotAvailable):
        bookings.set_status(first.id, "paid", now=NOW)
    assert bookings.get(first.id).status == "cancelled"

    bookings.delete(second.id, now=NOW)
    assert bookings.set_status(first.id, "paid", now=NOW).status == "paid"
    assert left(room.id) == 0


def test_a_booking_may_overlap_its_own_old_place_when_it_moves():
    room = service(plan=SchedulePlan(max_blocks=3))
    booking = book(room.id, blocks=2)
    moved = bookings.update(booking.id, ChangeRequest(wall_start=TUESDAY_NINE + timedelta(hours=1)), now=NOW)

    assert (moved.wall_start.hour, moved.wall_end.hour, moved.version) == (10, 12, 2)
    assert left(room.id) == 1
    assert [e.kind for e in events.recent(["booking.rescheduled", "booking.created"])] == [
        "booking.rescheduled",
        "booking.created",
    ]


def test_a_move_to_a_full_place_leaves_everything_as_it_was():
    room = service()
    first, second = book(room.id), book(room.id, wall_start=TUESDAY_NINE + timedelta(hours=1))
    with pytest.raises(NotAvailable):
        bookings.update(second.id, ChangeRequest(wall_start=TUESDAY_NINE), now=NOW)

    assert bookings.get(second.id) == second
    assert left(room.id, TUESDAY_NINE + timedelta(hours=2)) == 1
    assert bookings.get(first.id) == first


def test_more_persons_need_more_places():
    tour = service(
        plan=SchedulePlan(
            capacity=CapacityRules(limit=5, units_per="person"),
        )
    )
    booking = book(tour.id, persons=3)
    with pytest.raises(NotAvailable) as caught:
        bookings.update(booking.id, ChangeRequest(persons=6), now=NOW)
    assert (caught.value.requested, caught.value.remaining) == (6, 5)

    assert bookings.update(booking.id, ChangeRequest(persons=5), now=NOW).persons == 5
    assert left(tour.id) == 0


def test_a_stale_version_is_refused():
    booking = book(service().id)
    bookings.update(booking.id, ChangeRequest(note="x"), now=NOW)
    with pytest.raises(StaleVersion):
        bookings.cancel(booking.id, now=NOW, expected_version=booking.version)


def test_a_hold_keeps_its_place_until_it_expires():
    room = service()
    hold = bookings.hold(asks(room.id), now=NOW, keep_for=timedelta(minutes=15))
    with pytest.raises(NotAvailable):
        book(room.id)

    later = NOW + timedelta(minutes=15)
    assert availability.remaining(asks(room.id), now=later) == 1
    other = bookings.create(asks(room.id), now=later)
    with pytest.raises(NotAvailable):
        bookings.set_status(hold.id, "paid", now=later)
    bookings.cancel(other.id, now=later)
    assert bookings.set_status(hold.id, "paid", now=later).status == "paid"
    assert left(room.id) == 0


def test_a_hold_that_is_settled_in_time_stays():
    room = service()
    hold = bookings.hold(asks(room.id), now=NOW, keep_for=timedelta(minutes=15))
    bookings.set_status(hold.id, "paid", now=NOW)

    assert availability.remaining(asks(room.id), now=NOW + timedelta(hours=2)) == 0


def test_one_person_serves_one_session_at_a_time_whatever_the_service():
    ola = person()
    cut = service(
        plan=SchedulePlan(resources=ResourceRules(choice="customer"), capacity=CapacityRules(limit=None)),
        resources=(ola,),
        name="Cut",
    )
    talk = service(
        plan=SchedulePlan(resources=ResourceRules(choice="customer"), capacity=CapacityRules(limit=None)),
        resources=(ola,),
        name="Talk",
    )
    book(cut.id, resource_id=ola.id)
    with pytest.raises(NotAvailable) as caught:
        book(talk.id, resource_id=ola.id)

    assert caught.value.subject == ("resource", ola.id)


def test_places_of_a_session_are_shared_and_bookings_join_it():
    ola = person(capacity=3)
    yoga = service(
        plan=SchedulePlan(
            resources=ResourceRules(choice="customer"),
            capacity=CapacityRules(limit=None, units_per="person"),
        ),
        resources=(ola,),
    )
    first = book(yoga.id, resource_id=ola.id, persons=2)
    second = book(yoga.id, resource_id=ola.id)

    assert second.session_id == first.session_id == first.id
    with pytest.raises(NotAvailable):
        book(yoga.id, resource_id=ola.id)


def test_automatic_choice_takes_the_first_resource_that_has_room():
    desks = resource("A"), resource("B")
    room = service(
        plan=SchedulePlan(resources=ResourceRules(choice="automatic"), capacity=CapacityRules(limit=None)),
        resources=desks,
    )

    assert [book(room.id).resource_id for _ in desks] == [desk.id for desk in desks]
    with pytest.raises(NotAvailable) as caught:
        book(room.id)
    assert caught.value.reason == "full"


def test_the_least_busy_person_of_the_day_is_chosen():
    ann, ben = person("Ann"), person("Ben")
    cut = service(
        plan=SchedulePlan(
            resources=ResourceRules(choice="either", order="least_busy_day"), capacity=CapacityRules(limit=None)
        ),
        resources=(ann, ben),
    )
    book(cut.id, resource_id=ann.id)

    assert book(cut.id, wall_start=TUESDAY_NINE + timedelta(hours=3)).resource_id == ben.id


def test_nights_may_have_different_room():
    rule = CalendarRule(effect="open")
    tight = CalendarRule(
        effect="open", capacity=1, strength=1, from_date=TUESDAY_NINE.date(), to_date=TUESDAY_NINE.date()
    )
    rooms = service(plan=SchedulePlan(unit="night", max_blocks=0, capacity=CapacityRules(limit=3)), rules=(rule, tight))
    monday = datetime(2026, 3, 2)
    stay = {"wall_start": monday + timedelta(days=0), "blocks": 3, "overrides": RuleOverrides(past=True)}
    book(rooms.id, **stay)
    with pytest.raises(NotAvailable) as caught:
        book(rooms.id, **stay)

    assert caught.value.remaining == 0
    book(rooms.id, wall_start=monday + timedelta(days=2), blocks=2)
    assert left(rooms.id, monday + timedelta(days=2), blocks=1) == 1


def test_very_long_bookings_are_kept_in_pieces_and_still_found():
    flat = service(plan=SchedulePlan(unit="night", max_blocks=0), rules=(CalendarRule(effect="open"),))
    book(flat.id, wall_start=datetime(2026, 4, 1), blocks=400)
    for when in (datetime(2026, 4, 1), datetime(2026, 8, 8), datetime(2027, 5, 5)):
        assert left(flat.id, when, blocks=1) == 0
    assert left(flat.id, datetime(2027, 5, 6), blocks=1) == 1


def test_an_operator_may_overbook_and_the_doctor_knows_it_was_meant():
    room = service()
    book(room.id)
    booking = book(room.id, overrides=RuleOverrides(capacity=True))

    assert booking.id
    assert left(room.id) <= 0


def test_coupon_uses_are_counted_given_back_and_never_exceeded():
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=9)))
    repository.coupons.create(now=NOW, code="Spring", discount=Decimal(50), max_uses=1)
    first = book(room.id, coupon_code="SPRING")
    with pytest.raises(BalanceRefused) as caught:
        book(room.id, coupon_code="spring")
    assert caught.value.reason == "used_up"

    bookings.cancel(first.id, now=NOW)
    second = book(room.id, coupon_code="spring")
    with pytest.raises(BalanceRefused):
        bookings.set_status(first.id, "paid", now=NOW)
    bookings.delete(second.id, now=NOW)
    assert bookings.set_status(first.id, "paid", now=NOW).status == "paid"


def test_a_refused_booking_uses_no_coupon():
    room = service()
    repository.coupons.create(now=NOW, code="x", discount=Decimal(5), max_uses=1)
    book(room.id)
    with pytest.raises(NotAvailable):
        book(room.id, coupon_code="x")

    assert book(room.id, wall_start=TUESDAY_NINE + timedelta(hours=1), coupon_code="x").coupon_code == "x"


def test_a_plugin_may_refuse_before_anything_is_locked():
    room = service()

    def refuse(request, one, change, booking, ledger):
        raise Vetoed(plugin="guard", reason="Not on Tuesdays.")

    filters.install(filters.Filters(check_booking=[refuse]))
    with pytest.raises(Vetoed):
        book(room.id)


def book_and_fail(service_id):
    with writing():
        book(service_id, wall_start=TUESDAY_NINE + timedelta(hours=1))
        raise ZeroDivisionError


def test_dispatch_rows_live_and_die_with_the_transaction(now):
    events.register_consumer("mail", ["booking.created"])
    room = service()
    book(room.id)
    with pytest.raises(ZeroDivisionError):
        book_and_fail(room.id)

    waiting = events.take_due("mail", now=NOW)
    assert [event.kind for _, _, event in waiting] == ["booking.created"]
    assert events.take_due("mail", now=NOW) == []
    events.acknowledge(waiting[0][0])
    assert events.take_due("mail", now=NOW + timedelta(days=1)) == []


def test_a_failing_listener_hurts_nobody():
    heard = []
    events.subscribe(lambda event: 1 / 0)
    events.subscribe(heard.append)
    book(service().id)

    assert [event.kind for event in heard if event.subject_kind == "booking"] == ["booking.created"]


@pytest.mark.parametrize(
    "values",
    [
        {"service_id": 999},
        {"customer_id": 999},
        {"resource_id": 999},
        {"location_id": 999},
        {"order_id": 999},
        {"extras": ((999, 1),)},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_does_not_exist_cannot_be_booked(values):
    room = service()
    with pytest.raises(NotFound):
        bookings.create(replace(asks(room.id), **values), now=NOW)
    assert bookings.page().total == 0


def test_the_total_of_a_page_comes_from_the_tally_and_is_right():
    room, other = (
        service(plan=SchedulePlan(capacity=CapacityRules(limit=9))),
        service(plan=SchedulePlan(capacity=CapacityRules(limit=9)), name="x"),
    )
    for number in range(5):
        book(room.id, status="paid" if number % 2 else "pending")
    deleted = book(other.id)
    bookings.delete(deleted.id, now=NOW)
    book(other.id)

    assert bookings.page(limit=2).total == 6
    assert bookings.page([("status", "=", "paid")], limit=1).total == 2
    assert bookings.page([("status", "in", ["paid", "pending"]), ("service_id", "=", room.id)]).total == 5
    assert bookings.page([("status", "not_in", ["paid"])]).total == 4
    assert bookings.page([("customer_id", "=", 0), ("status", "=", "paid")]).total == 2


def test_a_hold_that_a_change_settles_stays_for_good():
    room = service()
    hold = bookings.hold(asks(room.id), now=NOW, keep_for=timedelta(minutes=5))
    bookings.update(hold.id, ChangeRequest(status="paid", note="x"), now=NOW)

    later = NOW + timedelta(hours=1)
    with pytest.raises(NotAvailable):
        bookings.create(asks(room.id), now=later)


def test_a_change_of_status_takes_and_gives_back_balances_like_the_verb_for_it():
    repository.coupons.create(now=NOW, code="TEN", discount=Decimal(1), max_uses=1)
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=9)))
    first = book(room.id, coupon_code="TEN")
    bookings.update(first.id, ChangeRequest(status="cancelled"), now=NOW)
    book(room.id, coupon_code="TEN")

    with pytest.raises(BalanceRefused):
        bookings.update(first.id, ChangeRequest(status="paid"), now=NOW)
    assert bookings.get(first.id).status == "cancelled"


def test_a_hold_that_ran_out_no_longer_keeps_its_coupon():
    repository.coupons.create(now=NOW, code="TEN", discount=Decimal(1), max_uses=1)
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=9)))
    hold = bookings.hold(asks(room.id, coupon_code="TEN"), now=NOW, keep_for=timedelta(minutes=5))
    with pytest.raises(BalanceRefused):
        book(room.id, coupon_code="TEN")
    later = NOW + timedelta(minutes=5)
    bookings.create(asks(room.id, coupon_code="TEN"), now=later)

    with pytest.raises(BalanceRefused):
        bookings.set_status(hold.id, "paid", now=later)


def test_a_session_that_moves_to_where_it_is_keeps_its_places():
    ola = person(capacity=3)
    room = service(
        plan=SchedulePlan(resources=ResourceRules(choice="customer"), capacity=CapacityRules(limit=3)), resources=(ola,)
    )
    one, two = (book(room.id, resource_id=ola.id) for _ in range(2))
    sessions.move(one.session_id, ChangeRequest(wall_start=TUESDAY_NINE, note="x"), statuses=["pending"], now=NOW)

    assert left(room.id, resource_id=ola.id) == 1
    assert bookings.get(two.id).note == "x"


@pytest.mark.parametrize("capacity", [2**31 - 1, 2**31, 10**12], ids=str)
def test_more_places_than_a_column_holds_are_as_good_as_no_limit(capacity):
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=capacity)))
    assert book(room.id).status == "pending"


def test_a_pause_of_months_is_no_accident():
    room = service(plan=SchedulePlan(buffers=Buffers(after_minutes=200 * 1440)))
    book(room.id)
    with pytest.raises(NotAvailable):
        book(room.id, wall_start=TUESDAY_NINE + timedelta(days=140))


def test_places_of_a_location_with_a_large_number():
    place = repository.locations.create(now=NOW, name="Far", id=2_000_000_000)
    room = service(plan=SchedulePlan(capacity=CapacityRules(scope="location")))
    assert book(room.id, location_id=place.id).location_id == place.id


def several_resources(capacity=1):
    """One request for two resources at once: the service's place is taken once, by the first booking."""
    desks = resource("A"), resource("B")
    room = service(
        plan=SchedulePlan(capacity=CapacityRules(limit=capacity), resources=ResourceRules(choice="optional")),
        resources=desks,
    )
    wanted = [
        asks(room.id, resource_id=desks[0].id),
        asks(room.id, resource_id=desks[1].id, service_units=0),
    ]
    return room, bookings.create_group(wanted, now=NOW)


@pytest.mark.parametrize("end", [bookings.delete, bookings.cancel], ids=["delete", "cancel"])
def test_a_place_held_for_others_too_stays_taken_until_the_last_of_them_ends(end):
    room, (first, second) = several_resources()
    end(first.id, now=NOW)
    with pytest.raises(NotAvailable):
        book(room.id)

    end(second.id, now=NOW)
    assert left(room.id) == 1


def test_one_that_comes_back_shares_the_place_again_or_takes_it_anew():
    room, (first, second) = several_resources()
    bookings.cancel(first.id, now=NOW)
    assert bookings.set_status(first.id, "paid", now=NOW).status == "paid"
    bookings.cancel(first.id, now=NOW)
    bookings.cancel(second.id, now=NOW)
    bookings.set_status(first.id, "paid", now=NOW)
    assert left(room.id) == 0
    bookings.set_status(second.id, "paid", now=NOW)
    bookings.cancel(first.id, now=NOW)
    assert left(room.id) == 0


def test_one_that_moves_away_takes_a_place_of_its_own():
    room, (first, second) = several_resources()
    later = TUESDAY_NINE + timedelta(hours=2)
    bookings.update(first.id, ChangeRequest(wall_start=later), now=NOW)
    assert (left(room.id), left(room.id, later)) == (0, 0)
    bookings.update(second.id, ChangeRequest(wall_start=later + timedelta(hours=1)), now=NOW)
    assert (left(room.id), left(room.id, later + timedelta(hours=1))) == (1, 0)


def test_one_that_is_done_frees_its_place():
    room = service()
    bookings.set_status(book(room.id).id, "done", now=NOW)
    assert left(room.id) == 1
