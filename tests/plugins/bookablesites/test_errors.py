"""Every error in this dialect's shape; no request ends in a 500."""

import falcon
import falcon.testing
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import errors
from plugins.bookablesites.errors import render_error
from plugins.bookablesites.routes import PATHS
from tests.plugins.bookablesites.conftest import Salon


def all_errors(cls=errors.DomainError):
    yield cls
    for child in cls.__subclasses__():
        if child.__module__ in ("core.errors", "plugins.bookablesites.errors"):
            yield from all_errors(child)


@pytest.mark.parametrize("kind", sorted(set(all_errors()), key=lambda cls: cls.__name__), ids=lambda cls: cls.__name__)
def test_every_domain_error_has_a_status_a_code_and_a_sentence(kind):
    req = falcon.Request(falcon.testing.create_environ("/api/v1/customers"))
    reply = render_error(req, kind())
    assert reply.status == 503 if issubclass(kind, errors.ServiceUnavailable) else 400 <= reply.status < 500
    assert reply.body["message"]
    assert "{" not in reply.body["message"]
    assert reply.body["code"]


def test_an_unforeseen_error_is_a_500_without_details():
    req = falcon.Request(falcon.testing.create_environ("/api/v1/customers"))
    reply = render_error(req, RuntimeError("secret"))
    assert reply.status == 500
    assert reply.body == {"message": "Something went wrong.", "code": "server_error", "request_id": None}


@pytest.mark.parametrize("email", ["x", "a b@c.example", "a@b", "a@b@c.example"])
def test_a_malformed_email_is_named(api, email):
    body = {"first_name": "A", "last_name": "B", "email": email}
    assert api.post("customers", body, status=422).json["errors"] == {"email": ["This must be an email address."]}


def test_a_full_time_names_the_places_asked_for_and_left():
    req = falcon.Request(falcon.testing.create_environ("/api/v1/bookings"))
    reply = render_error(req, errors.NotAvailable(reason="full", requested=2, remaining=1))
    assert reply.body["message"] == "The requested time is not available: places asked for: 2, places left: 1."


def test_a_validation_error_names_its_fields(api):
    reply = api.post("customers", {"email": "x"}, status=422).json
    assert reply["errors"] == {"email": ["This must be an email address."]}
    reply = api.post("customers", {"email": "a@b.example"}, status=422).json
    assert set(reply["errors"]) == {"first_name", "last_name"}
    assert set(reply) == {"message", "code", "errors", "request_id"}


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_json"),
        (b"[]", "application/json", 400, "invalid_json"),
        (b'"x"', "application/json", 400, "invalid_json"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}" + b" " * 2_000_000, "application/json", 413, "payload_too_large"),
        (b'{"email":"\\u0000"}', "application/json", 400, "invalid_json"),
        (b'{"firstName":"A","first_name":"B"}', "application/json", 422, "validation_failed"),
    ],
)
def test_unusable_bodies(api, body, kind, status, code):
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": kind}
    reply = api.web.post("/api/v1/customers", body, headers=headers, expect_errors=True)
    assert (reply.status_int, reply.json["code"]) == (status, code)


def test_a_request_id_comes_back_in_header_and_body(api):
    reply = api.get("customers/0", status=404, headers={"X-Request-Id": "mine-1"})
    assert (reply.headers["X-Request-Id"], reply.json["request_id"]) == ("mine-1", "mine-1")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        [
            "",
            "x",
            "1",
            "NaN",
            "2026-06-01",
            "2026-06-01T09:00:00+99:99",
            "09:00",
            "\ud7ff",
            "9999-12-31 23:59",
            "0001-01-01 00:00:00Z",
            "a" * 300,
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "service",
                    "employee",
                    "customer",
                    "location",
                    "date",
                    "time",
                    "start_date_time",
                    "persons",
                    "additional_persons",
                    "extras",
                    "bookings",
                    "status",
                    "note",
                    "id",
                    "quantity",
                    "first_name",
                    "last_name",
                    "email",
                    "phone",
                    "services",
                    "duration",
                    "price",
                    "periods",
                    "start",
                    "end",
                    "weekday",
                    "data",
                    "working_hours",
                    "special_days",
                    "days_off",
                    "start_date",
                    "end_date",
                    "coupon_code",
                    "code",
                    "discount_value",
                    "expiration_date",
                    "url",
                    "event",
                    "name",
                    "category",
                    "taxes",
                    "value",
                    "min_capacity",
                    "max_capacity",
                    "custom_fields",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(st.data())
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_body_and_no_query_ends_in_a_500(shared_api, data):
    api, ids = shared_api
    path = data.draw(st.sampled_from(sorted(PATHS)))
    for name in ("{id}", "{entry}", "{group_id}", "{event}"):
        path = path.replace(
            name,
            data.draw(st.sampled_from([*ids, "0", "x", "appointment.booked", "99999999999999999999", "%00", "-1"])),
        )
    method = data.draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]))
    if method in ("GET", "DELETE"):
        names = [
            "service",
            "employee",
            "start_date",
            "end_date",
            "page",
            "limit",
            "status",
            "sort_by",
            "extras",
            "exclude_appointment",
            "additional_guest_count",
            "search",
            "group_by",
            "after",
        ]
        query = "&".join(
            f"{data.draw(st.sampled_from(names))}={data.draw(st.sampled_from([*ids, '', 'x', '-1', '2026-06-01', '9999-12-31', '%ff', '1:2', '1e9', 'null', 'name', 'day']))}"
            for _ in range(data.draw(st.integers(0, 3)))
        )
        api.call(method, f"{path}?{query}")
    else:
        body = data.draw(
            st.dictionaries(
                st.sampled_from(
                    ["service", "customer", "date", "time", "bookings", "name", "data", "email", "duration"]
                ),
                JSON,
            )
            | JSON
        )
        api.call(method, path, body)


@pytest.fixture
def shared_api(make_api):
    salon = Salon(make_api(tokens_per_minute=100_000))
    service = salon.service()
    booked = salon.book(service, "09:00")
    return salon.api, [str(number) for number in (service, salon.ola, salon.mira, booked["id"])]
