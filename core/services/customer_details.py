"""What operators see of a customer, and how they change one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.db import writing
from core.domain.records import Booking, Customer, GiftCardSold, Order, PackagePurchase, Page, Payment
from core.errors import Duplicate, Invalid
from core.services import balances, bookings, catalog
from core.services.repository import (
    customers,
    gift_cards_sold,
    orders,
    package_purchases,
    packages,
    payments,
)

#: The most entries of each kind that are shown.
MAX_ENTRIES = 20
#: The longest value of each field.
LENGTHS = {"first_name": 255, "last_name": 255, "email": 255, "phone": 63, "note": 10_000}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetails:
    """What belongs to a customer, newest first, at most ``MAX_ENTRIES`` of each kind.

    Attributes:
        packages: Purchases, each with the package's name and what is left of it by service id.
        gift_cards: Cards, each with its balance.
    """

    bookings: Page[Booking]
    orders: Sequence[Order]
    payments: Sequence[Payment]
    packages: Sequence[tuple[PackagePurchase, str, dict[int, int]]]
    gift_cards: Sequence[tuple[GiftCardSold, Decimal]]


def details_of(customer: Customer, *, offset: int = 0) -> CustomerDetails:
    """Everything that belongs to a customer; ``offset`` skips that many bookings."""
    own = [("customer_id", "=", customer.id)]
    purchases = package_purchases.page(own, limit=MAX_ENTRIES, count=False).items
    names = packages.get_many(purchase.package_id for purchase in purchases)
    cards = gift_cards_sold.page(own, limit=MAX_ENTRIES, count=False).items
    return CustomerDetails(
        bookings=bookings.page(own, order=(("start", "desc"),), limit=MAX_ENTRIES, offset=offset),
        orders=orders.page(own, limit=MAX_ENTRIES, count=False).items,
        payments=payments.page(own, limit=MAX_ENTRIES, count=False).items,
        packages=[
            (
                purchase,
                names[purchase.package_id].name if purchase.package_id in names else "",
                _left(purchase),
            )
            for purchase in purchases
        ],
        gift_cards=[(card, balances.gift_card_balance(card)) for card in cards],
    )


def _left(purchase: PackagePurchase) -> dict[int, int]:
    service_ids = {entry["service_id"] for entry in purchase.services if "service_id" in entry}
    return {
        service_id: left
        for service_id in sorted(service_ids)
        if (left := balances.package_remaining(purchase, service_id)) is not None
    }


def edit(
    id: int,
    *,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    note: str,
    expected_version: int,
    now: datetime,
) -> Customer:
    """Change a customer; bookings keep the name that they were made with.

    Raises:
        NotFound: There is no such customer.
        StaleVersion: Somebody else has changed it.
        Duplicate: Another customer has this e-mail address.
        Invalid: A value is too long, no address, or nothing is left to know the customer by.
    """
    values = {"first_name": first_name, "last_name": last_name, "email": email, "phone": phone, "note": note}
    for name, text in values.items():
        if len(text) > LENGTHS[name]:
            raise Invalid(field=name, reason="range", limit=LENGTHS[name])
    if email and not _EMAIL.fullmatch(email):
        raise Invalid(field="email", reason="email", value=email[:40])
    if not (first_name or last_name or email or phone):
        raise Invalid(field="first_name", reason="missing")
    with writing():
        before = customers.get(id)
        if email and email.casefold() != before.email.casefold():
            catalog.lock_email(email)
            others = [other for other in customers.list_all([("email", "=", email)]) if other.id != id]
            if others:
                raise Duplicate(kind="customer", field="e-mail address", value=email, id=others[0].id)
        return customers.update(
            id,
            now=now,
            expected_version=expected_version,
            first_name=first_name,
            last_name=last_name,
            email=email,
            phone=phone,
            note=note,
        )
