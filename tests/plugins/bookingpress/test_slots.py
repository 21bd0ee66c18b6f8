"""The worked slot tables of README, "Hours and slots", through HTTP."""

import pytest

from tests.plugins.bookingpress.conftest import bring

TUESDAY = "2026-06-02"
BREAK = [{"start_time": "12:30", "end_time": "13:15"}]


def week(start="09:00", end="17:00", breaks=(), days=("monday", "tuesday", "wednesday", "thursday", "friday")):
    return [{"day": day, "start_time": start, "end_time": end, "breaks": list(breaks)} for day in days]


def ola(shop, *services, **more):
    """A staff member for some services, given as ids or (id, further terms)."""
    assigned = []
    for service in services:
        service_id, terms = service if isinstance(service, tuple) else (service, {})
        assigned.append({"assign_service_id": service_id, **terms})
    name = more.pop("firstname", "Ola")
    return shop.make(
        "/staffmembers",
        firstname=name,
        lastname="Reyes",
        email=f"{name.lower()}@example.org",
        service_details={"assigned_service_list": assigned},
        **more,
    )


@pytest.mark.parametrize(
    ("minutes", "document", "starts"),
    [
        pytest.param(45, {}, "09:00 09:45 10:30 11:15 12:00 12:45 13:30 14:15 15:00 15:45", id="step is the duration"),
        pytest.param(
            60,
            {"workhours": week(breaks=BREAK)},
            "09:00 10:00 11:00 13:15 14:15 15:15",
            id="off the grid after a break",
        ),
        pytest.param(
            60,
            {"workhours": week(breaks=BREAK), "settings": {"show_time_as_per_service_duration": False}},
            "09:00 09:30 10:00 10:30 11:00 11:30 13:15 13:45 14:15 14:45 15:15 15:45",
            id="step 30",
        ),
        pytest.param(
            90,
            {"workhours": week(end="12:00", breaks=[{"start_time": "10:00", "end_time": "10:15"}])},
            "10:15",
            id="only after the break",
        ),
        pytest.param(240, {"workhours": week(start="16:00", end="00:00")}, "16:00 20:00", id="midnight closes the day"),
    ],
)
def test_grid(start, minutes, document, starts):
    shop = start(document=document)
    assert shop.starts(shop.service(service_duration_val=minutes)) == starts.split()


def test_exactly_the_notice_is_not_enough(shop):
    service = shop.service(minimum_time_required_before_booking=40)
    shop.clock.move(days=1, hours=3, minutes=20)
    assert shop.starts(service)[0] == "11:00"


def test_a_start_must_be_later_than_now(shop):
    service = shop.service()
    shop.clock.move(days=1, hours=3)
    assert shop.starts(service)[0] == "10:00"


def test_the_service_lifts_the_general_notice(start):
    shop = start(document={"settings": {"default_minimum_time_for_booking": 1440}})
    strict, free = shop.service(), shop.service(minimum_time_required_before_booking="disabled")
    assert (shop.starts(strict, "2026-06-01"), len(shop.starts(free, "2026-06-01"))) == ([], 8)


def test_hours_come_from_the_first_layer_that_has_any(start):
    shop = start(
        document={
            "services": [
                {
                    "id": 7,
                    "service_name": "Deep clean",
                    "service_duration_val": 1,
                    "service_duration_unit": "h",
                    "workhours": week("10:00", "12:00"),
                    "special_days": [{"start_date": "2026-06-06", "start_time": "18:00", "end_time": "20:00"}],
                }
            ],
            "daysoff": [{"name": "Founding day", "start_date": "2020-06-10", "repeat": True}],
        }
    )
    assert shop.starts(7) == ["10:00", "11:00"]
    assert shop.starts(7, "2026-06-06") == ["18:00", "19:00"]  # a Saturday, opened by the special day
    member = ola(
        shop,
        7,
        workhours=week("13:00", "15:00"),
        special_days=[{"start_date": "2026-06-03", "start_time": "08:00", "end_time": "09:00", "services": [7]}],
        daysoff=[{"name": "Away", "start_date": "2026-06-04", "end_date": "2026-06-05"}],
    )
    assert shop.starts(7, staffmember_id=member) == ["13:00", "14:00"]
    assert shop.starts(7, "2026-06-03", staffmember_id=member) == ["08:00"]
    assert shop.starts(7, "2026-06-04", staffmember_id=member) == []
    holiday = shop.get("/appointments/timeslots?service_id=7&selected_date=2026-06-10")
    assert (holiday["is_daysoff"], holiday["msg"]) == (True, "There is no time slots available")
    away = shop.get(f"/appointments/timeslots?service_id=7&selected_date=2026-06-04&staffmember_id={member}")
    assert away["is_daysoff"] is True


