"""A party that names no person types is booked through every dialect, by one rule."""

from decimal import Decimal

import pytest

from core.domain.price_plan import PersonPrice, PersonTypes, PricePlan, plan_data
from core.domain.schedule import CapacityRules, PersonBound, PersonRules, SchedulePlan
from core.services import bookings, doctor, repository
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import NOW, START, make_service

DIALECTS = sorted(DRIVERS)


def typed(low=0, high=0):
    """Twelve seats; adults cost 20 and there may be ``high`` of them, children cost 5 and must be ``low``."""
    service = make_service(
        plan=SchedulePlan(capacity=CapacityRules(limit=12, units_per="person"), persons=PersonRules(maximum=10))
    )
    adult, child = (
        repository.person_types.create(now=NOW, service_id=service.id, name=name, position=position).id
        for position, name in enumerate(("Adult", "Child"))
    )
    bounds = (PersonBound(person_type_id=adult, maximum=high), PersonBound(person_type_id=child, minimum=low))
    prices = (
        PersonPrice(person_type_id=adult, base=Decimal(20)),
        PersonPrice(person_type_id=child, base=Decimal(5)),
    )
    plan = PricePlan(steps=(PersonTypes(prices=prices),), single_block=True)
    repository.services.update(
        service.id,
        now=NOW,
        plan=SchedulePlan(
            capacity=CapacityRules(limit=12, units_per="person"),
            persons=PersonRules(maximum=10, by_type=bounds),
        ),
        price_plan=plan_data(plan),
    )
    return service.id, adult, child


def book(client, service, persons):
    """Book so many, in the words of one dialect."""
    stated = {"price": 1} if client.name == "bkap" else {}
    outcome = client.book(service, START, **{client.party: persons}, **stated)
    return outcome.id, outcome.body


@pytest.mark.parametrize(
    ("low", "high", "adults", "children"),
    [
        pytest.param(0, 0, 3, 0, id="all of the first type"),
        pytest.param(1, 0, 2, 1, id="every type its minimum"),
        pytest.param(0, 1, 1, 2, id="the next type when the first is full"),
    ],
)
def test_a_bare_count_is_the_same_party_in_every_dialect(venue, low, high, adults, children):
    service, adult, child = typed(low, high)
    for name in DIALECTS:
        id, body = book(venue.clients[name], service, 3)
        assert id, body
        made = bookings.get(id)
        found = {int(kind): count for kind, count in made.person_counts.items()}
        assert found == {kind: count for kind, count in ((adult, adults), (child, children)) if count}, name
        assert made.total == (1 if name == "bkap" else 20 * adults + 5 * children), name
    assert doctor.examine(now=NOW).breaches == []


def test_a_quote_an_offer_and_a_booking_agree(venue):
    client = venue.clients["bookablesites"]
    service, _, _ = typed(low=1)
    query = f"service={service}&calendar_start_date={START:%Y-%m-%d}&calendar_end_date={START:%Y-%m-%d}"
    _, _, body = client.send("GET", f"/api/v2/available-times?{query}&additional_guest_count=2")
    assert body["data"][f"{START:%Y-%m-%d}"][0]["seats_left"] == 12
    fields = {"service": service, "date": f"{START:%Y-%m-%d}", "time": "09:00", "persons": 3}
    _, _, quote = client.send("POST", "/api/v2/bookings/quote", fields)
    assert (quote["available"], quote["price"]["total"]) == (True, 45)
    id, body = book(client, service, 3)
    assert body["price"]["total"] == 45

    status, _, body = client.send("PATCH", f"/api/v2/bookings/{id}", {"persons": 5})
    assert (status, body["price"]["total"]) == (200, 85)
    status, _, body = client.send("PATCH", f"/api/v2/bookings/{id}", {"persons": 1})
    assert (status, body["price"]["total"]) == (200, 5)
