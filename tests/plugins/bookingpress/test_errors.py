"""Every refusal of core has words in this dialect, and nothing a caller sends is a crash."""

from datetime import UTC, datetime

import pytest

from core import errors as core_errors
from plugins.bookingpress import auth, errors
from plugins.bookingpress.settings import GROUPS
from tests.plugins.bookingpress.conftest import BASE
from tests.plugins.bookingpress.test_auth import CALLS, PATHS


def tree(kind):
    return [kind, *(descendant for below in kind.__subclasses__() for descendant in tree(below))]


KINDS = [kind for kind in tree(core_errors.DomainError) if kind.__module__ in (core_errors.__name__, errors.__name__)]


def words(error, method, *, strict):
    """What a handler's refusal becomes, as the REST server asks for it."""
    refusal = errors.read_refusal(error) if method == "GET" else None
    return refusal or errors.make_errors(strict=strict)(error)


@pytest.mark.parametrize("strict", [False, True], ids=["vendor", "strict"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_refusal_has_words(kind, method, strict):
    reply = words(kind(), method, strict=strict)
    assert 200 <= reply.status < 500 or (reply.status == 503 and issubclass(kind, core_errors.ServiceUnavailable))
    body = reply.body()
    text = body.get("msg", body.get("message"))
    assert isinstance(text, str)
    assert text
    if "variant" in body:
        assert method != "GET" or kind is errors.Refused
        assert (reply.status >= 400) is strict
    else:
        assert body["data"]["status"] == reply.status


REASONS = (
    "full",
    "closed",
    "past",
    "notice",
    "horizon",
    "grid",
    "duration",
    "weekday",
    "persons",
    "resource",
)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_no_room_has_words(reason):
    error = core_errors.NotAvailable(reason=reason, limit=datetime(2026, 6, 1, tzinfo=UTC))
    if reason == "persons":
        error = core_errors.NotAvailable(reason=reason, requested=9, limit=4)
    assert errors.refusal(error).msg in (errors.TAKEN, errors.NOT_OFFERED)


@pytest.mark.parametrize(("kind", "reason"), errors.BALANCES)
def test_every_balance_has_words(kind, reason):
    error = core_errors.BalanceRefused(kind=kind, reason=reason, reasons=(reason,))
    assert errors.refusal(error).msg == errors.BALANCES[kind, reason].format(remaining=0)


def test_of_several_reasons_against_a_coupon_the_vendors_first_is_told():
    error = core_errors.BalanceRefused(reason="used_up", reasons=("expired", "used_up", "service"))
    assert errors.refusal(error).msg == "Coupon code is expired"


def test_a_crash_tells_nothing():
    assert words(RuntimeError("secret"), "POST", strict=False) is None
    assert words(RuntimeError("secret"), "GET", strict=False) is None


# -- garbage ----------------------------------------------------------------------------------------------------

BODIES = [
    b"{broken",
    b"[1, 2]",
    b'"text"',
    b"nul\x00l",
    b'{"a": "\\u0000"}',
    b"\xff\xfe",
    b"[" * 5000,
    b'{"n": 1e999999}',
    b'{"n": 123456789012345678901234567890}',
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bodies_that_cannot_be_read(shop, body):
    headers = {auth.HEADER: shop.key, "Content-Type": "application/json"}
    reply = shop.app.post(f"{BASE}/services", body, headers=headers, expect_errors=True)
    assert reply.status_int in (200, 400)
    assert reply.json.get("code") == "rest_invalid_json" or reply.json["variant"] == "error"
    assert shop.get("/services")["total"] == 0


def test_a_body_over_the_cap(start):
    shop = start(server={"max_body": 1000})
    reply = shop.post("/services", {"service_name": "x" * 2000}, status=413)
    assert reply["code"] == "rest_request_too_large"


VALUES = [
    None, "", "x", "\u0661", "-1", -1, 0, 10**18, 2**63 - 1, 1.5, "1e400", "9" * 400, True, [], {}, [[]], {"a": {"b": 1}},
    ["x", None], "2026-02-30", "9999-12-31", "0001-01-01", "24:00", "25:61", "<script>", "\ud83d", "é" * 300,
]  # fmt: skip
NAMES = {
    "services": "service_name service_price service_duration_val service_duration_unit service_category max_capacity"
    " min_capacity before_buffer_time minimum_time_required_before_booking service_start_date deposit_amount"
    " extra_services assigned_staffmembers service_update_id service_image",
    "categories": "service_category_name service_category_update_id",
    "customers": "firstname email phone customer_phone_dial_code wp_user note update_id",
    "staffmembers": "firstname email service_details workhours daysoff special_days status visibility update_id",
    "locations": "location_name services workhours special_days update_id location_phone_number",
    "coupon": "coupon_code coupon_discount coupon_discount_type coupon_services coupon_allowed_uses coupon_start_date",
    "package": "package_name package_price package_duration_val package_services package_images package_purchase_limit",
    "gift_cards": "gift_card_title gift_card_amount gift_card_value gift_card_services gift_card_expiration_duration_val",
    "appointments": "selected_service selected_date selected_start_time selected_end_time selected_end_date customer_id"
    " customer_email customer_firstname selected_staff_member_id selected_location bookingpress_selected_bring_members"
    " bookingpress_selected_extra_details selected_payment_method coupon_code package_no gift_card_code"
    " use_deposit appointment_note appointment_status service_price_without_currency form_fields appointment_data",
}
GOOD = {
    "services": {"service_name": "A", "service_duration_val": 30},
    "categories": {"service_category_name": "A"},
    "customers": {"firstname": "A"},
    "locations": {"location_name": "A"},
    "coupon": {"coupon_discount": 1},
    "gift_cards": {"gift_card_title": "A", "gift_card_amount": 1},
}


@pytest.mark.parametrize("group", NAMES)
def test_no_value_is_a_crash(shop, group):
    service = shop.service()
    good = {
        **GOOD,
        "staffmembers": {
            "firstname": "A",
            "lastname": "B",
            "email": "a@example.org",
            "service_details": {"assigned_service_list": [{"assign_service_id": service}]},
        },
        "package": {
            "package_name": "A",
            "package_services": [{"service_id": service, "bookingpress_no_of_appointments": 1}],
        },
        "appointments": {
            "selected_service": service,
            "selected_date": "2026-06-02",
            "selected_start_time": "09:00",
            "customer_firstname": "A",
            "selected_payment_method": "on-site",
        },
    }[group]
    path = f"/{PATHS.get(group, group)}"
    for name in NAMES[group].split():
        for value in VALUES:
            if value == "\ud83d":
                continue
            reply = shop.reply("POST", path, {**good, name: value}, status="*")
            assert reply.status_int in (200, 400), (name, value, reply.text)
            assert reply.json.get("variant") in ("success", "error", "warning") or "code" in reply.json


QUERIES = [
    "page=-1", "per_page=x", "search=%00%ff", "search=%25_%5C", "sort_by[]=1", "page[]=1", "customer_id=99999999999999999999",
    "service_id=a,b", "start_date=9999-99-99", "appointment_status=x", "_fields[]=id", "email[]=x", "location_id=1e99",
    "selected_date_range[]=1", "selected_date=9998-12-31", "staffmember_id=9223372036854775807",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_is_a_crash(shop, query):
    service = shop.service()
    for group, actions in GROUPS.items():
        action = "read" if "read" in actions else "list"
        for method, path in CALLS[action]:
            reply = shop.reply(method, f"/{PATHS.get(group, group)}{path}?{query}", status="*")
            assert reply.status_int in (200, 400, 404), (group, reply.text)
    reply = shop.reply("GET", f"/appointments/timeslots?service_id={service}&{query}", status="*")
    assert reply.status_int in (200, 400, 404), reply.text


@pytest.mark.parametrize("id_text", ["0", "99999999999999999999", "9223372036854775807", "007"])
def test_no_id_is_a_crash(shop, id_text):
    for group, actions in GROUPS.items():
        for action in set(actions) - {"list"}:
            for method, path in CALLS[action]:
                if path:
                    body = {} if method in ("PUT", "PATCH", "POST") else None
                    reply = shop.reply(method, f"/{PATHS.get(group, group)}/{id_text}", body, status="*")
                    assert reply.status_int in (200, 404), (group, method, reply.text)