def test_a_special_day_does_not_beat_a_day_off(shop):
    service = shop.service()
    member = ola(
        shop,
        service,
        special_days=[{"start_date": TUESDAY, "start_time": "08:00", "end_time": "12:00"}],
        daysoff=[{"name": "Away", "start_date": TUESDAY}],
    )
    assert shop.starts(service, staffmember_id=member) == []


def test_location_hours_and_special_days_come_before_staff_hours(shop):
    service = shop.service()
    member = ola(shop, service, workhours=week("13:00", "15:00"))
    location = shop.make(
        "/locations",
        location_name="Harbour",
        services=[{"service_id": service}],
        workhours=week("09:00", "11:00"),
        special_days=[{"start_date": "2026-06-03", "start_time": "18:00", "end_time": "19:00"}],
    )
    assert shop.starts(service, staffmember_id=member, location_id=location) == ["09:00", "10:00"]
    assert shop.starts(service, "2026-06-03", staffmember_id=member, location_id=location) == ["18:00"]


def test_start_and_expiration_dates_are_included(shop):
    service = shop.service(service_start_date="2026-06-02", service_expiration_date="2026-06-03")
    days = ["2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04"]
    assert [bool(shop.starts(service, day)) for day in days] == [False, True, True, False]


def test_the_booking_period_ends(start):
    shop = start(document={"settings": {"period_available_for_booking": 7}})
    service = shop.service()
    assert shop.starts(service, "2026-06-08")
    assert not shop.starts(service, "2026-06-09")


def test_buffers_are_added_up_and_kept_free_on_both_sides(start):
    shop = start(document={"workhours": week(end="12:00")})
    single = shop.service(service_duration_val=30, before_buffer_time=30)
    assert shop.book(single, "10:30")["variant"] == "success"
    assert shop.starts(single) == ["09:00", "09:30", "11:30"]
    group = shop.service(service_duration_val=30, before_buffer_time=30, max_capacity=3)
    assert shop.book(group, "10:30")["variant"] == "success"
    left = {slot["start_time"]: slot["max_capacity"] for slot in shop.slots(group)}
    assert left == {"09:00": 3, "09:30": 3, "10:00": 0, "10:30": 2, "11:00": 0, "11:30": 3}


def test_days_are_booked_whole(shop):
    service = shop.service(service_duration_val=2, service_duration_unit="d", before_buffer_time=600)
    assert [slot["start_time"] for slot in shop.slots(service)] == ["00:00"]
    assert not shop.slots(service, "2026-06-05")  # Friday: the Saturday after it is closed
    answer = shop.post(
        "/appointments",
        {
            "selected_service": service,
            "selected_date": TUESDAY,
            "customer_firstname": "Mira",
            "selected_payment_method": "on-site",
        },
    )
    assert answer["variant"] == "success"
    booked = shop.get(f"/appointments/{answer['appointment_id']}")
    assert (booked["appointment_duration"], booked["appointment_end_date"]) == ("2 Days", "2026-06-03")
    assert not [slot for slot in shop.slots(service, "2026-06-03") if not slot["is_booked"]]


# -- what bookings take away (5.3) ------------------------------------------------------------------------------


