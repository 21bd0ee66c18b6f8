"""Every refusal has words, and nothing a client sends is our fault."""

import json

import pytest

import core.errors
from core.errors import DomainError, Invalid, NotAvailable, ServiceUnavailable
from plugins.bkap import errors
from plugins.bkap.schemas import BOOKING_TYPES
from tests.plugins.bkap.conftest import product


def descendants(kind):
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


KINDS = sorted(
    (one for one in descendants(DomainError) if one.__module__ == core.errors.__name__),
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_refusal_of_core_has_its_status(kind):
    reply = errors.translate(kind())
    assert reply is not None
    assert reply.status == 503 if issubclass(kind, ServiceUnavailable) else 400 <= reply.status < 500
    assert reply.body()["errors"][0]["message"]


@pytest.mark.parametrize("reason", ["full", "closed", "past", "notice", "grid", "duration", "persons", "something new"])
def test_every_reason_is_the_same_code(reason):
    reply = errors.translate(NotAvailable(reason=reason))
    assert (reply.status, reply.code) == (400, "bkap_api_booking_create_booking_error")


def test_what_is_no_refusal_is_left_to_the_host():
    assert errors.translate(RuntimeError("x")) is None


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("booking.whatever", "bkap_api_booking_invalid_parameter"),
        ("products.price", "bkap_api_product_invalid_parameter"),
        ("resources.limit", "bkap_api_resource_invalid_parameter"),
        ("", "bkap_api_booking_invalid_parameter"),
    ],
)
def test_fields_without_a_line_of_their_own_get_their_groups_code(field, code):
    assert errors.translate(Invalid(field=field, reason="odd")).code == code


GARBAGE = [
    None, True, False, 0, -1, 1e308, 2**63, 10**40, "", " ", "x", "1e9", "NaN", "Infinity", "१२", "0x10", "1_000",
    "2021-13-01", "0000-00-00", "9999-12-31", "0001-01-01", "24:00", "23:59", [], [[]], {}, {"a": {"b": []}},
    ["2021-09-24"], [None], [{}], [{"date": "9999-12-31", "start_time": "23:59", "end_time": "00:00"}], "a" * 5000,
]  # fmt: skip


@pytest.mark.parametrize(("shift", "kind"), list(enumerate(BOOKING_TYPES)))
def test_no_value_of_any_parameter_is_a_500(shop, shift, kind):
    shop.load({"products": [product(61, kind)]})
    good = {
        "product_id": 61, "price": 5, "start_date": "2021-09-24", "end_date": "2021-09-24", "start_time": "09:00",
        "end_time": "10:00", "duration": 60, "dates": ["2021-09-24"],
    }  # fmt: skip
    names = [
        *good,
        "variation_id",
        "customer_id",
        "quantity",
        "order_id",
        "resource_id",
        "fixed_block",
        "status",
        "fields",
    ]
    number = shop.book(61, "2021-09-24", start_time="09:00", end_time="10:00", duration=60, dates=[
        {"date": "2021-09-24", "start_time": "09:00", "end_time": "10:00"} if kind.endswith("time") else "2021-09-24"
    ])["booking_id"]  # fmt: skip
    bad = []
    for name in names:
        # Every value meets every parameter with two of the types.
        for value in GARBAGE[shift % 3 :: 3]:
            body = {**good, name: value}
            for verb, path in (
                ("POST", "/bookings"),
                ("PUT", f"/bookings/{number}"),
                ("GET", "/bookings/availability"),
                ("GET", "/bookings/price"),
            ):
                sent = {name: value} if verb == "PUT" else body
                reply = shop.app.request(
                    f"/wc-api/v3/bkap{path}",
                    method=verb,
                    headers=shop.basic(),
                    body=json.dumps(sent).encode(),
                    content_type="application/json",
                    expect_errors=True,
                )
                if reply.status_int not in (200, 400, 401, 404):
                    bad.append((verb, path, name, value, reply.status))
    assert bad == []


@pytest.mark.parametrize("value", GARBAGE, ids=range(len(GARBAGE)))
def test_no_filter_or_setting_is_a_500(shop, value):
    shop.load({"products": [product(61)]})
    filters = ("product_id", "variation_id", "customer_id", "resource_id", "order_id", "quantity", "price", "start_date",
               "end_date", "status", "limit", "fields", "page", "booking_type")  # fmt: skip
    for name in filters:
        for path in ("/bookings", "/products", "/resources"):
            assert shop.app.request(
                f"/wc-api/v3/bkap{path}", method="GET", headers=shop.basic(), expect_errors=True,
                body=json.dumps({name: value}).encode(), content_type="application/json",
            ).status_int in (200, 400)  # fmt: skip
    from plugins.bkap.translate.parameters import PARAMETERS

    for name in PARAMETERS:
        reply = shop.app.request(
            "/wc-api/v3/bkap/products/61", method="PUT", headers=shop.basic(), expect_errors=True,
            body=json.dumps({"booking": {name: value}}).encode(), content_type="application/json",
        )  # fmt: skip
        assert reply.status_int in (200, 400)
