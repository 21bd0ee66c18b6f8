"""Whatever clients write through the four APIs is text on every page, never markup."""

from datetime import timedelta

import pytest

from core.db import database, execute
from core.models import TABLES
from tests.contract.conftest import START, make_service

#: Breaks out of text, attributes and scripts.
ATTACK = "\"'><img src=x onerror=alert(1)><script>alert(2)</script></script>"
MARKS = ("<img src=x", "<script>alert", "onerror=alert(1)>")

CREATED = {
    "bookingpress": [
        ("/customers", {"customer_firstname": ATTACK, "customer_lastname": ATTACK, "customer_email": "a@example.org"}),
        (
            "/services",
            {"service_name": ATTACK, "service_price": 5, "service_duration_val": 60, "service_duration_unit": "m"},
        ),
        ("/categories", {"category_name": ATTACK}),
        ("/locations", {"location_name": ATTACK}),
    ],
    "bookablesites": [
        ("/customers", {"first_name": ATTACK, "last_name": ATTACK, "email": "b@example.org"}),
        ("/services", {"name": ATTACK, "price": 5, "duration": 3600}),
        ("/locations", {"name": ATTACK}),
        ("/employees", {"first_name": ATTACK, "last_name": ATTACK, "email": "c@example.org"}),
    ],
    "wc_bookings": [("/products", {"name": ATTACK, "description": ATTACK}), ("/resources", {"name": ATTACK})],
    "bkap": [
        (
            "/products",
            {
                "product_title": ATTACK,
                "product_price": 5,
                "product_type": "simple",
                "booking": {"booking_type": "only_day"},
            },
        )
    ],
}


def ids(table):
    return [row[0] for row in database.execute_sql(f'SELECT id FROM "{table}" ORDER BY id LIMIT 20').fetchall()]


def pages():
    yield from ("/desk", "/desk/calendar", f"/desk/calendar/list?date={START.date()}", "/desk/bookings", "/desk/keys")
    yield from ("/desk/services", "/desk/resources", "/desk/customers", "/desk/audit", "/desk/reports", "/desk/health")
    yield from ("/desk/explain", "/desk/privacy?q=alert", "/desk/operators", "/desk/reports?by=resource")
    for name, table in (("bookings", "booking"), ("services", "service"), ("resources", "resource")):
        yield from (f"/desk/{name}/{id}" for id in ids(table))
    yield from (f"/desk/customers/{id}" for id in ids("customer"))
    yield from (f"/desk/explain?service={id}&start={START:%Y-%m-%dT%H:%M}" for id in ids("service"))


def assert_harmless(desk):
    for path in pages():
        page = desk.anna.get(path, expect_errors=True)
        assert page.status_int < 500
        for mark in MARKS:
            assert mark not in page.text, f"{mark} on {path}"


@pytest.mark.parametrize("dialect", CREATED)
def test_what_a_client_writes_is_text_on_every_page(desk, dialect):
    client = desk.clients[dialect]
    for path, body in CREATED[dialect]:
        status, _, reply = client.send("POST", f"{client.base}{path}", body)
        assert status < 300, reply
    room = make_service(capacity=9)
    for hours, other in enumerate(desk.clients.values()):
        texts = other.texts(ATTACK) if type(other).declares("texts") else {}
        other.book(room.id, START + timedelta(hours=hours), **texts)
    assert_harmless(desk)


#: Texts that are words of the program, or must be unique.
WORDS = {
    "status",
    "kind",
    "origin",
    "currency",
    "zone",
    "sharing",
    "subject_kind",
    "session",
    "gateway",
    "role",
    "slug",
}
UNIQUE = {"group_id", "key", "number", "code", "sku", "quote"}


def text_columns():
    """Table and column of every free text."""
    for model in TABLES:
        for field in model._meta.sorted_fields:
            is_text = type(field).__name__ in ("CharField", "TextField") and not (field.primary_key or field.unique)
            if is_text and field.name not in WORDS | UNIQUE:
                yield model._meta.table_name, field.column_name


def test_no_text_column_of_the_datastore_is_markup_on_a_page(desk):
    """Also what no client could write today: every free text of every table."""
    room = make_service(capacity=9)
    for client in desk.clients.values():
        assert client.book(room.id, START).booked
    for table, column in text_columns():
        execute(f'UPDATE "{table}" SET "{column}" = ?', [ATTACK[:20]])
    execute("UPDATE service SET name = ?", [ATTACK])
    execute("UPDATE customer SET first_name = ?, last_name = ?, email = ?, phone = ?", [ATTACK] * 4)
    execute("UPDATE booking SET note = ?", [ATTACK])
    execute("UPDATE event SET actor = ?, reason = ?", [ATTACK, ATTACK])
    assert_harmless(desk)