def test_two_services_do_not_mind_each_other_by_default(shop):
    first, second = shop.service(), shop.service()
    shop.book(first, "09:00")
    assert "09:00" in shop.starts(second)
    assert "09:00" not in shop.starts(first)


def test_a_staff_member_serves_one_service_at_a_time(shop):
    first, second = shop.service(max_capacity=4), shop.service(max_capacity=4)
    member = ola(shop, first, second)
    assert shop.book(first, "09:00", selected_staff_member_id=member)["variant"] == "success"
    assert "09:00" not in shop.starts(second, staffmember_id=member)
    left = {slot["start_time"]: slot["max_capacity"] for slot in shop.slots(first, staffmember_id=member)}
    assert (left["09:00"], left["10:00"]) == (3, 4)


def test_shared_between_services_an_overlapped_slot_disappears(start):
    shop = start(document={"settings": {"share_timeslot_between_services": True}})
    first, second = shop.service(max_capacity=4), shop.service(max_capacity=4)
    shop.book(first, "09:00")
    assert "09:00" not in shop.starts(second)
    assert "09:00" in shop.starts(first)


def test_touching_appointments_do_not_overlap(shop):
    service = shop.service()
    shop.book(service, "10:00")
    assert shop.starts(service)[:3] == ["09:00", "11:00", "12:00"]


def overlapping(start, **settings):
    """A service of an hour that starts every half hour, four places."""
    shop = start(document={"settings": {"show_time_as_per_service_duration": False, **settings}})
    return shop, shop.service(max_capacity=4)


def test_shared_capacity_counts_the_peak_of_what_overlaps(start):
    shop, service = overlapping(start)
    for at, persons in (("09:00", 1), ("10:00", 2)):
        shop.book(service, at, bookingpress_selected_bring_members=persons)
    left = {slot["start_time"]: slot["max_capacity"] for slot in shop.slots(service)}
    # 09:30-10:30 meets one person, then two: the larger of both counts.
    assert (left["09:00"], left["09:30"], left["10:00"], left["10:30"], left["11:00"]) == (3, 2, 2, 2, 4)


def test_shared_capacity_closes_when_the_plain_sum_reaches_it(start):
    shop, service = overlapping(start)
    for at in ("09:00", "10:00"):
        shop.book(service, at, bookingpress_selected_bring_members=2)
    left = {slot["start_time"]: slot["max_capacity"] for slot in shop.slots(service)}
    assert (left["09:00"], left["09:30"], left["10:00"]) == (2, 0, 2)


def test_without_shared_capacity_an_overlapped_slot_is_gone(start):
    shop, service = overlapping(start, share_quanty_between_timeslots=False)
    shop.book(service, "09:00")
    assert places(shop, service)[:3] == [("09:00", 3), ("10:00", 4), ("10:30", 4)]


def places(shop, service, **more):
    """Every slot of the list, also booked ones, and what is left of it."""
    return [(slot["start_time"], slot["max_capacity"]) for slot in shop.slots(service, **more)]


@pytest.mark.parametrize("hide", [False, True])
def test_without_shared_capacity_only_the_very_slot_is_booked_out(start, hide):
    shop, service = overlapping(start, share_quanty_between_timeslots=False, hide_already_booked_slot=hide)
    shop.book(service, "10:00", bookingpress_selected_bring_members=4)
    booked_out = [] if hide else [("10:00", 0)]
    # What the booking overlaps is off the list, whatever the setting for booked slots says.
    assert places(shop, service)[: len(booked_out) + 2] == [("09:00", 4), *booked_out, ("11:00", 4)]


def test_without_shared_capacity_a_members_slots_are_off_the_list_too(start):
    shop, service = overlapping(start, share_quanty_between_timeslots=False)
    members = [ola(shop, service, firstname=name) for name in ("Ola", "Pia")]
    for member in members:
        shop.book(service, "10:00", selected_staff_member_id=member)
        assert "09:30" not in dict(places(shop, service, staffmember_id=member))
    assert places(shop, service)[:2] == [("09:00", 4), ("10:00", 3)]


