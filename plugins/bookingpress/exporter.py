"""Writes what ``importer.load`` takes back: everything of this dialect, under the names of its write parameters."""

from collections.abc import Container
from datetime import datetime
from typing import Any

import msgspec

from core.domain.records import Booking, Payment
from core.domain.site import Site
from core.domain.zones import zone
from core.ledger_fields import ledger_fields
from core.services import balances, catalog, export_ownership
from core.services import site as site_service
from core.services.repository import (
    categories,
    coupons,
    customers,
    extras,
    gift_cards,
    gift_cards_sold,
    locations,
    package_purchases,
    packages,
    payments,
    resources,
)
from plugins.bookingpress.document import KEYS
from plugins.bookingpress.shapes import SITE
from plugins.bookingpress.translate.appointments import (
    CODES,
    PAYMENT_CODES,
    STATUS,
    amounts,
    booking_number,
)
from plugins.bookingpress.translate.coupons import to_coupon
from plugins.bookingpress.translate.services import service_settings, to_extra
from plugins.bookingpress.translate.values import NAME, clock, last_day, number, stamp, stored_extras


def dump(*, now: datetime, site: Site) -> dict[str, Any]:
    """Everything of this dialect as a document that ``load`` takes back."""
    where = zone(site.timezone)
    kept = site_service.extras(NAME)
    owned = export_ownership.exported_services(NAME)
    numbers = {service.id for service in owned}
    booked = export_ownership.exported_bookings(NAME, owned)
    bought = [one for one in package_purchases.list_all() if one.origin == NAME]
    sold = [card for card in gift_cards_sold.list_all() if card.origin == NAME]
    people = {one.customer_id for one in (*booked, *bought, *sold)}
    # Whoever and wherever a booking names is part of the document, also when nothing is offered there any more.
    staffed = {booking.resource_id for booking in booked}
    placed = {booking.location_id for booking in booked}
    filed = catalog.service_categories(numbers)
    used = {number for listed in filed.values() for number in listed}
    document: dict[str, Any] = {name: kept[name] for name in SITE if name in kept}
    document["categories"] = [
        {
            "id": category.id,
            "service_category_name": category.name,
            "category_position": category.position,
        }
        for category in categories.list_all()
        if category.origin == NAME or category.id in used
    ]
    mine = {entry["id"] for entry in document["categories"]}
    document["services"] = [_service(service, [n for n in filed[service.id] if n in mine]) for service in owned]
    document["staffmembers"] = [
        entry
        for member in resources.list_all()
        if (stored_extras(member) or member.id in staffed) and (entry := _member(member, numbers, member.id in staffed))
    ]
    staff = {entry["id"] for entry in document["staffmembers"]}
    document["locations"] = [
        _location(place, numbers, staff) for place in locations.list_all() if stored_extras(place) or place.id in placed
    ]
    document["customers"] = [
        _customer(customer, where)
        for customer in customers.list_all()
        if stored_extras(customer) or customer.id in people
    ]
    document["coupons"] = [_coupon(coupon) for coupon in coupons.list_all() if coupon.origin == NAME]
    document["packages"] = [_package(package) for package in packages.list_all() if package.origin == NAME]
    document["package_bookings"] = [_purchase(one) for one in bought]
    document["gift_cards"] = [_gift_card(card) for card in gift_cards.list_all() if card.origin == NAME]
    document["sold_gift_cards"] = [_sold(card) for card in sold]
    logs: dict[int, Payment] = {}
    for start in range(0, len(booked), 500):
        part = [booking.id for booking in booked[start : start + 500]]
        logs |= {payment.booking_id: payment for payment in payments.list_all([("booking_id", "in", part)])}
    known_extras = extras.get_many(number_ for booking in booked for number_, _ in booking.extras_chosen)
    document["appointments"] = [
        _appointment(booking, logs.get(booking.id), where, set(known_extras)) for booking in booked
    ]
    return document


