"""What a booking was bought with in one dialect is kept whichever dialect changes it."""

import pytest

from core.services import balances, bookings, doctor, orders, repository
from frontdesk.testing.built_in import stamp
from plugins.bookingpress.importer import load
from tests.contract.conftest import NOW, START, make_service

pytestmark = pytest.mark.slow

EMAIL = "mira@example.org"


def shop(venue, *, capacity=9, tax=10, price=40):
    """A service of one dialect with tax and an extra, a package of five, a gift card of fifty."""
    notices = venue.clients["bookingpress"]
    site = venue.manager.host.site
    load({"settings": {"tax_percentage": tax}}, site=site, now=NOW)
    service = made(
        notices,
        "/services",
        service_name="Yoga",
        service_duration_val=60,
        service_price=price,
        max_capacity=capacity,
        extra_services=[{"name": "Mat", "price": 5, "max_qty": 9}],
    )["service_id"]
    customer = made(notices, "/customers", firstname="Mira", lastname="Holt", email=EMAIL)["customer_id"]
    package = made(
        notices,
        "/packages",
        package_name="Five",
        package_services=[{"service_id": service, "bookingpress_no_of_appointments": 5}],
    )["package_id"]
    load(
        {
            "package_bookings": [{"package_no": "P-1", "package_id": package, "customer_id": customer}],
            "sold_gift_cards": [{"gift_card_code": "GC", "gift_card_balance": 50}],
        },
        site=site,
        now=NOW,
    )
    return service


def made(client, path, **values):
    status, _, body = client.send("POST", client.base + path, values)
    assert (status, body["variant"]) == (200, "success"), body
    return body


def book(venue, service, persons, **values):
    return made(
        venue.clients["bookingpress"],
        "/appointments",
        selected_service=service,
        selected_date=f"{START:%Y-%m-%d}",
        selected_start_time=f"{START:%H:%M}",
        customer_email=EMAIL,
        selected_payment_method="on-site",
        bookingpress_selected_bring_members=persons,
        **values,
    )["appointment_id"]


def appointment(venue, id):
    status, body = venue.clients["bookingpress"].read(id)
    assert status == 200, body
    return body


def left():
    package = repository.package_purchases.find(number="P-1")
    card = repository.gift_cards_sold.find(code="GC")
    return balances.package_remaining(package, package.services[0]["service_id"]), balances.gift_card_balance(card)


def resize(venue, name, id, persons):
    """Another number of persons, in the words of one dialect; returns the status."""
    client = venue.clients[name]
    if name == "bookablesites":
        return client.send("PATCH", f"/api/v2/bookings/{id}", {"persons": persons})[0]
    if name == "wc_bookings":
        return client.send("PUT", f"{client.base}/bookings/{id}", {"persons": persons})[0]
    return client.send("PUT", f"{client.base}/bookings/{id}", {"quantity": persons})[0]


RESIZERS = ("bookablesites", "wc_bookings", "bkap")


@pytest.mark.parametrize("name", RESIZERS)
def test_a_package_follows_the_party(venue, name):
    id = book(venue, shop(venue), 3, package_no="P-1")
    assert left() == (2, 50)

    assert resize(venue, name, id, 2) == 200
    assert (bookings.get(id).total, left()) == (0, (3, 50))
    assert resize(venue, name, id, 5) == 200
    assert (bookings.get(id).total, left()) == (0, (0, 50))
    assert 400 <= resize(venue, name, id, 6) < 500
    assert (bookings.get(id).persons, left()) == (5, (0, 50))
    shown = appointment(venue, id)
    assert (shown["total_amount"], shown["due_amount"], shown["payment_method"]) == (0, 0, " - ")
    assert doctor.examine(now=NOW).breaches == []


@pytest.mark.parametrize("name", ["bookablesites", "wc_bookings"])
def test_a_gift_card_pays_on_and_what_is_due_follows(venue, name):
    id = book(venue, shop(venue), 1, gift_card_code="GC")
    assert (bookings.get(id).total, left()) == (0, (5, 10))

    assert resize(venue, name, id, 2) == 200

    shown = appointment(venue, id)
    amounts = ("total_amount", "gift_card_amount", "tax_amount", "paid_amount", "due_amount", "payment_method")
    assert [shown[amount] for amount in amounts] == [33, 50, 3, 0, 33, "on-site"]
    payment = venue.clients["bookingpress"].send("GET", "/wp-json/bookingpress/v1/payments")[2]["items"][0]
    assert (payment["payment_numberic_amount"], payment["due_amount"], payment["payment_status"]) == (33, 33, "2")
    assert resize(venue, name, id, 1) == 200
    assert (bookings.get(id).total, left()) == (0, (5, 10))
    assert doctor.examine(now=NOW).breaches == []


