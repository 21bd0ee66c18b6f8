"""Names sort and are searched as people and the vendors' MySQL do it: case and accents do not count."""

from urllib.parse import quote

import pytest

from core.services import repository
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
def people(venue):
    for name in NAMES:
        repository.customers.create(
            now=NOW, first_name=name, last_name="Berg-Ōe", email=f"p{NAMES.index(name)}@example.org"
        )
    return venue


@pytest.fixture
def offers(venue):
    for name in NAMES:
        make_service(name=name)
    return venue


def listed(venue, dialect, path):
    status, _, body = venue.clients[dialect].send("GET", path)
    assert status == 200, body
    return body if isinstance(body, list) else body.get("data", body.get("items"))


#: By dialect: the list, whole; the field of the name; and what sorts by it.
CUSTOMERS = {
    "bookablesites": ("/api/v2/customers?limit=100", "first_name", "sort_by=first_name&sort_order={way}"),
    "bookingpress": (
        "/wp-json/bookingpress/v1/customers?per_page=100",
        "customer_firstname",
        "sort_by=customer_firstname&sort_order={way}",
    ),
}
SERVICES = {
    "bookablesites": ("/api/v2/services?limit=100", "name", "sort_by=name&sort_order={way}"),
    "bookingpress": (
        "/wp-json/bookingpress/v1/services?per_page=100",
        "service_name",
        "sort_by=service_name&sort_order={way}",
    ),
    "wc_bookings": ("/wp-json/wc-bookings/v1/products?per_page=100", "name", "orderby=title&order={way}"),
}


def names(venue, dialect, lists, way, text=None):
    path, field, order = lists[dialect]
    search = "" if text is None else f"&search={quote(text)}"
    return [one[field] for one in listed(venue, dialect, f"{path}&{order.format(way=way)}{search}")]


def check(venue, dialect, lists):
    assert names(venue, dialect, lists, "asc") == SORTED
    assert names(venue, dialect, lists, "desc") == SORTED[::-1]
    for text, found in SEARCHES.items():
        assert names(venue, dialect, lists, "asc", text) == found, text


@pytest.mark.parametrize("dialect", CUSTOMERS)
def test_customers(people, dialect):
    check(people, dialect, CUSTOMERS)


@pytest.mark.parametrize("dialect", SERVICES)
def test_services(offers, dialect):
    check(offers, dialect, SERVICES)


@pytest.mark.parametrize("dialect", CUSTOMERS)
@pytest.mark.parametrize("text", ["anna berg", "ANNA BERG-O", "Ánna Bérg"])
def test_a_full_name_is_found(people, dialect, text):
    assert names(people, dialect, CUSTOMERS, "asc", text) == ["anna"]


def test_a_changed_name_sorts_anew(people):
    zoe = repository.customers.find(first_name="zoe")
    repository.customers.update(zoe.id, now=NOW, first_name="Ánd")
    assert names(people, "bookablesites", CUSTOMERS, "asc")[0] == "Ánd"


def test_long_texts_are_searched_without_accents(venue):
    make_service(name="Room", description="Menu dégustation")
    assert len(listed(venue, "bookablesites", "/api/v2/services?search=DEGUSTATION")) == 1
    assert len(listed(venue, "wc_bookings", "/wp-json/wc-bookings/v1/products?search=degustation")) == 1
