"""Amounts have the decimals of their currency in every dialect, and texts for people are in the site's language."""

from datetime import timedelta

import pytest

from core import db
from frontdesk.testing.built_in import stamp
from frontdesk.testing.stores import open_store
from tests.contract.conftest import NOW, START, make_service, open_host
from tests.contract.test_money import made


@pytest.fixture
def build(tmp_path):
    """A venue of a site in this currency and locale."""

    def build(currency, locale="en_US"):
        return open_host(open_store("sqlite", tmp_path), site={"currency": currency, "locale": locale})

    yield build
    db.close_database()


def amounts(venue, price):
    """What three persons at this price cost, as every dialect shows it."""
    service = make_service(capacity=9, price=price)
    wc, bp, bs, bkap = (venue.clients[name] for name in ("wc_bookings", "bookingpress", "bookablesites", "bkap"))
    fields = {
        "product_id": service.id,
        "start": stamp(START),
        "end": stamp(START + timedelta(hours=1)),
    }
    _, _, body = wc.send("POST", f"{wc.base}/bookings", fields)
    shown = {"wc v1": body["cost"]}
    _, _, body = wc.send("GET", f"/wp-json/wc-bookings/v2/bookings/{body['id']}")
    shown["wc v2"] = body["cost"]
    day = (
        f"product_id={service.id}&start_date={START:%Y-%m-%d}&end_date={START:%Y-%m-%d}&start_time=09:00&end_time=10:00"
    )
    _, _, priced = bkap.send("GET", f"{bkap.base}/bookings/price?{day}")
    shown["bkap"], shown["bkap text"] = priced["total_price_calculated"], priced["bkap_price"]
    _, record = bkap.read(body["id"])
    shown["bkap cost"] = record["booking"]["cost"]
    _, record = bp.read(body["id"])
    shown["bp"], shown["bp text"] = record["total_amount"], record["appointment_payment"]
    _, record = bs.read(body["id"])
    shown["bs"] = record["price"]["total"]
    return shown


@pytest.mark.parametrize(
    ("currency", "price", "found"),
    [
        (
            "KWD",
            "84.999",
            {
                "wc v1": "84.999",
                "wc v2": "84.999",
                "bkap": "84.999",
                "bkap text": "Total: 84.999 KWD",
                "bkap cost": "84.999",
                "bp": 84.999,
                "bp text": "KWD84.999",
                "bs": 84.999,
            },
        ),
        (
            "JPY",
            "2552",
            {
                "wc v1": "2552",
                "wc v2": "2552",
                "bkap": "2552",
                "bkap text": "Total: 2,552 ¥",
                "bkap cost": "2552",
                "bp": 2552,
                "bp text": "¥2,552",
                "bs": 2552,
            },
        ),
        (
            "JPY",
            "10.5",
            {
                "wc v1": "11",
                "wc v2": "11",
                "bkap": "11",
                "bkap text": "Total: 11 ¥",
                "bkap cost": "11",
                "bp": 11,
                "bp text": "¥11",
                "bs": 11,
            },
        ),
        (
            "USD",
            "1234.5",
            {
                "wc v1": "1234.5",
                "wc v2": "1234.50",
                "bkap": "1234.50",
                "bkap text": "Total: 1,234.50 $",
                "bkap cost": "1234.5",
                "bp": 1234.5,
                "bp text": "$1,234.50",
                "bs": 1234.5,
            },
        ),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(build, currency, price, found):
    from decimal import Decimal

    assert amounts(build(currency), Decimal(price)) == found


@pytest.mark.parametrize(
    ("currency", "price", "refused"),
    [
        ("KWD", 33.335, None),
        ("KWD", 33.3355, "At most three decimals are allowed."),
        ("USD", 33.335, "At most two decimals are allowed."),
        ("JPY", 33, None),
        ("JPY", 33.5, "The currency has no decimals."),
    ],
)
def test_prices_are_taken_with_the_decimals_of_the_currency(build, currency, price, refused):
    client = build(currency).clients["bookablesites"]
    status, _, body = client.send("POST", "/api/v2/services", {"name": "Cut", "duration": 3600, "price": price})
    if refused:
        assert (status, body["errors"]) == (422, {"price": [refused]})
    else:
        assert (status, body["price"]) == (201, price)


def test_texts_for_people_are_in_the_language_of_the_site(build):
    venue = build("EUR", "de-DE")
    bp = venue.clients["bookingpress"]
    service = made(bp, "/services", service_name="Yoga", service_duration_val=60, service_price=1234.5)["service_id"]
    assert bp.send("GET", f"{bp.base}/services/{service}")[2]["service_formatted_price"] == "1.234,50 €"
    id = venue.clients["bookingpress"].book(service, START).id
    _, record = bp.read(id)
    assert record["view_appointment_date"] == "3. März 2026"
    assert record["view_appointment_time"] == "09:00"
    bkap = venue.clients["bkap"]
    price = bkap.send(
        "GET",
        f"{bkap.base}/bookings/price?product_id={service}&start_date=2026-03-04&end_date=2026-03-04&start_time=09:00",
    )[2]
    assert price["bkap_price"] == "Total: 1.234,50 €"
    wc = venue.clients["wc_bookings"]
    html = wc.send("GET", f"{wc.base}/products/{service}")[2]["price_html"]
    assert "1.234,50&nbsp;" in html


def test_what_the_site_says_of_its_money_wins_over_the_language(build):
    from plugins.bookingpress.importer import load

    venue = build("EUR", "de_DE")
    settings = {"price_symbol_position": "before", "price_separator": "comma-dot", "price_number_of_decimals": 0}
    load({"settings": settings}, site=venue.manager.host.site, now=NOW)
    bp = venue.clients["bookingpress"]
    service = made(bp, "/services", service_name="Yoga", service_duration_val=60, service_price=1234.5)["service_id"]
    assert bp.send("GET", f"{bp.base}/services/{service}")[2]["service_formatted_price"] == "€1,235"
