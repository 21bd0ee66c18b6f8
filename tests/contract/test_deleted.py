"""What bookings name though it was deleted goes out with a dialect's document, and comes in with it."""

import json
from datetime import timedelta

import pytest

from core import db, migrate
from core.domain.requests import SKIP_ALL, BookingRequest
from core.errors import Invalid, NotFound
from core.services import bookings, catalog, doctor, references, repository
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import NOW, START
from tests.contract.test_numbers import sent

pytestmark = pytest.mark.slow

DIALECTS = sorted(DRIVERS)
SERVICES = {
    "bkap": (
        "products",
        {
            "product_title": "P",
            "product_price": 20,
            "product_type": "simple",
            "booking": {"booking_type": "only_day"},
        },
        "id",
    ),
    "wc_bookings": ("products", {"name": "P"}, "id"),
    "bookingpress": ("services", {"service_name": "S", "service_duration_val": 30}, "service_id"),
    "bookablesites": ("services", {"name": "S", "duration": 3600, "price": 5}, "id"),
}
DELETES = {
    "resource": catalog.delete_resource,
    "customer": catalog.delete_customer,
    "location": catalog.delete_location,
}


def named(kind):
    """Something of a kind."""
    if kind == "resource":
        return repository.resources.create(now=NOW, name="Ola", kind="staff").id
    if kind == "location":
        return repository.locations.create(now=NOW, name="Here").id
    return repository.customers.create(now=NOW, first_name="Ann", last_name="Holt", email="ann@example.org").id


def document_of(venue, dialect):
    importer, site = venue.manager.importers[dialect], venue.manager.host.site
    return json.loads(json.dumps(references.with_deleted(importer.dump(site=site, now=NOW)), default=str))


def take_in(venue, dialect, document):
    with db.writing(), references.restore_tombstones(document) as rest:
        venue.manager.importers[dialect].load(rest, site=venue.manager.host.site, now=NOW)


#: Two of the dialects know no locations.
CASES = [
    (owner, kind)
    for owner in DIALECTS
    for kind in DELETES
    if kind != "location" or owner in ("bookablesites", "bookingpress")
]


@pytest.mark.parametrize("owner, kind", CASES)
def test_a_booking_outlives_what_it_names(venue, tmp_path, owner, kind):
    path, body, key = SERVICES[owner]
    service = int(sent(venue.clients[owner], "POST", path, body)[key])
    number = named(kind)
    # The first one's product is sold by the day.
    start, length = START.replace(month=2), timedelta(hours=1)
    if owner == "bkap":
        start, length = start.replace(hour=0), timedelta(days=1)
    booking = bookings.create(
        BookingRequest(
            service_id=service,
            wall_start=start,
            wall_end=start + length,
            origin=owner,
            status="confirmed",
            overrides=SKIP_ALL,
            **{f"{kind}_id": number},
        ),
        now=NOW,
    )
    DELETES[kind](number, now=NOW)
    document = document_of(venue, owner)
    assert document["deleted"] == {kind: [number]}

    db.close_database()
    db.open_database(f"sqlite:///{tmp_path}/new.db")
    migrate.migrate(venue.manager.migration_owners)
    take_in(venue, owner, document)
    assert doctor.examine(now=NOW).breaches == []
    (again,) = bookings.page().items
    assert (again.id, again.start, getattr(again, f"{kind}_id")) == (booking.id, booking.start, number)
    assert document_of(venue, owner)["deleted"] == document["deleted"]
    assert named(kind) > number


def test_only_what_is_taken_in_may_name_what_was_deleted(venue):
    path, body, key = SERVICES["wc_bookings"]
    service = int(sent(venue.clients["wc_bookings"], "POST", path, body)[key])
    number = named("resource")
    catalog.delete_resource(number, now=NOW)
    wanted = BookingRequest(
        service_id=service, wall_start=START, origin="x", status="confirmed", resource_id=number, overrides=SKIP_ALL
    )
    with pytest.raises(NotFound):
        bookings.create(wanted, now=NOW)


@pytest.mark.parametrize(
    "deleted, field",
    [
        (["x"], "deleted"),
        ({"cat": [1]}, "deleted.cat"),
        ({"customer": "1"}, "deleted.customer"),
        ({"customer": [True]}, "deleted.customer"),
        ({"customer": [0]}, "deleted.customer"),
    ],
)
def test_a_wrong_list_is_refused_with_its_path(venue, deleted, field):
    with pytest.raises(Invalid) as refused:
        take_in(venue, "bkap", {"deleted": deleted})
    assert refused.value.field == field
    assert repository.customers.count() == 0
