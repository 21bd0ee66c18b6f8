"""Dangling references are found in every column and document; deletes leave none."""

import pytest

from core.db import database
from core.domain.requests import SKIP_ALL, OrderRequest
from core.domain.schedule import CapacityRules, Pool, SchedulePlan
from core.row_writes import insert_row
from core.services import bookings, catalog, doctor, orders, repository
from core.services.references import REFERENCES
from tests.core.services.factories import NOW, asks, book, person, service
from tests.core.services.test_id_reuse import row

pytestmark = pytest.mark.usefixtures("store")
MODELS = {model._meta.table_name: model for model in (*repository.models.TABLES,)}


def breaches():
    return [(b.rule, b.subject, b.detail) for b in doctor.examine(now=NOW).breaches]


def bury(kind, number):
    insert_row(repository.models.Tombstone, {"kind": kind, "subject_id": number})


@pytest.mark.parametrize("one", REFERENCES, ids=lambda one: f"{one.table}.{one.column}")
def test_a_number_in_a_column_that_names_nothing_is_found(one):
    model = MODELS[one.table]
    values = {name: 0 if isinstance(value, int) else value for name, value in row(model).items()}
    values.pop("plan", None)
    if "session_id" in values:
        values |= {"id": 5, "zone": "UTC", "status": "done"}
    if "id" in model._meta.fields and model._meta.primary_key.default is None:
        values["id"] = 5
    insert_row(model, {**values, one.column: 77})
    expected = (
        "references",
        f"{one.table} {77 if one.row_key == one.column else values.get(one.row_key, 5)}",
        f"{one.kind} 77 does not exist",
    )
    assert expected in breaches()
    bury(one.kind, 77)
    assert (expected in breaches()) is one.must_exist


def planted(table, id, column, text):
    database.execute_sql(f"UPDATE {table} SET {column} = '{text}' WHERE id = {id}")


@pytest.mark.parametrize(
    "table, column, text, kind",
    [
        ("service", "locations", "[77]", "location"),
        ("service", "price_plan", '{"steps":[{"kind":"base","overrides":[{"resource_id":77}]}]}', "resource"),
        ("service", "price_plan", '{"steps":[{"kind":"extras","prices":[{"extra_id":77}]}]}', "extra"),
        ("service", "price_plan", '{"steps":[{"prices":[{"person_type_id":77}]}]}', "person_type"),
        ("service", "rules", '[{"effect":"close","services":[77]}]', "service"),
        ("site_state", "rules", '[{"effect":"close","locations":[77]}]', "location"),
        ("booking", "person_counts", '{"77":1}', "person_type"),
        ("booking", "extras_chosen", "[[77,1]]", "extra"),
        ("coupon", "services", "[77]", "service"),
        ("package", "services", '[{"service_id":77,"count":1}]', "service"),
        ("gift_card", "resources", "[77]", "resource"),
    ],
)
def test_a_number_in_stored_data_that_names_nothing_is_found(table, column, text, kind):
    booking = book(service().id)
    insert_row(repository.models.SiteState, {"id": 1})
    repository.coupons.create(now=NOW, code="x")
    repository.packages.create(now=NOW, name="x")
    repository.gift_cards.create(now=NOW, title="x")
    assert breaches() == []
    id = {"booking": booking.id, "service": booking.service_id}.get(table, 1)
    planted(table, id, column, text)
    assert breaches() == [("references", f"{table} {id}", f"{kind} 77 does not exist")]
    bury(kind, 77)
    assert breaches() == []


def test_pools_and_claims_name_things_too():
    room = service(
        plan=SchedulePlan(capacity=CapacityRules(pools=(Pool(kind="resource", id=77), Pool(kind="hall", id=78))))
    )
    book(room.id)
    assert [detail for _, _, detail in breaches()] == ["resource 77 does not exist"] * 2


def test_deletes_leave_no_number_that_names_nothing():
    """A business in which everything names everything, taken apart piece by piece."""
    location = repository.locations.create(now=NOW, name="Here")
    other = repository.locations.create(now=NOW, name="There")
    ola = person(location_id=location.id)
    room = service(
        plan=SchedulePlan(capacity=CapacityRules(limit=9)), locations=(location.id, other.id), resources=(ola,)
    )
    hall = service()
    extra = repository.extras.create(now=NOW, service_id=room.id, name="Mat")
    kind = repository.person_types.create(now=NOW, service_id=room.id, name="Child")
    top = repository.categories.create(now=NOW, name="Top")
    group = repository.categories.create(now=NOW, name="Group", parent_id=top.id)
    catalog.set_categories(room.id, [group.id, top.id])
    ann = repository.customers.create(now=NOW, first_name="Ann")
    coupon = repository.coupons.create(now=NOW, code="C", services=(room.id, hall.id))
    only = repository.coupons.create(now=NOW, code="D", services=(room.id,))
    card = repository.gift_cards.create(now=NOW, title="G", services=(room.id,), resources=(ola.id,))
    values = {
        "location_id": location.id, "customer_id": ann.id, "resource_id": ola.id, "extras": ((extra.id, 1),),
        "person_counts": {kind.id: 1}, "coupon_code": "C", "overrides": SKIP_ALL,
    }  # fmt: skip
    first, second = bookings.create_group(
        [asks(room.id, **values), asks(room.id, **values)], now=NOW, order=OrderRequest(customer_id=ann.id)
    )
    repository.payments.create(now=NOW, booking_id=first.id, customer_id=ann.id, status="paid")
    steps = [
        lambda: bookings.delete(first.id, now=NOW),
        lambda: catalog.delete_location(location.id, now=NOW),
        lambda: repository.extras.delete(extra.id),
        lambda: repository.person_types.delete(kind.id),
        lambda: catalog.delete_resource(ola.id, now=NOW),
        lambda: catalog.delete_category(top.id, now=NOW),
        lambda: repository.coupons.delete(coupon.id),
        lambda: repository.gift_cards.delete(card.id),
        lambda: catalog.delete_customer(ann.id, now=NOW),
        lambda: catalog.delete_service(room.id, now=NOW),
        lambda: orders.delete(second.order_id, now=NOW),
        lambda: (
            bookings.set_status(second.id, "done", now=NOW) if second.id in bookings.get_many([second.id]) else None
        ),
    ]
    assert breaches() == []
    for number, step in enumerate(steps[:-1]):
        step()
        assert breaches() == [], number
    assert repository.coupons.get(only.id).services == (room.id,), "what was for one service is not for all"
    assert bookings.get(second.id).snapshot["service"]["name"] == "Room"


def test_what_a_deleted_thing_leaves_in_lists():
    one, other = service(), service()
    both = repository.coupons.create(now=NOW, code="A", services=(one.id, other.id))
    catalog.delete_service(one.id, now=NOW)
    assert repository.coupons.get(both.id).services == (other.id,)
