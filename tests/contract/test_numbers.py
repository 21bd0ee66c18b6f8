"""What was told under a number stays under it: nothing deleted gives its number away, and what names it still reads."""

from collections.abc import Callable
from typing import Any

import pytest

from core.domain.requests import SKIP_ALL, BookingRequest, OrderRequest
from core.services import bookings, catalog, doctor, repository
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import NOW, START, make_service

pytestmark = pytest.mark.slow

DIALECTS = sorted(DRIVERS)


def sent(client, method: str, path: str, data: Any = None) -> Any:
    status, _, body = client.send(method, f"{client.base}/{path}", data)
    assert status < 300, (method, path, status, body)
    assert not isinstance(body, dict) or body.get("variant", "success") == "success", body
    return body


def booked(client) -> int:
    service = repository.services.find(name="Room") or make_service(capacity=9)
    outcome = client.book(service.id, START)
    assert outcome.booked, outcome.body
    return outcome.id


class Kind:
    """Something that can be made and deleted: where, from what, and how its number is told."""

    def __init__(
        self, dialect: str, path: str, body: Callable[[int], dict] | None, number: str = "id", query: str = ""
    ):
        self.dialect, self.path, self.body, self.number, self.query = dialect, path, body, number, query

    def __repr__(self) -> str:
        return f"{self.dialect}-{self.path.strip('/').replace('/', '-')}"

    def make(self, client, turn: int) -> int:
        if self.body is None:
            return booked(client)
        return int(sent(client, "POST", self.where(), self.body(turn))[self.number])

    def where(self) -> str:
        if "{staff}" not in self.path:
            return self.path
        staff = repository.resources.find(kind="staff") or repository.resources.create(
            now=NOW, name="Ola", kind="staff"
        )
        return self.path.format(staff=staff.id)

    def delete(self, client, number: int) -> None:
        sent(client, "DELETE", f"{self.where()}/{number}{self.query}")


FORCE = "?force=true"
KINDS = [
    Kind("bkap", "bookings", None),
    Kind(
        "bkap",
        "products",
        lambda n: {
            "product_title": f"P{n}",
            "product_price": 20,
            "product_type": "simple",
            "booking": {"booking_type": "only_day"},
        },
    ),
    Kind("wc_bookings", "bookings", None, query=FORCE),
    Kind("wc_bookings", "products", lambda n: {"name": f"P{n}"}, query=FORCE),
    Kind("wc_bookings", "products/categories", lambda n: {"name": f"C{n}"}, query=FORCE),
    Kind("wc_bookings", "resources", lambda n: {"name": f"R{n}"}, query=FORCE),
    Kind("bookingpress", "appointments", None),
    Kind("bookingpress", "categories", lambda n: {"service_category_name": f"C{n}"}, "category_id"),
    Kind("bookingpress", "services", lambda n: {"service_name": f"S{n}", "service_duration_val": 30}, "service_id"),
    Kind("bookingpress", "locations", lambda n: {"location_name": f"L{n}"}, "location_id"),
    Kind(
        "bookingpress",
        "customers",
        lambda n: {"firstname": "A", "lastname": "B", "email": f"a{n}@example.org"},
        "customer_id",
    ),
    Kind(
        "bookingpress",
        "staffmembers",
        lambda n: {
            "firstname": "A",
            "lastname": "B",
            "email": f"s{n}@example.org",
            "assigned_service_list": [{"assign_service_id": make_service().id, "assign_service_price": 5}],
        },
        "staffmember_id",
    ),
    Kind("bookingpress", "coupons", lambda n: {"coupon_discount": 10, "coupon_code": f"K{n}"}, "coupon_id"),
    Kind(
        "bookingpress",
        "packages",
        lambda n: {
            "package_name": f"P{n}",
            "package_price": 9,
            "package_services": [{"service_id": make_service().id, "bookingpress_no_of_appointments": 2}],
        },
        "package_id",
    ),
    Kind("bookingpress", "gift-cards", lambda n: {"gift_card_title": f"G{n}", "gift_card_amount": 5}, "gift_card_id"),
    Kind("bookablesites", "customers", lambda n: {"first_name": "A", "last_name": "B", "email": f"c{n}@example.org"}),
    Kind("bookablesites", "coupons", lambda n: {"code": f"B{n}", "discount_value": 5, "expiration_date": "2027-01-01"}),
    Kind("bookablesites", "employees", lambda n: {"first_name": "A", "last_name": "B", "email": f"e{n}@example.org"}),
    Kind("bookablesites", "locations", lambda n: {"name": f"L{n}", "address": "Street 1"}),
    Kind("bookablesites", "services", lambda n: {"name": f"S{n}", "duration": 3600, "price": 5}),
    Kind(
        "bookablesites",
        "webhooks",
        lambda n: {"name": "N", "event": "appointment.booked", "url": "https://example.org/"},
    ),
    Kind("bookablesites", "days-off", lambda n: {"start_date": "2026-06-08"}),
    Kind("bookablesites", "employees/{staff}/days-off", lambda n: {"start_date": "2026-06-08"}),
    Kind(
        "bookablesites",
        "employees/{staff}/special-days",
        lambda n: {"start_date": "2026-06-09", "periods": [{"start": "09:00", "end": "12:00"}]},
    ),
]


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_a_number_is_never_given_out_twice(venue, kind):
    client = venue.clients[kind.dialect]
    first = kind.make(client, 1)
    kind.delete(client, first)
    second = kind.make(client, 2)
    kind.delete(client, second)
    assert first < second < kind.make(client, 3)
    assert doctor.examine(now=NOW).breaches == []