def _service(service: Any, filed: list[int]) -> dict[str, Any]:
    given = service_settings(service)
    shown = {name: given[name] for name in given if name in KEYS["services"]}
    return {
        "id": service.id,
        "service_name": service.name,
        "service_price": number(service.price),
        "service_category": filed[0] if filed else 0,
        "service_description": service.description,
        "show_service_on_site": service.status == "publish",
        "service_position": service.position,
        **shown,
        "extra_services": [
            to_extra(extra)
            for extra in extras.list_all([("service_id", "=", service.id)], order=(("position", "asc"), ("id", "asc")))
        ],
    }


def _member(member: Any, numbers: set[int], named: bool) -> dict[str, Any] | None:
    kept = stored_extras(member)
    assigned = []
    for link in catalog.resource_links(resource_ids=[member.id]):
        if link.service_id in numbers:
            entry: dict[str, Any] = {"assign_service_id": link.service_id}
            if link.price is not None:
                entry["assign_service_price"] = number(link.price)
            if (link.extras.get(NAME) or {}).get("capacity"):
                entry["assign_service_capacity"] = link.extras[NAME]["capacity"]
            if link.min_capacity:
                entry["assign_service_min_capacity"] = link.min_capacity
            assigned.append(entry)
    if not assigned and not named:
        return None
    found: dict[str, Any] = {
        "id": member.id,
        "firstname": member.first_name or member.name,
        "lastname": member.last_name,
        "email": member.email,
        "phone": member.phone,
        "note": member.description,
        "status": kept.get("status", 1),
        "visibility": kept.get("visibility", "public"),
        "staffmember_position": member.position,
        **({"assigned_service_list": assigned} if assigned else {}),
        "daysoff": kept.get("daysoff") or [],
        "special_days": kept.get("special_days") or [],
        "staff_member_phone_country": kept.get("country_phone", ""),
        "staff_member_dial_code": kept.get("dial_code", ""),
        "avatar_name": kept.get("avatar_name", ""),
        "avatar_url": kept.get("avatar_url", ""),
        "wp_user": kept.get("wp_user", ""),
    }
    if kept.get("workhours") is not None:
        found["workhours"] = kept["workhours"]
    return found


def _location(place: Any, numbers: set[int], staff: set[int]) -> dict[str, Any]:
    kept = stored_extras(place)
    listed = [
        {
            **entry,
            "staffmembers": [one for one in entry.get("staffmembers") or () if one["staffmember_id"] in staff],
        }
        for entry in kept.get("services") or ()
        if entry["service_id"] in numbers
    ]
    return {
        "id": place.id,
        "location_name": place.name,
        "location_phone_number": place.phone,
        "location_phone_country": kept.get("phone_country", ""),
        "location_address": place.address,
        "location_description": place.description,
        "location_img_name": kept.get("img_name", ""),
        "location_img_url": kept.get("img_url", ""),
        "location_position": place.position,
        "services": listed,
        "workhours": kept.get("workhours") or [],
        "special_days": kept.get("special_days") or [],
    }


def _customer(customer: Any, where: Any) -> dict[str, Any]:
    kept = stored_extras(customer)
    return {
        "id": customer.id,
        "firstname": customer.first_name,
        "lastname": customer.last_name,
        "email": customer.email,
        "phone": customer.phone,
        "customer_phone_country": kept.get("phone_country", ""),
        "customer_phone_dial_code": kept.get("dial_code", ""),
        "note": customer.note,
        "username": customer.username or customer.first_name or customer.email or f"customer-{customer.id}",
        "wp_user": str(kept.get("wpuser_id") or ""),
        "avatar_name": kept.get("avatar_name", ""),
        "avatar_url": kept.get("avatar_url", ""),
        "customer_created": stamp(customer.created_at.astimezone(where)),
    }


def _coupon(coupon: Any) -> dict[str, Any]:
    shown = msgspec.structs.asdict(to_coupon(coupon, used=balances.count_uses_of_coupon(coupon), symbol=""))
    return {"id": coupon.id, **{name: value for name, value in shown.items() if name in KEYS["coupons"]}}