def test_extras_chosen_in_another_dialect_are_priced_and_shown(venue):
    service = shop(venue)
    id = book(venue, service, 2, gift_card_code="GC")
    extra = repository.extras.list_all([("service_id", "=", service)])[0].id
    status, _, body = venue.clients["bookablesites"].send(
        "PATCH", f"/api/v2/bookings/{id}", {"extras": [{"id": extra, "quantity": 2}]}
    )
    assert (status, body["price"]["total"]) == (200, 44)
    shown = appointment(venue, id)
    assert (shown["total_amount"], shown["due_amount"]) == (44, 44)
    assert [(one["name"], one["price"], one["qty"]) for one in shown["extras"]] == [("Mat", 5, 2)]


def test_a_price_stated_in_one_dialect_is_kept_by_the_others(venue):
    service = make_service(capacity=9)
    sold = venue.clients["bkap"].book(service.id, START)
    assert resize(venue, "bookablesites", sold.id, 3) == 200
    assert bookings.get(sold.id).total == 10
    assert orders.get(bookings.get(sold.id).order_id).total == 10
    client = venue.clients["bkap"]
    assert client.send("PUT", f"{client.base}/bookings/{sold.id}", {"price": 25})[0] == 200
    assert orders.get(bookings.get(sold.id).order_id).total == 25
    assert doctor.examine(now=NOW).breaches == []


# -- orders --------------------------------------------------------------------------------------------------------


def cancel(venue, name, id):
    client = venue.clients["wc_bookings" if name == "v2" else name]
    if client.name == "wc_bookings":
        version = "v2" if name == "v2" else "v1"
        path = f"/wp-json/wc-bookings/{version}/bookings/{id}"
        return client.send("PUT", path, {"status": "cancelled"})[0]
    if name == "bkap":
        return client.send("PUT", f"{client.base}/bookings/{id}", {"status": "cancelled"})[0]
    return client.send("DELETE", f"{client.base}/bookings/{id}")[0]


@pytest.mark.parametrize("name", ["wc_bookings", "v2", "bkap", "bookablesites"])
def test_cancelling_the_only_booking_cancels_its_order_whoever_does_it(venue, name):
    service = make_service()
    client = venue.clients["wc_bookings"]
    fields = {"product_id": service.id, "start": stamp(START), "end": stamp(START.replace(hour=10))}
    status, _, body = client.send("POST", f"{client.base}/bookings", fields)
    assert (status, orders.get(body["order_id"]).status) == (201, "pending")

    assert cancel(venue, name, body["id"]) == 200
    assert orders.get(body["order_id"]).status == "cancelled"


@pytest.mark.parametrize("name", ["wc_bookings", "bkap", "bookablesites"])
def test_the_order_of_the_other_shop_stays_whoever_cancels(venue, name):
    sold = venue.clients["bkap"].book(make_service().id, START)
    assert cancel(venue, name, sold.id) == 200
    assert orders.get(sold.body["order_id"]).status == "pending"


ORDERS = {
    ("paid",): "paid",
    ("completed",): "paid",
    ("cancelled",): "cancelled",
    ("refunded",): "cancelled",
    ("failed",): "unpaid",
    ("awaiting_payment",): "unpaid",
    ("paid", "pending"): "unpaid",
    ("completed", "pending"): "unpaid",
    ("awaiting_payment", "pending"): "unpaid",
    ("cancelled", "paid"): "cancelled",
}


def test_a_booking_follows_its_order(venue):
    client = venue.clients["wc_bookings"]
    service = make_service(capacity=20)
    for order, booking in ORDERS.items():
        fields = {"product_id": service.id, "start": stamp(START), "end": stamp(START.replace(hour=10))}
        status, _, body = client.send("POST", f"{client.base}/bookings", fields)
        assert (status, body["status"]) == (201, "unpaid")
        for word in order:
            orders.set_status(body["order_id"], word, now=NOW)
        assert client.read(body["id"])[1]["status"] == booking, order
        assert orders.get(body["order_id"]).status == order[-1]
