"""What a record answers can be sent back: it is taken, and nothing changes."""

from typing import Any

import pytest

from core.domain.schedule import CapacityRules, PersonRules, SchedulePlan
from tests.contract.conftest import make_service
from tests.contract.test_texts import WRITES, accepted, body_of, id_of, path_of, venue  # noqa: F401

#: Says when a record was changed last, or is picked at random.
MOVING = {"date_modified", "date_modified_gmt", "updated_at", "related_ids", "version", "_links"}

#: dialect -> kind -> further fields, and the verb of a whole update.
KINDS: dict[str, dict[str, tuple[dict[str, Any], str]]] = {
    "wc_bookings": {
        "product": (
            {
                "meta_data": [{"key": "a", "value": [1, [2], {"b": []}]}, {"key": "b", "value": {"1": 2}}],
                "has_restricted_days": True,
                "restricted_days": {"2": "2", "4": "4"},
                "default_date_availability": "non-available",
                "display_cost": "$20 a day",
                "regular_price": "9.50",
                "sale_price": "5",
                "manage_stock": True,
                "stock_quantity": 3,
                "backorders": "notify",
                "date_on_sale_from": "2026-01-01T00:00:00",
                "pricing": [{"type": "days", "from": "1", "to": "2", "modifier": "", "cost": "2", "base_cost": ""}],
                "availability": [{"type": "days", "from": "1", "to": "2", "bookable": "yes", "priority": 9}],
                "person_types": [{"name": "Adult", "min": "", "max": "", "cost": "5"}],
                "has_persons": True,
                "has_person_types": True,
                "dimensions": {"length": "1"},
            },
            "PUT",
        ),
        "category": ({"display": "both"}, "PUT"),
        "resource": ({"qty": "", "availability": []}, "PUT"),
        "booking": ({"person_counts": [2]}, "PUT"),
        "member": ({}, "PUT"),
    },
    "bookingpress": {
        kind: ({}, "PUT") for kind in ("customer", "staff", "category", "service", "location", "gift card")
    },
    "bookablesites": {
        "customer": ({}, "PUT"),
        "employee": ({}, "PATCH"),
        "location": ({}, "PATCH"),
        "service": ({}, "PATCH"),
        "webhook": ({}, "PATCH"),
    },
    "bkap": {"product": ({}, "PUT"), "booking": ({}, "PUT")},
}
CASES = [(dialect, kind) for dialect, kinds in KINDS.items() for kind in kinds]


def still(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: still(inner) for name, inner in value.items() if name not in MOVING}
    return [still(inner) for inner in value] if isinstance(value, list) else value


def record_of(dialect: str, answer: Any) -> Any:
    """The record itself, without what is wrapped around it."""
    if dialect in ("bookingpress", "bkap") and isinstance(answer, dict):
        return next((value for value in answer.values() if isinstance(value, dict)), answer)
    return answer


@pytest.mark.parametrize("dialect, kind", CASES, ids=[f"{dialect}: {kind}" for dialect, kind in CASES])
def test_a_record_is_taken_back_as_it_was_read(venue, dialect, kind):  # noqa: F811
    client, (more, verb) = venue[dialect], KINDS[dialect][kind]
    path, needed, texts, _ = WRITES[dialect][kind]
    service = make_service(
        capacity=1000, plan=SchedulePlan(capacity=CapacityRules(limit=1000), persons=PersonRules(maximum=5))
    )
    body = {**body_of(needed, texts, "& so on", 1, service.id, ["https://x.test/a.png"]), **more}
    status, _, answer = client.send("POST", path_of(client, path), body)
    assert accepted(status, answer), answer
    own = f"{path_of(client, path)}/{id_of(answer)}"
    status, _, answer = client.send("GET", own)
    assert status == 200, answer
    before = record_of(dialect, answer)
    status, _, answer = client.send(verb, own, before)
    assert accepted(status, answer), (answer, before)
    assert still(record_of(dialect, client.send("GET", own)[2])) == still(before)
