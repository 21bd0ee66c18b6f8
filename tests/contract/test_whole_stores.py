"""A property of whole stores: whatever was done through the four dialects, all of it moves and comes back the same."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import table_inspection
from core.services import bookings, doctor
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import Driver
from frontdesk.testing.stores import KINDS, fresh_url
from tests.contract import venues
from tests.contract.conftest import NOW

pytestmark = pytest.mark.slow

DIALECTS = sorted(DRIVERS)
BP, BS, WC, BKAP = (
    "/wp-json/bookingpress/v1", "/api/v2", "/wp-json/wc-bookings/v1", "/wc-api/v3/bkap",
)  # fmt: skip


@dataclass
class World:
    """A furnished host and what has been made in it so far."""

    venue: Any
    clients: dict[str, Driver]
    made: list[int] = field(default_factory=list)
    things: list[tuple[str, str]] = field(default_factory=list)

    def send(self, dialect: str, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        status, _, body = self.clients[dialect].send(method, path, data)
        assert status < 500, (method, path, data, body)
        # An action that no route takes would change nothing and prove nothing.
        assert status != 405, (method, path)
        assert "no_route" not in str(body), (method, path)
        assert "The resource was not found" not in str(body), (method, path)
        return status, body

    def pick(self, number: int) -> int:
        return self.made[number % len(self.made)] if self.made else 0


def furnish(world: World) -> None:
    """Beside the demo: a package and a gift card that are paid with, and coupons of two dialects."""
    yoga = venues.services()["bookingpress"][0].id
    venues.load(
        world.venue,
        "bookingpress",
        {
            "customers": [{"id": 501, "firstname": "Ann", "lastname": "Bo", "email": "ann@example.org"}],
            "packages": [
                {
                    "id": 1,
                    "package_name": "Ten",
                    "package_price": 99,
                    "package_duration_val": 1,
                    "package_duration_unit": "y",
                    "package_services": [{"service_id": yoga, "bookingpress_no_of_appointments": 10}],
                }
            ],
            "package_bookings": [{"package_no": "P-1", "package_id": 1, "customer_id": 501}],
            "gift_cards": [{"id": 3, "gift_card_title": "Fifty", "gift_card_amount": 45, "gift_card_value": 50}],
            "sold_gift_cards": [{"gift_card_code": "GC", "gift_card_id": 3}],
        },
    )


def start_of(number: int) -> datetime:
    return datetime(2026, 3, 3) + timedelta(days=number % 9, hours=(0, 9, 10, 11, 14, 15, 16)[number % 7])


def book(world: World, number: int, dialect: str) -> None:
    listed = [service for owned in venues.services().values() for service in owned]
    service = listed[number % len(listed)]
    minutes = service.plan.length * {"hour": 60, "minute": 1}.get(service.plan.unit, 24 * 60)
    outcome = world.clients[dialect].book(service.id, start_of(number // 3), minutes)
    assert outcome.status < 500, outcome
    if outcome.id:
        world.made.append(outcome.id)


#: Ways to pay at a BookingPress checkout.
PAYMENTS = (
    {"coupon_code": "WELCOME10"},
    {"package_no": "P-1", "customer_id": 501},
    {"gift_card_code": "GC"},
    {"bookingpress_selected_bring_members": 3},
)


def check_out(world: World, number: int, dialect: str) -> None:
    start = start_of(number)
    body = {
        "selected_service": venues.services()["bookingpress"][0].id,
        "selected_date": f"{start:%Y-%m-%d}",
        "selected_start_time": f"{start:%H:%M}",
        "customer_firstname": "Ann",
        "customer_lastname": "Bo",
        "customer_email": "ann@example.org",
        "selected_payment_method": "on-site",
        **PAYMENTS[number % len(PAYMENTS)],
    }
    _, body = world.send("bookingpress", "POST", f"{BP}/appointments", body)
    if body.get("appointment_id"):
        world.made.append(body["appointment_id"])


def book_group(world: World, number: int, dialect: str) -> None:
    """Two times in one Bookablesites order, with a coupon and a guest's note."""
    service = venues.services()["bookablesites"][0].id
    items = [{"service": service, "start_date_time": f"{start_of(number + step):%Y-%m-%d %H:%M}"} for step in (0, 1)]
    guest = {"first_name": "Cy", "last_name": "Du", "email": f"cy{number % 3}@example.org"}
    data = {"customer": guest, "coupon_code": "FRESHCUT", "note": "by the window", "bookings": items}
    status, body = world.send("bookablesites", "POST", f"{BS}/bookings", data)
    if status == 201:
        world.made += [entry["id"] for entry in body.get("bookings", [body]) if entry.get("id")]


