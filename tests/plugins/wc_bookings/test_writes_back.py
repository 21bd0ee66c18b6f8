"""What clients of the real plugin send and get beside plain products: nights, batches' schemas, past slots, links."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from core import db
from core.services import repository
from tests.plugins.wc_bookings.conftest import Shop

BASE = "/wp-json/wc-bookings/v1"


@pytest.fixture(params=["extended", "strict"])
def mode(request):
    return request.param


@pytest.fixture
def shop(tmp_path, mode):
    yield Shop(tmp_path, mode=mode).load()
    db.close_database()


def send(shop: Shop, method: str, path: str, body: Any = None) -> Any:
    return shop.send(method, f"{BASE}{path}", body=body)


@pytest.mark.parametrize("mode", ["extended"])
def test_products_by_the_night_are_made_and_written_back(shop):
    body = {"type": "accommodation-booking", "name": "Cabin", "block_cost": 80, "display_cost": "from $80", "qty": 2}
    made = send(shop, "POST", "/products", body)
    assert made.status_int == 201, made.text
    assert (made.json["type"], made.json["duration_unit"], made.json["display_cost"]) == (
        "accommodation-booking",
        "night",
        "from $80",
    )
    path = f"/products/{made.json['id']}"
    for query in ("", "?context=edit"):
        before = send(shop, "GET", f"{path}{query}").json
        assert send(shop, "PUT", path, before).status_int == 200
        after = send(shop, "GET", f"{path}{query}").json
        assert {name for name in before if before[name] != after[name]} <= {"date_modified", "date_modified_gmt"}


CRUISE = 36


def details(numbers: Any) -> list[tuple[Any, ...]]:
    found = repository.person_types.get_many(map(int, numbers))
    return [(one.name, one.minimum, one.maximum, one.base_cost, one.block_cost) for one in found.values()]


@pytest.mark.parametrize("mode", ["extended"])
@pytest.mark.parametrize("nothing", [{}, []], ids=["map", "as PHP writes it"])
def test_person_types_as_they_are_shown_are_kept_and_copied(shop, nothing):
    shown = send(shop, "GET", f"/products/{CRUISE}").json
    kinds, before = dict.fromkeys(shown["person_types"], nothing), details(shown["person_types"])
    assert len(kinds) == 2
    after = send(shop, "PUT", f"/products/{CRUISE}", {"person_types": kinds}).json
    assert (after["person_types"], details(kinds)) == (shown["person_types"], before)
    # A new product gets types of its own.
    reply = send(shop, "POST", "/products", {**shown, "id": 0, "sku": "", "person_types": kinds})
    assert reply.status_int == 201, reply.text
    copies = reply.json["person_types"]
    assert set(copies).isdisjoint(kinds)
    assert details(copies) == before
    assert list(send(shop, "GET", f"/products/{CRUISE}").json["person_types"]) == list(kinds)


@pytest.mark.parametrize("kinds", [5, "x", True, [5]])
def test_person_types_in_a_batch_that_are_none(shop, kinds):
    reply = send(shop, "POST", "/products/batch", {"create": [{"name": "X", "person_types": kinds}]})
    assert (reply.status_int, reply.json["create"][0]["person_types"]) == (200, [])


@pytest.mark.parametrize("price, shown", [("$20", 0), ("12.50 a day", 12.5), ("7", 7)])
def test_a_shown_cost_is_any_text_and_its_number_is_what_it_begins_with(shop, price, shown):
    made = send(shop, "POST", "/products", {"name": "X", "display_cost": price, "cost": 5}).json
    assert made["display_cost"] == price
    html = send(shop, "GET", f"/products/{made['id']}").json["price_html"]
    assert (f"{shown:.2f}" in html) == bool(shown)
    again = send(shop, "PUT", f"/products/{made['id']}", {"display_cost": price})
    assert (again.status_int, again.json["display_cost"]) == (200, price)


def test_lists_in_meta_data_stay_lists(shop):
    value = [1, ["a", {"b": []}], {"3": "x"}]
    made = send(shop, "POST", "/products", {"name": "X", "meta_data": [{"key": "k", "value": value}]}).json
    assert made["meta_data"][0]["value"] == value


@pytest.mark.parametrize("route", ["products", "products/categories", "resources", "bookings"])
def test_the_schema_of_a_batch_is_that_of_batches(shop, route):
    schema = send(shop, "OPTIONS", f"/{route}/batch").json["schema"]
    assert (schema["title"], list(schema["properties"])) == ("batch", ["create", "update", "delete"])


def test_links_of_the_default_record_have_nothing_but_an_address(shop, mode):
    for path in ("/products/17", "/bookings/65", "/products/categories/16", "/products?per_page=1"):
        record = send(shop, "GET", path).json
        links = (record[0] if isinstance(record, list) else record)["_links"]
        assert (set(links["self"][0]) == {"href"}) == (mode == "extended"), path


def test_a_link_narrows_lists_of_bookings_and_resources(shop):
    names = send(shop, "GET", "/resources?per_page=100").json
    slug = names[0]["name"].lower().replace(" ", "-")
    assert [row["id"] for row in send(shop, "GET", f"/resources?slug={slug}").json] == [names[0]["id"]]
    assert send(shop, "GET", "/resources?slug=nobody").json == []
    made = send(shop, "POST", "/products", {"name": "Ünter Straße 日本"}).json
    assert made["slug"] == "unter-strasse-%e6%97%a5%e6%9c%ac"
    assert [row["id"] for row in send(shop, "GET", f"/products?slug={quote(made['slug'])}").json] == [made["id"]]
    assert send(shop, "GET", "/bookings?slug=booking").json == []
    found = send(shop, "GET", "/bookings?slug=booking-mar-02-2026-1000-am-3&page=7")
    assert (len(found.json), found.headers["X-WP-Total"]) == (1, "1")


def test_a_batch_of_categories_names_what_does_not_exist(shop, mode):
    reply = send(shop, "POST", "/products/categories/batch", {"update": [{"id": 999, "name": "x"}], "delete": [998]})
    codes = [reply.json[verb][0].get("error", {}).get("code") for verb in ("update", "delete")]
    refused = ["woocommerce_rest_term_invalid"] * 2
    assert codes == (refused if mode == "extended" else [None, "woocommerce_rest_cannot_delete"])


# -- slots --------------------------------------------------------------------------------------------------------


def starts(shop: Shop, query: str) -> list[str]:
    return [row["date"][:16] for row in send(shop, "GET", f"/products/slots?product_ids=17&{query}").json["records"]]


@pytest.mark.parametrize("mode", ["extended"])
def test_past_slots_of_days_that_were_asked_for(shop):
    lately = "min_date=2026-02-23&max_date=2026-02-25"
    assert all(start >= "2026-03-02" for start in starts(shop, lately))
    hourly = f"product_ids=24&{lately}&get_past_times=true"
    found = send(shop, "GET", f"/products/slots?{hourly}").json["records"]
    assert found
    assert {row["date"][:10] for row in found} <= {"2026-02-23", "2026-02-24", "2026-02-25"}


@pytest.mark.parametrize("mode", ["extended"])
def test_a_plus_sign_that_the_query_turned_into_a_blank_is_one(shop):
    first, last = "2026-03-20T10:00:00", "2026-03-23T10:00:00"
    wanted = starts(shop, f"min_date={first}%2B02:00&max_date={last}%2B02:00")
    assert wanted
    assert starts(shop, f"min_date={first}+02:00&max_date={last}+02:00") == wanted
    assert starts(shop, f"min_date={first}+0200&max_date={last}+0200") == wanted


@pytest.mark.parametrize("mode", ["extended"])
@pytest.mark.parametrize(
    ("offset", "hours"),
    [("%2B02:00", -2), ("+02:00", -2), ("%2B0530", -5.5), ("%2B00:00", 0), ("Z", 0), ("-05:00", 5), ("%252B02:00", -2)],
)
def test_an_offset_moves_the_window(shop, offset, hours):
    """Whatever sign it has and however it is encoded: the window is the one of the same instants without an offset."""
    days = [datetime(2026, 3, day, 12) for day in (20, 23)]
    plain = [f"{day + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}" for day in days]
    low, high = (f"{day:%Y-%m-%dT%H:%M:%S}{offset}" for day in days)

    def hourly(low: str, high: str) -> list[str]:
        reply = send(shop, "GET", f"/products/slots?product_ids=24&min_date={low}&max_date={high}")
        return [row["date"] for row in reply.json["records"]]

    expected = hourly(*plain)
    assert expected
    assert hourly(low, high) == expected


# -- effects of writes, refused ones too --------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["strict"])
def test_a_refused_resource_is_stored_and_taken_all_the_same(shop):
    """As on the real server, which saves first: reads show it, and slots of whoever uses the resource count it."""

    def places() -> dict[str, int]:
        reply = send(
            shop, "GET", "/products/slots?product_ids=27&resource_ids=11&min_date=2026-03-09&max_date=2026-03-10"
        )
        return {row["date"][11:]: row["booked"] for row in reply.json["records"]}

    own = "/products/slots?product_ids=24&min_date=2026-03-09&max_date=2026-03-10"
    before, theirs = send(shop, "GET", own).json, places()
    assert send(shop, "PUT", "/bookings/125", {"resource_id": 11}).status_int == 400
    assert send(shop, "GET", "/bookings/125").json["resource_id"] == 11
    assert places() == {**theirs, "09:00": theirs["09:00"] + 1}
    assert send(shop, "GET", own).json == before
    assert send(shop, "PUT", "/bookings/125", {"resource_id": 0}).status_int == 200
    assert places() == theirs


@pytest.mark.parametrize("mode", ["strict"])
def test_a_shell_takes_nothing_and_its_refused_resource_stays(shop):
    query = "/products/slots?product_ids=27&min_date=2026-03-09&max_date=2026-03-10"
    before = send(shop, "GET", query).json
    number = send(shop, "POST", "/bookings", {"resource_id": 10}).json["id"]
    assert send(shop, "PUT", f"/bookings/{number}", {"resource_id": 11}).status_int == 400
    assert send(shop, "GET", f"/bookings/{number}").json["resource_id"] == 11
    assert send(shop, "PUT", f"/bookings/{number}", {"resource_id": 0}).status_int == 200
    assert send(shop, "GET", query).json == before
