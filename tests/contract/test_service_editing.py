"""Changes of services past any page: what a dialect calls fixed, and services that several dialects keep settings of."""

from decimal import Decimal

import pytest

from core.domain.records import Service
from core.domain.schedule import CapacityRules, ResourceRules, SchedulePlan
from core.domain.service_change import ServiceChange, WeeklyOpening
from core.errors import Invalid, StaleVersion
from core.services import catalog, service_editing
from core.services.repository import services
from frontdesk.testing.venue import NOW, Clock, Factories
from tests.console.test_services import bookablesites_service, bookingpress_service, made, times_service, wc_service
from tests.contract.conftest import make_service

MORNING = (WeeklyOpening(1, 540, 720),)


def offer(venue, service_id):
    return service_editing.offer_of(services.get(service_id), venue.manager.service_editors)


def edit(venue, service_id, **change) -> Service:
    return service_editing.edit(
        service_id,
        ServiceChange(**change),
        venue.manager.service_editors,
        expected_version=services.get(service_id).version,
        now=NOW,
    )


def member(venue, service_id, **values):
    """A staff member of BookingPress who gives the service."""
    body = {"firstname": "Ola", "lastname": "Reyes", "email": f"{len(values)}@example.org", **values}
    assigned = [{"assign_service_id": service_id, **({"assign_service_capacity": 3} if "places" in values else {})}]
    body.pop("places", None)
    return made(venue.clients["bookingpress"], "/staffmembers", {**body, "assigned_service_list": assigned})


def test_what_all_staff_members_have_of_their_own_is_theirs(venue):
    service_id = bookingpress_service(venue)
    assert not offer(venue, service_id).fixed
    id = member(venue, service_id)["staffmember_id"]
    assert not offer(venue, service_id).fixed

    links = catalog.resource_links(service_ids=[service_id])
    own = {"resource_id": id, "price": Decimal(30), "extras": {"bookingpress": {"capacity": 3}}}
    catalog.set_resources(service_id, [own])
    hours = [{"day": "monday", "start_time": "09:00", "end_time": "12:00", "breaks": []}]
    made(venue.clients["bookingpress"], f"/staffmembers/{id}", {"workhours": hours}, method="PATCH")

    shown = offer(venue, service_id)
    assert len(links) == 1
    assert "Ola Reyes" in shown.fixed["hours"]
    assert "places of their own" in shown.fixed["capacity"]
    assert "price of their own" in shown.notes["price"]
    for change in ({"capacity": 5}, {"hours": MORNING}):
        with pytest.raises(Invalid):
            edit(venue, service_id, **change)

    member(venue, service_id, note="second")
    shown = offer(venue, service_id)
    assert not shown.fixed
    assert {"price", "capacity", "hours"} <= set(shown.notes)


def test_places_are_no_fewer_than_the_smallest_party(venue):
    first, second = bookingpress_service(venue), bookablesites_service(venue)
    made(venue.clients["bookingpress"], f"/services/{first}", {"min_capacity": 2, "max_capacity": 4}, method="PATCH")
    made(venue.clients["bookablesites"], f"/services/{second}", {"min_capacity": 2, "max_capacity": 4}, method="PATCH")
    for service_id in (first, second):
        before = services.get(service_id)
        with pytest.raises(Invalid, match="smallest party of this service is 2"):
            edit(venue, service_id, capacity=1)
        assert services.get(service_id) == before
        assert offer(venue, service_id).capacity == 4


def test_what_employees_have_of_their_own_is_theirs(venue):
    service_id = bookablesites_service(venue)
    client = venue.clients["bookablesites"]
    employee = made(client, f"/services/{service_id}", None, method="GET")["employees"][0]["id"]
    made(
        client,
        f"/services/{service_id}",
        {"employees": [{"id": employee, "price": 30, "max_capacity": 2}]},
        method="PATCH",
    )
    shown = offer(venue, service_id)
    assert set(shown.fixed) == {"hours", "capacity"}
    assert "price of their own" in shown.notes["price"]

    made(client, f"/services/{service_id}", {"employees": []}, method="PATCH")
    assert offer(venue, service_id).fixed == {
        "hours": "The hours are those of the employees who give it, and there are none."
    }


def test_every_dialect_that_keeps_settings_of_a_service_takes_the_change(venue):
    service_id = wc_service(venue)
    made(venue.clients["bookablesites"], f"/services/{service_id}", {"max_capacity": 4}, method="PATCH")
    editors = service_editing.editors_of(services.get(service_id), venue.manager.service_editors)
    assert [editor.dialect for editor in editors] == ["wc_bookings", "bookablesites"]

    after = edit(venue, service_id, capacity=6, price=Decimal(15))

    assert after.plan.capacity.limit == 6
    assert after.extras["wc_bookings"]["settings"]["qty"] == 6
    assert after.extras["bookablesites"]["max_capacity"] == 6
    shown = made(venue.clients["bookablesites"], f"/services/{service_id}", None, method="GET")
    assert (shown["max_capacity"], shown["price"]) == (6, 15)
    plan = after.plan
    assert edit(venue, service_id, name="Studio").plan == plan


def test_a_service_that_lists_its_times_sells_other_ones(venue):
    service_id = times_service(venue)
    after = edit(venue, service_id, hours=(WeeklyOpening(6, 600, 660),))
    assert [(slot.from_minute, slot.weekdays, slot.capacity) for slot in after.plan.grid.fixed_slots] == [
        (600, (6,), 2)
    ]


def test_a_service_with_resources_and_no_limit_has_theirs(venue):
    factories = Factories(Clock())
    plan = SchedulePlan(capacity=CapacityRules(limit=None), resources=ResourceRules(choice="automatic"))
    room = make_service(plan=plan, resources=[factories.resource()])
    shown = offer(venue, room.id)
    assert shown.capacity is None
    assert "those of its resources" in shown.fixed["capacity"]
    assert "Resources with hours of their own" in shown.notes["hours"]


def test_a_price_plan_without_a_price_stays(venue):
    room = make_service(price_plan={"steps": [{"kind": "round"}]})
    after = edit(venue, room.id, price=Decimal(7))
    assert (after.price, after.price_plan) == (7, room.price_plan)
    assert "price" in offer(venue, room.id).notes


def test_nothing_is_written_for_a_change_of_nothing_or_of_an_old_version(venue):
    room = make_service()
    assert edit(venue, room.id) == room
    with pytest.raises(StaleVersion):
        service_editing.edit(
            room.id, ServiceChange(name="x"), venue.manager.service_editors, expected_version=room.version + 1, now=NOW
        )
    assert services.get(room.id) == room