def test_shared_between_services_an_overlapped_slot_is_off_the_list(start):
    shop, service = overlapping(start, share_timeslot_between_services=True)
    other_service = shop.service(max_capacity=4)
    shop.book(other_service, "10:00")
    assert places(shop, service)[:2] == [("09:00", 4), ("11:00", 4)]
    assert dict(places(shop, other_service))["10:00"] == 3


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ({}, {"share_quanty_between_timeslots": False}, {"09:30": 2, "09:00": None, "10:00": None, "10:30": 3}),
        (
            {"share_quanty_between_timeslots": False},
            {"share_quanty_between_timeslots": True},
            {"09:30": 2, "09:00": 2, "10:00": 2, "10:30": 3},
        ),
        ({}, {"share_timeslot_between_services": True}, {"09:30": 2, "09:00": 2, "10:00": 2, "10:30": 3}),
    ],
)
def test_a_setting_that_is_changed_later_counts_for_what_was_booked_before(start, before, after, left):
    shop, _ = overlapping(start, **before)
    service = shop.service(max_capacity=3)
    shop.book(service, "09:30")
    bring({"settings": {"show_time_as_per_service_duration": False, **after}}, shop.clock)
    remaining = dict(places(shop, service))
    assert {start: remaining.get(start) for start in left} == left
    # And it is sold as it is listed.
    for start, places_left in left.items():
        refused = shop.book(service, start, bookingpress_selected_bring_members=(places_left or 0) + 1)
        assert refused["variant"] == "error", start
    assert shop.book(service, "09:30", bookingpress_selected_bring_members=2)["variant"] == "success"


def test_a_pause_that_is_taken_away_lets_neighbours_in(start):
    shop = start(document={"workhours": week(end="12:00")})
    service = shop.service(service_duration_val=30, before_buffer_time=30)
    shop.book(service, "10:30")
    assert shop.starts(service) == ["09:00", "09:30", "11:30"]
    shop.call("PATCH", f"/services/{service}", {"service_name": "Plain", "before_buffer_time": 0})
    assert shop.starts(service) == ["09:00", "09:30", "10:00", "11:00", "11:30"]


@pytest.mark.parametrize(("days", "last"), [(1, "2026-06-02"), (2, "2026-06-03"), (3, "2026-06-04")])
def test_days_end_on_their_last_one(shop, days, last):
    service = shop.service(service_duration_val=days, service_duration_unit="d")
    slot = shop.slots(service)[0]
    assert slot["is_next_day"] == (days > 1)
    booked = shop.book(service, "", selected_end_date=last)
    assert booked["variant"] == "success", booked
    record = shop.get(f"/appointments/{booked['appointment_id']}")
    assert (record["appointment_date"], record["appointment_end_date"]) == (TUESDAY, last)
    after = shop.book(service, "", selected_end_date="2026-06-05")
    assert after["variant"] == "error"


def test_a_member_who_does_not_give_the_service_is_neither_offered_nor_booked(shop):
    service, other_service = shop.service(), shop.service()
    member = ola(shop, other_service)
    assert shop.slots(service, staffmember_id=member) == []
    assert shop.book(service, selected_staff_member_id=member)["variant"] == "error"
    assert shop.book(other_service, selected_staff_member_id=member)["variant"] == "success"


def test_the_list_shows_the_room_of_the_member_with_most(shop):
    service = shop.service(max_capacity=2)
    (
        ola(shop, (service, {"assign_service_capacity": 2})),
        ola(shop, (service, {"assign_service_capacity": 4}), firstname="Pia"),
    )
    assert shop.slots(service)[0]["max_capacity"] == 4
    assert shop.book(service, bookingpress_selected_bring_members=5)["variant"] == "error"
    assert shop.book(service, bookingpress_selected_bring_members=4)["variant"] == "success"