def _package(package: Any) -> dict[str, Any]:
    return {
        "id": package.id,
        "package_name": package.name,
        "package_price": number(package.price),
        "package_duration_val": package.valid_for,
        "package_duration_unit": package.valid_unit,
        "package_purchase_limit": package.purchase_limit,
        "package_description": package.description,
        "package_images": stored_extras(package).get("images") or [],
        "package_services": [
            {"service_id": item["service_id"], "bookingpress_no_of_appointments": item["count"]}
            for item in package.services
        ],
        "package_status": package.status == "active",
        "package_position": package.position,
    }


def _purchase(purchase: Any) -> dict[str, Any]:
    """A bought package with the appointments that are left in it."""
    return {
        "id": purchase.id,
        "package_no": purchase.number,
        "package_id": purchase.package_id,
        "customer_id": purchase.customer_id,
        "purchase_date": purchase.purchased_on,
        "expiry_date": purchase.expires_on,
        "paid_amount": number(purchase.paid),
        "package_services": [
            {
                "service_id": item["service_id"],
                "bookingpress_no_of_appointments": balances.package_remaining(purchase, item["service_id"]) or 0,
            }
            for item in purchase.services
        ],
    }


def _gift_card(card: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": card.id,
        "gift_card_title": card.title,
        "gift_card_amount": number(card.price),
        "gift_card_value": number(card.value),
        "gift_card_expiry_type": card.expiry,
        "gift_card_services": list(card.services),
        "gift_card_staffmembers": list(card.resources),
        "gift_card_status": card.status == "active",
    }
    if card.expiry != "never":
        found["gift_card_expiration_duration_val"] = card.valid_for
        found["gift_card_expiration_duration_unit"] = card.valid_unit
    return found


def _sold(card: Any) -> dict[str, Any]:
    """A sold card with what is left on it."""
    return {
        "id": card.id,
        "gift_card_code": card.code,
        "gift_card_id": card.gift_card_id,
        "customer_id": card.customer_id,
        "paid_amount": number(card.paid),
        "gift_card_balance": number(balances.gift_card_balance(card)),
        "expiry_date": card.expires_on,
        "gift_card_services": list(card.services),
        "gift_card_staffmembers": list(card.resources),
    }


def _appointment(booking: Booking, payment: Payment | None, where: Any, known_extras: Container[int]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": booking.id,
        "booking_id": booking_number(booking),
        "service_id": booking.service_id,
        "staffmember_id": booking.resource_id,
        "location_id": booking.location_id,
        "customer_id": booking.customer_id,
        "appointment_date": booking.wall_start.date().isoformat(),
        "appointment_start_time": clock(booking.wall_start.hour * 60 + booking.wall_start.minute),
        "appointment_end_date": last_day(booking.wall_end, all_day=booking.all_day).isoformat(),
        "appointment_end_time": clock(booking.wall_end.hour * 60 + booking.wall_end.minute),
        "appointment_status": CODES[booking.status],
        "selected_extra_members": booking.persons,
        "extras": [
            {"id": number_, "qty": count} for number_, count in booking.extras_chosen if number_ in known_extras
        ],
        "total_amount": number(booking.total),
        "coupon_code": booking.coupon_code,
        "appointment_note": booking.note,
        "created_date": stamp(booking.created_at.astimezone(where)),
        "amounts": {name: number(value) for name, value in amounts(booking).items()},
        "form_fields": stored_extras(booking).get("form_fields") or {},
        **ledger_fields(booking, NAME, STATUS[CODES[booking.status]]),
    }
    if payment:
        found["payment"] = {
            "payment_log_id": payment.id,
            "payment_gateway": payment.gateway,
            "payment_status": PAYMENT_CODES.get(payment.status, 2),
            "paid_amount": number(payment.paid),
            "due_amount": number(payment.due),
            "transaction_id": payment.transaction_id,
            "payment_date": stamp(payment.created_at.astimezone(where)),
        }
        if stored_extras(payment).get("invoice_id"):
            found["payment"]["invoice_id"] = stored_extras(payment)["invoice_id"]
    return found
