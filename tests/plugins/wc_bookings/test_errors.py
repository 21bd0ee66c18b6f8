"""Every refusal has a wording, and no request is a crash."""

import ast
import re
from pathlib import Path

import falcon.testing
import pytest

from core import db
from core.errors import DomainError, ServiceUnavailable
from plugins.wc_bookings.errors import REFUSALS, REPLIES, Refused, to_wp_error
from tests.plugins.wc_bookings.conftest import Shop


def family(kind):
    for child in kind.__subclasses__():
        yield child
        yield from family(child)


KINDS = sorted(
    {kind for kind in family(DomainError) if kind.__module__ == "core.errors"}, key=lambda kind: kind.__name__
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_refusal_is_worded(kind):
    reply = to_wp_error(kind())
    assert reply.status == 503 if issubclass(kind, ServiceUnavailable) else 400 <= reply.status < 500
    assert reply.code
    assert reply.message
    assert any(parent in REPLIES for parent in kind.__mro__ if parent is not DomainError)


def test_what_is_no_refusal_is_not_ours():
    assert to_wp_error(ValueError()) is None


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    yield Shop(tmp_path_factory.mktemp("errors")).load()
    db.close_database()


def test_errors_from_outside_a_handler_have_the_envelope(shop):
    [dialect] = [dialect for _, dialect in shop.manager.dialects]
    req = falcon.testing.create_req(path="/wp-json/wc-bookings/v1/bookings")
    for error in (falcon.HTTPNotFound(), falcon.HTTPMethodNotAllowed(["GET"]), falcon.HTTPBadRequest()):
        assert dialect.render_error(req, error).status == 404
    crash = dialect.render_error(req, RuntimeError("x"))
    assert (crash.status, b"RuntimeError" in crash.body) == (500, False)


V1, V2 = "/wp-json/wc-bookings/v1", "/wp-json/wc-bookings/v2"
WRITES = [
    ("POST", f"{V1}/bookings"), ("PUT", f"{V1}/bookings/60"), ("POST", f"{V1}/bookings/batch"),
    ("POST", f"{V1}/products"), ("PUT", f"{V1}/products/17"), ("PUT", f"{V1}/products/32"),
    ("POST", f"{V1}/products/batch"), ("POST", f"{V1}/products/17/duplicate"), ("POST", f"{V1}/products/categories"),
    ("PUT", f"{V1}/products/categories/16"), ("POST", f"{V1}/products/categories/batch"), ("POST", f"{V1}/resources"),
    ("PUT", f"{V1}/resources/10"), ("POST", f"{V1}/resources/batch"), ("POST", f"{V2}/bookings"),
    ("PUT", f"{V2}/bookings/60"), ("PUT", f"{V2}/weekly-schedule/1"), ("POST", f"{V2}/date-overrides"),
    ("POST", f"{V2}/resources/team-members"),
]  # fmt: skip
_ODD = [
    None,
    True,
    "",
    "x",
    -1,
    0,
    10**18,
    1e300,
    "9" * 40,
    [],
    [1],
    ["x"],
    [[]],
    [{}],
    {},
    {"a": {"b": 1}},
    "\u0000",
    "24:00",
]
_FIELDS = [
    "id",
    "start",
    "end",
    "product_id",
    "resource_id",
    "customer_id",
    "status",
    "cost",
    "persons",
    "person_counts",
    "all_day",
    "order_id",
    "meta_data",
    "note",
    "name",
    "slug",
    "type",
    "description",
    "sku",
    "menu_order",
    "categories",
    "images",
    "attributes",
    "dimensions",
    "date_created",
    "availability",
    "pricing",
    "duration",
    "duration_unit",
    "block_cost",
    "qty",
    "min_duration",
    "max_duration",
    "restricted_days",
    "person_types",
    "resource_ids",
    "resource_base_costs",
    "display_cost",
    "first_block_time",
    "buffer_period",
    "min_date_value",
    "max_date_value",
    "max_persons",
    "parent",
    "image",
    "display",
    "create",
    "update",
    "delete",
    "time_slots",
    "date",
    "product_booking_ids",
    "email",
    "force",
]


@pytest.mark.parametrize("method, url", WRITES, ids=[f"{method} {url[22:]}" for method, url in WRITES])
def test_odd_values_are_refused_or_taken_but_never_a_crash(shop, method, url):
    base = {"start": 1772618400, "end": 1772622000, "product_id": 21, "name": "Thing"}
    bad = []
    # Four odd values per field and route; over all routes every field meets every value.
    turn = WRITES.index((method, url))
    pairs = (
        (field, _ODD[(4 * turn + index + step) % len(_ODD)]) for index, field in enumerate(_FIELDS) for step in range(4)
    )
    for field, value in pairs:
        reply = shop.send(method, url, body={**base, field: value})
        if reply.status_int >= 500 and reply.status_int != 501:
            bad.append((field, value, reply.text[:200]))
    assert bad == []
    for path in ("/products?per_page=100", "/bookings?per_page=100", "/resources", "/products/slots"):
        assert shop.send("GET", f"{V1}{path}").status_int == 200


def reasons() -> set[str]:
    """Every reason that the plugin refuses with."""
    sources = (Path(__file__).parents[3] / "plugins" / "wc_bookings").rglob("*.py")
    calls = [node for path in sources for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in ("Refused", "InvalidHours")
    }


def test_every_reason_has_one_row_and_every_row_a_reason():
    assert reasons() == set(REFUSALS)


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_reason_is_worded(reason):
    placeholders = dict.fromkeys(re.findall(r"{(\w+)}", REFUSALS[reason].wording), "x")
    reply = to_wp_error(Refused(reason, **placeholders))
    assert (reply.code, reply.status) == (REFUSALS[reason].code, REFUSALS[reason].status)
    assert "{" not in reply.message
