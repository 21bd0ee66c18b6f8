"""Every refusal has words, and nothing a client sends is our fault."""

import json
from datetime import UTC, datetime

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
    reply = errors.to_legacy_error(kind())
    assert reply is not None
    assert reply.status == 503 if issubclass(kind, ServiceUnavailable) else 400 <= reply.status < 500
    assert reply.body()["errors"][0]["message"]


SOON = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
MOST = {"reason": "duration", "requested": 5, "limit": 3, "detail": "too long"}


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"reason": "full", "requested": 3, "remaining": 1}, "3 places asked for, 1 left"),
        ({"reason": "full", "requested": 1, "remaining": 0}, "1 place asked for, 0 left"),
        ({"reason": "closed"}, "The date is not open for bookings"),
        ({"reason": "past", "limit": SOON}, "The date has passed"),
        ({"reason": "notice", "limit": SOON}, "The earliest start is 2026-03-04 10:30 UTC"),
        ({"reason": "horizon", "limit": SOON}, "Bookings must lie before 2026-03-04 10:30 UTC"),
        ({"reason": "weekday", "limit": (1, 5)}, "Bookings can only start on Monday, Friday"),
        ({"reason": "grid"}, "There is no such time slot"),
    ],
)
def test_no_place_and_no_time_have_the_recorded_sentence_and_say_beside_it_what_was_broken(attributes, sentence):
    reply = errors.to_legacy_error(NotAvailable(**attributes))
    assert (reply.status, reply.code) == (400, "bkap_api_booking_full_booking_error")
    assert reply.body() == {
        "errors": [{"code": reply.code, "message": "Max limit are reached for booking.", "detail": sentence}]
    }


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({**MOST, "unit": (1, "night")}, "5 nights asked for; the maximum is 3 nights"),
        ({**MOST, "unit": (30, "minute")}, "150 minutes asked for; the maximum is 90 minutes"),
        (
            {**MOST, "detail": "too short", "requested": 1, "unit": (1, "hour")},
            "1 hour asked for; the minimum is 3 hours",
        ),
        ({"reason": "duration", "detail": "length", "unit": (1, "hour")}, "The length must be a multiple of 1 hour"),
        (
            {"reason": "persons", "requested": 9, "limit": 5, "detail": "too many"},
            "9 persons asked for; the maximum is 5",
        ),
        (
            {"reason": "persons", "requested": 1, "limit": 2, "detail": "too few"},
            "1 person asked for; the minimum is 2",
        ),
        ({"reason": "off"}, "Bookings are switched off for this product"),
        ({"reason": "something new"}, "The booking cannot be made"),
    ],
)
def test_other_limits_are_said_in_the_message(attributes, sentence):
    reply = errors.to_legacy_error(NotAvailable(**attributes))
    assert (reply.status, reply.code, reply.message) == (400, "bkap_api_booking_create_booking_error", sentence)
    assert "detail" not in reply.body()["errors"][0]


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"field": "booking.quantity", "reason": "range", "value": 0, "limit": 1}, "The parameter quantity must be at least 1"),
        ({"field": "booking.quantity", "reason": "type", "value": "x"}, "The parameter quantity is not of the type that is expected"),
        ({"field": "availability.resource_id_number", "reason": "type"}, "The parameter resource_id is not of the type that is expected"),
        ({"field": "bookings.customer_id", "reason": "unknown", "value": 7}, "No valid Customer has been found for the Customer ID provided"),
        ({"field": "availability.end_date", "reason": "span", "limit": 366}, "At most 366 days can be asked for at once, fewer with many resources"),
        ({"field": "bookings.limit", "reason": "type", "value": "x"}, "Limit parameter must be numeric"),
        ({"field": "products.status", "reason": "choice", "value": "x"}, "The parameter status is not one of the values that are allowed"),
    ],
)  # fmt: skip
def test_a_parameters_refusal_names_the_parameter_and_the_limit(attributes, sentence):
    assert errors.to_legacy_error(Invalid(**attributes)).message == sentence


def test_the_number_of_dates_stands_beside_the_vendors_sentence():
    reply = errors.to_legacy_error(Invalid(field="booking.dates", reason="count", value=3, limit=(2, 2)))
    assert reply.body()["errors"][0]["detail"] == "3 dates provided; this product takes exactly 2"


def test_what_is_no_refusal_is_left_to_the_host():
    assert errors.to_legacy_error(RuntimeError("x")) is None


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
    assert errors.to_legacy_error(Invalid(field=field, reason="odd")).code == code


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
    booking_id = shop.book(61, "2021-09-24", start_time="09:00", end_time="10:00", duration=60, dates=[
        {"date": "2021-09-24", "start_time": "09:00", "end_time": "10:00"} if kind.endswith("time") else "2021-09-24"
    ])["booking_id"]  # fmt: skip
    bad = []
    for name in names:
        # Every value meets every parameter with two of the types.
        for value in GARBAGE[shift % 3 :: 3]:
            body = {**good, name: value}
            for verb, path in (
                ("POST", "/bookings"),
                ("PUT", f"/bookings/{booking_id}"),
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
    from plugins.bkap.translate.product_parameters import PARAMETERS

    for name in PARAMETERS:
        reply = shop.app.request(
            "/wc-api/v3/bkap/products/61", method="PUT", headers=shop.basic(), expect_errors=True,
            body=json.dumps({"booking": {name: value}}).encode(), content_type="application/json",
        )  # fmt: skip
        assert reply.status_int in (200, 400)