def test_booked_slots_are_shown_or_hidden(start):
    shop = start()
    service = shop.service()
    shop.book(service, "09:00")
    first = shop.slots(service)[0]
    assert (first["is_booked"], first["disable_flag_timeslot"], first["total_booked"]) == (1, True, 1)
    bring({"settings": {"hide_already_booked_slot": True}}, shop.clock)
    assert shop.slots(service)[0]["start_time"] == "10:00"


def test_an_appointment_can_be_left_out_of_the_count(shop):
    service = shop.service()
    appointment_id = shop.book(service, "09:00")["appointment_id"]
    assert "09:00" in shop.starts(service, appointment_update_id=appointment_id)


def test_capacity_is_that_of_the_location_then_the_staff_member_then_the_service(shop):
    service = shop.service(max_capacity=4)
    member = ola(shop, (service, {"assign_service_capacity": 6}))
    assert shop.slots(service)[0]["max_total_capacity"] == 6
    location = shop.make(
        "/locations",
        location_name="Harbour",
        services=[
            {
                "service_id": service,
                "service_qty": 5,
                "staffmembers": [{"staffmember_id": member, "staff_location_qty": 2}],
            }
        ],
    )
    assert shop.slots(service, location_id=location)[0]["max_total_capacity"] == 2
    alone = shop.service(max_capacity=4)
    other_location = shop.make("/locations", location_name="Hill", services=[{"service_id": alone, "service_qty": 3}])
    assert shop.slots(alone, location_id=other_location)[0]["max_total_capacity"] == 3


def test_extras_lengthen_the_appointment(start):
    shop = start(document={"workhours": week(end="12:00")})
    service = shop.service(extra_services=[{"name": "Oven", "price": 7.5, "duration": 30, "max_qty": 2}])
    extra = shop.get(f"/services/{service}")["extra_services"][0]["id"]
    made = shop.book(
        service, "10:00", selected_end_time="11:00", bookingpress_selected_extra_details={extra: {"qty": 2}}
    )
    booked = shop.get(f"/appointments/{made['appointment_id']}")
    assert (booked["appointment_end_time"], booked["total_amount"]) == ("12:00:00", 55)
    assert shop.starts(service) == ["09:00"]


# -- who serves (4.4, 6.3) --------------------------------------------------------------------------------------


def test_any_staff_takes_the_one_with_the_least_to_do(shop):
    service = shop.service()
    first, second = ola(shop, service), ola(shop, service, firstname="Pia")
    taken = [shop.book(service, at)["staffmember_id"] for at in ("09:00", "10:00", "11:00", "11:00")]
    assert sorted(taken[:2]) == [first, second]
    assert sorted(taken[2:]) == [first, second]
    assert shop.book(service, "11:00")["msg"].startswith("I am sorry! Another appointment is already booked")


def test_the_cheapest_or_the_busiest_can_be_asked_for(start):
    shop = start(document={"settings": {"any_staff_rule": "most_expensive"}})
    service = shop.service()
    ola(shop, (service, {"assign_service_price": 20}))
    dear = ola(shop, (service, {"assign_service_price": 60}), firstname="Pia")
    booked = shop.book(service)
    assert (booked["staffmember_id"], booked["total_amount"]) == (dear, 60)
    bring({"settings": {"any_staff_rule": "most_assigned_by_week"}}, shop.clock)
    assert shop.book(service, day="2026-06-04")["staffmember_id"] == dear


def test_a_private_member_is_only_taken_by_name_and_an_inactive_one_never(shop):
    service = shop.service()
    public, private = ola(shop, service), ola(shop, service, firstname="Pia", visibility="private")
    inactive = ola(shop, service, firstname="Ron", status=0)
    assert shop.book(service)["staffmember_id"] == public
    assert shop.book(service)["variant"] == "error"
    assert shop.book(service, selected_staff_member_id=inactive)["variant"] == "error"
    assert shop.book(service, selected_staff_member_id=private)["staffmember_id"] == private
