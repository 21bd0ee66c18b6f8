"""Exports everything of this dialect as one JSON document, which ``importer.load`` reads."""

from collections.abc import Collection, Sequence
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from frontdesk import Site, balances, catalog
from frontdesk import importing as export_ownership
from frontdesk import site as site_service
from frontdesk.importing import ledger_fields
from frontdesk.records import (
    Booking,
    Coupon,
    Customer,
    GiftCard,
    GiftCardSold,
    Location,
    Package,
    PackagePurchase,
    Payment,
    Resource,
    Service,
)
from frontdesk.repository import (
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
from frontdesk.statuses import ACTIVE
from frontdesk.times import zone
from plugins.bookingpress.import_schemas import CouponEntry, ServiceEntry
from plugins.bookingpress.translate.appointments import (
    CODES,
    PAYMENT_CODES,
    STATUS,
    amounts,
    booking_number,
)
from plugins.bookingpress.translate.balances import to_coupon
from plugins.bookingpress.translate.services import service_settings, to_extra
from plugins.bookingpress.translate.values import NAME, clock, last_day, number, stamp, stored_extras


def dump(*, now: datetime, site: Site) -> dict[str, Any]:
    """Return everything of this dialect."""
    site_zone = zone(site.timezone)
    site_extras = site_service.extras(NAME)
    services = export_ownership.exported_services(NAME)
    service_ids = {service.id for service in services}
    bookings = export_ownership.exported_bookings(NAME, services)
    purchases = [purchase for purchase in package_purchases.list_all() if purchase.origin == NAME]
    sold_cards = [card for card in gift_cards_sold.list_all() if card.origin == NAME]
    # Bookings also name staff members, locations and customers to whom this dialect has nothing to add.
    booked_staff_ids = {booking.resource_id for booking in bookings}
    booked_location_ids = {booking.location_id for booking in bookings}
    named_customer_ids = {booking.customer_id for booking in bookings}
    named_customer_ids |= {purchase.customer_id for purchase in purchases}
    named_customer_ids |= {card.customer_id for card in sold_cards}
    category_ids = catalog.service_categories(service_ids)
    category_entries = _categories({id for ids in category_ids.values() for id in ids})
    exported_category_ids = {entry["id"] for entry in category_entries}
    staff_entries = _staff_members(service_ids, booked_staff_ids)
    staff_ids = {entry["id"] for entry in staff_entries}
    return {
        **{name: site_extras[name] for name in ("settings", "workhours", "daysoff") if name in site_extras},
        "categories": category_entries,
        "services": [
            _service(service, [id for id in category_ids[service.id] if id in exported_category_ids])
            for service in services
        ],
        "staffmembers": staff_entries,
        "locations": [
            _location(location, service_ids, staff_ids)
            for location in locations.list_all()
            if stored_extras(location) or location.id in booked_location_ids
        ],
        "customers": [
            _customer(customer, site_zone)
            for customer in customers.list_all()
            if stored_extras(customer) or customer.id in named_customer_ids
        ],
        "coupons": [_coupon(coupon) for coupon in coupons.list_all() if coupon.origin == NAME],
        "packages": [_package(package) for package in packages.list_all() if package.origin == NAME],
        "package_bookings": [_package_booking(purchase) for purchase in purchases],
        "gift_cards": [_gift_card(card) for card in gift_cards.list_all() if card.origin == NAME],
        "sold_gift_cards": [_sold_gift_card(card) for card in sold_cards],
        "appointments": _appointments(bookings, site_zone),
    }


def _categories(used_ids: Collection[int]) -> list[dict[str, Any]]:
    return [
        {
            "id": category.id,
            "service_category_name": category.name,
            "category_position": category.position,
        }
        for category in categories.list_all()
        if category.origin == NAME or category.id in used_ids
    ]


def _service(service: Service, category_ids: Sequence[int]) -> dict[str, Any]:
    settings = service_settings(service)
    service_extras = extras.list_all([("service_id", "=", service.id)], order=(("position", "asc"), ("id", "asc")))
    return {
        "id": service.id,
        "service_name": service.name,
        "service_price": number(service.price),
        "service_category": category_ids[0] if category_ids else 0,
        "service_description": service.description,
        "show_service_on_site": service.status == ACTIVE,
        "service_position": service.position,
        **{name: value for name, value in settings.items() if name in ServiceEntry.__struct_fields__},
        "extra_services": [to_extra(extra) for extra in service_extras],
    }


def _staff_members(service_ids: Collection[int], booked_ids: Collection[int]) -> list[dict[str, Any]]:
    """Return the staff members who give one of these services, or whom a booking names."""
    entries = []
    for member in resources.list_all():
        if stored_extras(member) or member.id in booked_ids:
            assignments = _assignments(member.id, service_ids)
            if assignments or member.id in booked_ids:
                entries.append(_staff_member(member, assignments))
    return entries


def _assignments(member_id: int, service_ids: Collection[int]) -> list[dict[str, Any]]:
    assignments = []
    for link in catalog.resource_links(resource_ids=[member_id]):
        if link.service_id not in service_ids:
            continue
        entry: dict[str, Any] = {"assign_service_id": link.service_id}
        if link.price is not None:
            entry["assign_service_price"] = number(link.price)
        if (link.extras.get(NAME) or {}).get("capacity"):
            entry["assign_service_capacity"] = link.extras[NAME]["capacity"]
        if link.min_capacity:
            entry["assign_service_min_capacity"] = link.min_capacity
        assignments.append(entry)
    return assignments


def _staff_member(member: Resource, assignments: list[dict[str, Any]]) -> dict[str, Any]:
    settings = stored_extras(member)
    entry: dict[str, Any] = {
        "id": member.id,
        "firstname": member.first_name or member.name,
        "lastname": member.last_name,
        "email": member.email,
        "phone": member.phone,
        "note": member.description,
        "status": settings.get("status", 1),
        "visibility": settings.get("visibility", "public"),
        "staffmember_position": member.position,
        **({"assigned_service_list": assignments} if assignments else {}),
        "daysoff": settings.get("daysoff") or [],
        "special_days": settings.get("special_days") or [],
        "staff_member_phone_country": settings.get("country_phone", ""),
        "staff_member_dial_code": settings.get("dial_code", ""),
        "avatar_name": settings.get("avatar_name", ""),
        "avatar_url": settings.get("avatar_url", ""),
        "wp_user": settings.get("wp_user", ""),
    }
    if settings.get("workhours") is not None:
        entry["workhours"] = settings["workhours"]
    return entry


def _location(location: Location, service_ids: Collection[int], staff_ids: Collection[int]) -> dict[str, Any]:
    settings = stored_extras(location)
    location_services = [
        {
            **entry,
            "staffmembers": [
                member for member in entry.get("staffmembers") or () if member["staffmember_id"] in staff_ids
            ],
        }
        for entry in settings.get("services") or ()
        if entry["service_id"] in service_ids
    ]
    return {
        "id": location.id,
        "location_name": location.name,
        "location_phone_number": location.phone,
        "location_phone_country": settings.get("phone_country", ""),
        "location_address": location.address,
        "location_description": location.description,
        "location_img_name": settings.get("img_name", ""),
        "location_img_url": settings.get("img_url", ""),
        "location_position": location.position,
        "services": location_services,
        "workhours": settings.get("workhours") or [],
        "special_days": settings.get("special_days") or [],
    }


def _customer(customer: Customer, site_zone: tzinfo) -> dict[str, Any]:
    details = stored_extras(customer)
    return {
        "id": customer.id,
        "firstname": customer.first_name,
        "lastname": customer.last_name,
        "email": customer.email,
        "phone": customer.phone,
        "customer_phone_country": details.get("phone_country", ""),
        "customer_phone_dial_code": details.get("dial_code", ""),
        "note": customer.note,
        "username": customer.username or customer.first_name or customer.email or f"customer-{customer.id}",
        "wp_user": str(details.get("wpuser_id") or ""),
        "avatar_name": details.get("avatar_name", ""),
        "avatar_url": details.get("avatar_url", ""),
        "customer_created": stamp(customer.created_at.astimezone(site_zone)),
    }


def _coupon(coupon: Coupon) -> dict[str, Any]:
    record = msgspec.structs.asdict(to_coupon(coupon, used=balances.count_uses_of_coupon(coupon), symbol=""))
    return {"id": coupon.id, **{name: value for name, value in record.items() if name in CouponEntry.__struct_fields__}}


def _package(package: Package) -> dict[str, Any]:
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


def _package_booking(purchase: PackagePurchase) -> dict[str, Any]:
    """Return a bought package with the appointments that are left in it."""
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


def _gift_card(card: GiftCard) -> dict[str, Any]:
    entry: dict[str, Any] = {
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
        entry["gift_card_expiration_duration_val"] = card.valid_for
        entry["gift_card_expiration_duration_unit"] = card.valid_unit
    return entry


def _sold_gift_card(card: GiftCardSold) -> dict[str, Any]:
    """Return a sold card with the balance that is left on it."""
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


def _appointments(bookings: Sequence[Booking], site_zone: tzinfo) -> list[dict[str, Any]]:
    payments_by_booking: dict[int, Payment] = {}
    for start in range(0, len(bookings), 500):
        booking_ids = [booking.id for booking in bookings[start : start + 500]]
        payments_by_booking |= {row.booking_id: row for row in payments.list_all([("booking_id", "in", booking_ids)])}
    existing_extras = extras.get_many(extra_id for booking in bookings for extra_id, _ in booking.extras_chosen)
    return [
        _appointment(booking, payments_by_booking.get(booking.id), site_zone, existing_extras) for booking in bookings
    ]


def _appointment(
    booking: Booking, payment: Payment | None, site_zone: tzinfo, existing_extras: Collection[int]
) -> dict[str, Any]:
    return {
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
            {"id": extra_id, "qty": quantity}
            for extra_id, quantity in booking.extras_chosen
            if extra_id in existing_extras
        ],
        "total_amount": number(booking.total),
        "coupon_code": booking.coupon_code,
        "appointment_note": booking.note,
        "created_date": stamp(booking.created_at.astimezone(site_zone)),
        "amounts": {name: number(amount) for name, amount in amounts(booking).items()},
        "form_fields": stored_extras(booking).get("form_fields") or {},
        **ledger_fields(booking, NAME, STATUS[CODES[booking.status]]),
        **({"payment": _payment(payment, site_zone)} if payment else {}),
    }


def _payment(payment: Payment, site_zone: tzinfo) -> dict[str, Any]:
    entry = {
        "payment_log_id": payment.id,
        "payment_gateway": payment.gateway,
        "payment_status": PAYMENT_CODES.get(payment.status, 2),
        "paid_amount": number(payment.paid),
        "due_amount": number(payment.due),
        "transaction_id": payment.transaction_id,
        "payment_date": stamp(payment.created_at.astimezone(site_zone)),
    }
    invoice_id = stored_extras(payment).get("invoice_id")
    return {**entry, "invoice_id": invoice_id} if invoice_id else entry
