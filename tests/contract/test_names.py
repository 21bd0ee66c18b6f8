"""Names sort and are searched as people and the vendors' MySQL do it: case and accents do not count."""

from urllib.parse import quote

import pytest

from core.services import records
from tests.contract.conftest import NOW, make_service

#: Stored in this order; people expect them in the order of ``SORTED``.
NAMES = ["zoe", "Émile", "anna", "Łukasz", "Øyvind", "Bert", "émilie", "Ólafur"]
SORTED = ["anna", "Bert", "Émile", "émilie", "Łukasz", "Ólafur", "Øyvind", "zoe"]

SEARCHES = {
    "EMIL": ["Émile", "émilie"],
    "ólaf": ["Ólafur"],
    "olaf": ["Ólafur"],
    "ŁUK": ["Łukasz"],
    "ert": ["Bert"],
    "nobody": [],
}


@pytest.fixture
def people(house):
    for name in NAMES:
        records.customers.create(
            now=NOW, first_name=name, last_name="Berg-Ōe", email=f"p{NAMES.index(name)}@example.org"
        )
    return house


@pytest.fixture
def offers(house):
    for name in NAMES:
        make_service(name=name)
    return house


def bookablesites(house, path):
    status, _, body = house.clients["bookablesites"].send("GET", f"/api/v2/{path}")
    assert status == 200, body
    return body["data"]


def bookingpress(house, path):
    status, _, body = house.clients["bookingpress"].send("GET", f"/wp-json/bookingpress/v1/{path}")
    assert status == 200, body
    return body["items"]


def woocommerce(house, path):
    status, _, body = house.clients["wc_bookings"].send("GET", f"/wp-json/wc-bookings/v1/{path}")
    assert status == 200, body
    return body


CUSTOMERS = {
    "bookablesites": (
        lambda house, query: bookablesites(house, f"customers?limit=100&{query}"),
        "first_name",
        "sort_by=first_name&sort_order={way}",
        "search={text}",
    ),
    "bookingpress": (
        lambda house, query: bookingpress(house, f"customers?per_page=100&{query}"),
        "customer_firstname",
        "sort_by=customer_firstname&sort_order={way}",
        "search={text}",
    ),
}
SERVICES = {
    "bookablesites": (
        lambda house, query: bookablesites(house, f"services?limit=100&{query}"),
        "name",
        "sort_by=name&sort_order={way}",
        "search={text}",
    ),
    "bookingpress": (
        lambda house, query: bookingpress(house, f"services?per_page=100&{query}"),
        "service_name",
        "sort_by=service_name&sort_order={way}",
        "search={text}",
    ),
    "wc_bookings": (
        lambda house, query: woocommerce(house, f"products?per_page=100&{query}"),
        "name",
        "orderby=title&order={way}",
        "search={text}",
    ),
}


def check(house, lists):
    ask, field, order, search = lists
    assert [one[field] for one in ask(house, order.format(way="asc"))] == SORTED
    assert [one[field] for one in ask(house, order.format(way="desc"))] == SORTED[::-1]
    for text, names in SEARCHES.items():
        found = [one[field] for one in ask(house, f"{order.format(way='asc')}&{search.format(text=quote(text))}")]
        assert found == names, text


@pytest.mark.parametrize("dialect", CUSTOMERS)
def test_customers(people, dialect):
    check(people, CUSTOMERS[dialect])


@pytest.mark.parametrize("dialect", SERVICES)
def test_services(offers, dialect):
    check(offers, SERVICES[dialect])


@pytest.mark.parametrize("dialect", CUSTOMERS)
@pytest.mark.parametrize("text", ["anna berg", "ANNA BERG-O", "Ánna Bérg"])
def test_a_full_name_is_found(people, dialect, text):
    ask, field, _, search = CUSTOMERS[dialect]
    assert [one[field] for one in ask(people, search.format(text=quote(text)))] == ["anna"]


def test_a_changed_name_sorts_anew(people):
    zoe = records.customers.find(first_name="zoe")
    records.customers.update(zoe.id, now=NOW, first_name="Ánd")
    ask, field, order, _ = CUSTOMERS["bookablesites"]
    assert next(one[field] for one in ask(people, order.format(way="asc"))) == "Ánd"


def test_long_texts_are_searched_without_accents(house):
    make_service(name="Room", description="Menu dégustation")
    assert len(bookablesites(house, "services?search=DEGUSTATION")) == 1
    assert len(woocommerce(house, "products?search=degustation")) == 1
