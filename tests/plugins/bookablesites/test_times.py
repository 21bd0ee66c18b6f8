"""The worked table of available times over HTTP (README, "Available times")."""

import pytest

from tests.plugins.bookablesites.conftest import Salon

MONDAY = ["09:00", "09:30", "10:00", "10:30", "11:00", "13:00", "13:30", "14:00"]


def test_starts_lie_on_the_grid_of_each_period(salon):
    assert salon.starts(salon.service()) == MONDAY


def test_the_services_own_duration_can_be_the_step(make_api):
    salon = Salon(make_api(use_service_duration_as_slot=True))
    assert salon.starts(salon.service()) == ["09:00", "10:00", "11:00", "13:00", "14:00"]


def test_buffers_of_neighbours_add_up(salon):
    service = salon.service(buffer_time_after=1800)
    salon.book(service, "10:00")
    assert salon.starts(service) == ["13:00", "13:30", "14:00"]


def test_without_buffers_bookings_may_touch(salon):
    service = salon.service()
    salon.book(service, "10:00")
    assert salon.starts(service) == ["09:00", "11:00", "13:00", "13:30", "14:00"]


def test_a_special_day_replaces_the_week(salon):
    service = salon.service()
    day = {"start_date": salon.DAY, "end_date": salon.DAY, "periods": [{"start": "10:00", "end": "11:30"}]}
    salon.api.post(f"employees/{salon.ola}/special-days", day, status=201)
    assert salon.starts(service) == ["10:00", "10:30"]


@pytest.mark.parametrize("whose", ["employee", "company"])
def test_a_day_off_is_stronger_than_a_special_day(salon, whose):
    service = salon.service()
    day = {"start_date": salon.DAY, "periods": [{"start": "10:00", "end": "11:30"}]}
    salon.api.post(f"employees/{salon.ola}/special-days", day, status=201)
    path = f"employees/{salon.ola}/days-off" if whose == "employee" else "days-off"
    salon.api.post(path, {"name": "Inventory", "start_date": salon.DAY}, status=201)
    assert salon.starts(service) == []


def test_extras_lengthen_the_slot(salon):
    service = salon.service(extras=[{"name": "Windows", "price": 5, "duration": 1800, "max_quantity": 3}])
    extra = salon.api.get(f"services/{service}").json["extras"][0]["id"]
    assert salon.starts(service, extras=f"{extra}:1") == ["09:00", "09:30", "10:00", "10:30", "13:00", "13:30"]


def test_a_slot_lies_inside_one_period_even_where_two_touch(salon):
    service = salon.service(duration=7200)
    week = {"data": salon.week(("09:00", "10:00"), ("10:00", "13:00"))}
    salon.api.put(f"employees/{salon.ola}/working-hours", week, status=200)
    assert salon.starts(service) == ["10:00", "10:30", "11:00"]


def test_changed_settings_are_compiled_into_existing_services(salon):
    service = salon.service()
    other = salon.restarted(time_slot_step=60)
    assert other.starts(service) == ["09:00", "10:00", "11:00", "13:00", "14:00"]