def test_a_team_members_number_is_never_given_out_twice(venue):
    client = venue.clients["wc_bookings"]
    client.base = "/wp-json/wc-bookings/v2"
    kind = Kind("wc_bookings", "resources/team-members", lambda n: {"name": f"T{n}"}, query=FORCE)
    first = kind.make(client, 1)
    kind.delete(client, first)
    assert kind.make(client, 2) > first


def test_a_stranger_is_not_who_a_number_was(venue):
    """The reproduction: the deleted customer's booking must not show the next one."""
    client = venue.clients["bookablesites"]
    anna = sent(client, "POST", "customers", {"first_name": "Anna", "last_name": "Old", "email": "anna@example.org"})
    start = {"date": "2026-03-03", "time": "09:00", "service": make_service().id}
    booking = sent(client, "POST", "bookings", {**start, "customer": anna["id"]})
    sent(client, "DELETE", f"bookings/{booking['id']}")
    sent(client, "DELETE", f"customers/{anna['id']}")
    bert = sent(client, "POST", "customers", {"first_name": "Bert", "last_name": "New", "email": "bert@example.org"})
    assert bert["id"] > anna["id"]
    assert sent(client, "GET", f"bookings/{booking['id']}")["customer"]["first_name"] == "Anna"


def referenced():
    """A service with everything that can be named, and a booking that is over and names them all."""
    place = repository.locations.create(now=NOW, name="Here")
    ola = repository.resources.create(now=NOW, name="Ola", kind="staff", capacity=3)
    service = make_service(capacity=9, locations=(place.id,))
    catalog.set_resources(service.id, [{"resource_id": ola.id}])
    extra = repository.extras.create(now=NOW, service_id=service.id, name="Mat")
    ann = repository.customers.create(now=NOW, first_name="Ann", last_name="Holt", email="ann@example.org")
    booking = bookings.create(
        BookingRequest(
            service_id=service.id,
            wall_start=START.replace(month=2),
            origin="test",
            status="done",
            resource_id=ola.id,
            location_id=place.id,
            customer_id=ann.id,
            extras=((extra.id, 1),),
            overrides=SKIP_ALL,
        ),
        now=NOW,
        order=OrderRequest(customer_id=ann.id),
    )
    return {"service": service, "resource": ola, "location": place, "customer": ann, "booking": booking}


DELETES = [
    ("bkap", "products/{service}", "service"),
    ("bkap", "resources/{resource}", "resource"),
    ("wc_bookings", "products/{service}?force=true", None),
    ("wc_bookings", "resources/{resource}?force=true", None),
    ("bookingpress", "services/{service}", "service"),
    ("bookingpress", "staffmembers/{resource}", "resource"),
    ("bookingpress", "locations/{location}", "location"),
    ("bookingpress", "customers/{customer}", "customer"),
    ("bookablesites", "services/{service}", "service"),
    ("bookablesites", "employees/{resource}", "resource"),
    ("bookablesites", "locations/{location}", "location"),
    ("bookablesites", "customers/{customer}", "customer"),
]


@pytest.mark.parametrize("dialect, path, gone", DELETES, ids=[f"{d}-{p.split('/')[0]}" for d, p, _ in DELETES])
def test_what_is_booked_stays_or_leaves_what_its_bookings_need(venue, dialect, path, gone):
    made = referenced()
    booking = made["booking"]
    client = venue.clients[dialect]
    path = path.format(**{name: one.id for name, one in made.items()})
    status, _, body = client.send("DELETE", f"{client.base}/{path}")
    assert status == (400 if gone is None else 204 if dialect == "bookablesites" else 200), body
    assert doctor.examine(now=NOW).breaches == []
    if (dialect, gone) == ("bookingpress", "customer"):
        # That vendor removes a customer's appointments too.
        assert booking.id not in bookings.get_many([booking.id])
        return
    for name, other in venue.clients.items():
        assert other.read(booking.id)[0] == 200, name
        assert booking.id in other.listed(), name
    for name, other in venue.clients.items():
        if name in ("bkap", "wc_bookings"):
            other.cancel(booking.id)
            assert doctor.examine(now=NOW).breaches == []