def change(world: World, number: int, dialect: str) -> None:
    """Another time, another party or another status, each in the dialect's own words."""
    booking = world.pick(number)
    known = bookings.get_many([booking]).get(booking)
    session = known.session_id if known else 0
    start = start_of(number + 2)
    day, clock = f"{start:%Y-%m-%d}", f"{start:%H:%M}"
    wishes: dict[str, list[tuple[str, str, Any]]] = {
        "bkap": [
            ("PUT", f"{BKAP}/bookings/{booking}", {"start_date": day, "end_date": day}),
            ("PUT", f"{BKAP}/bookings/{booking}", {"status": ("paid", "confirmed", "cancelled")[number % 3]}),
        ],
        "wc_bookings": [
            ("PUT", f"{WC}/bookings/{booking}", {"status": ("paid", "unpaid", "complete", "cancelled")[number % 4]}),
            ("PUT", f"{WC}/bookings/{booking}", {"cost": f"{number % 90}.50"}),
        ],
        "bookablesites": [
            ("PATCH", f"{BS}/bookings/{booking}", {"persons": 1 + number % 3}),
            ("POST", f"{BS}/appointments/{session}/reschedule", {"date": day, "time": clock}),
            ("PATCH", f"{BS}/bookings/{booking}", {"status": ("approved", "pending", "no_show")[number % 3]}),
        ],
    }
    if dialect not in wishes:
        # BookingPress has no way to change an appointment; the others change what it made.
        dialect = sorted(wishes)[number % len(wishes)]
    method, path, data = wishes[dialect][number // 3 % len(wishes[dialect])]
    world.send(dialect, method, path, data)


def cancel(world: World, number: int, dialect: str) -> None:
    paths = {
        "bkap": ("PUT", f"{BKAP}/bookings/%d", {"status": "cancelled"}),
        "wc_bookings": ("DELETE", f"{WC}/bookings/%d", None),
        "bookingpress": ("DELETE", f"{BP}/appointments/%d", None),
        "bookablesites": ("DELETE", f"{BS}/bookings/%d", None),
    }
    method, path, data = paths[dialect]
    world.send(dialect, method, path % world.pick(number), data)


def delete(world: World, number: int, dialect: str) -> None:
    paths = {
        "bkap": f"{BKAP}/bookings/%d",
        "wc_bookings": f"{WC}/bookings/%d?force=true",
        "bookingpress": f"{BP}/appointments/%d",
        "bookablesites": f"{BS}/bookings/%d",
    }
    world.send(dialect, "DELETE", paths[dialect] % world.pick(number))


def make_thing(world: World, number: int, dialect: str) -> None:
    """A record around bookings, and perhaps an earlier one removed."""
    name = f"thing {number}"
    posts: dict[str, list[tuple[str, Any, str]]] = {
        "bkap": [],
        "wc_bookings": [
            (f"{WC}/products/categories", {"name": name}, "id"),
            (f"{WC}/resources", {"name": name, "qty": 2}, "id"),
            (f"{WC}/products", {"name": name, "type": "booking", "cost": 5}, "id"),
        ],
        "bookingpress": [
            (f"{BP}/categories", {"service_category_name": name}, "category_id"),
            (
                f"{BP}/coupons",
                {"coupon_code": name, "coupon_discount": 5, "coupon_discount_type": "Fixed"},
                "coupon_id",
            ),
        ],
        "bookablesites": [
            (f"{BS}/locations", {"name": name, "address": "x"}, "id"),
            (f"{BS}/customers", {"first_name": "A", "last_name": "B", "email": f"c{number}@example.org"}, "id"),
            (f"{BS}/days-off", {"name": name, "start_date": "2026-12-24"}, "id"),
        ],
    }
    if number % 4 == 3 and world.things:
        owner, path = world.things.pop(number % len(world.things))
        world.send(owner, "DELETE", path + ("?force=true" if owner == "wc_bookings" else ""))
        return
    if not posts[dialect]:
        return
    path, data, key = posts[dialect][number % len(posts[dialect])]
    status, body = world.send(dialect, "POST", path, data)
    if status < 300 and isinstance(body, dict) and body.get(key):
        world.things.append((dialect, f"{path}/{body[key]}"))


ACTIONS: tuple[Callable[[World, int, str], None], ...] = (
    book, book, book, check_out, check_out, book_group, change, change, cancel, delete, make_thing,
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 10_000), st.sampled_from(DIALECTS)), min_size=5, max_size=40
)
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


def moves_and_comes_back(kind: str, target: str, folder: Any, steps: Any) -> None:
    with venues.venue_at(venues.open_venue(kind, folder)) as venue:
        venues.furnish(venue)
        world = World(venue, venues.make_clients(venue))
        furnish(world)
        for action, number, dialect in steps:
            action(world, number, dialect)
        assert doctor.examine(now=NOW).breaches == []
        total = bookings.page(limit=1).total
        written = venues.whole(folder / "whole.ndjson")
        counted = table_inspection.deleted_counters(table_inspection.stored_tables())
        venues.restore(folder / "whole.ndjson", venue, fresh_url(target, folder, "target"))
        assert bookings.page(limit=1).total == total
        assert doctor.examine(now=NOW).breaches == []
        assert table_inspection.deleted_counters(table_inspection.stored_tables()) == counted
        assert venues.whole(folder / "again.ndjson") == written


def folders(tmp_path: Any) -> Callable[[], Any]:
    """A new folder for every example."""

    def fresh() -> Any:
        folder = tmp_path / str(sum(1 for _ in tmp_path.iterdir()))
        folder.mkdir()
        return folder

    return fresh


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_random_stores_move_and_come_back_the_same(kind, target, tmp_path):
    fresh = folders(tmp_path)

    @settings(max_examples=4, **QUIET)
    @given(STEPS)
    def one(steps):
        moves_and_comes_back(kind, target, fresh(), steps)

    one()
