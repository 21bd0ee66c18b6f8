"""Booking an appointment: everything the vendor checks, in the vendor's order (fact sheet, section 6.1)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

from core.db import writing
from core.domain.records import Booking, Customer, Payment, Service
from core.domain.requests import BookingRequest
from core.errors import BalanceRefused, DomainError, Invalid, NotAvailable
from core.services import bookings, catalog
from core.services.repository import customers, extras, locations, payments, resources, services
from core.wordpress import php
from plugins.bookingpress.errors import NO_SERVICE, NOT_OFFERED, TAKEN, Refused, refusal
from plugins.bookingpress.resources import compiling
from plugins.bookingpress.resources.base import Params, Shop
from plugins.bookingpress.resources.customers import create_customer, read_email, too_long
from plugins.bookingpress.translate.bookings import (
    ON_SITE,
    STATUS,
    chosen_extra,
    first_payment,
    first_status,
    to_booked,
)
from plugins.bookingpress.translate.catalog import is_own, own, service_settings
from plugins.bookingpress.translate.prices import checkout, has_free_override
from plugins.bookingpress.translate.schedule import is_day_off
from plugins.bookingpress.translate.values import NAME, stay_end, to_date, to_minute

NO_DATE = "Please select appointment date to proceed with the booking."
NO_TIME = "Please select a time slot to proceed with the booking."
NO_PAYMENT = "Please select a payment method to proceed with the booking."
DAY_OFF = "Selected date is off day. So please select new date."
NOT_PROCESSED = "Sorry! Appointment could not be processed"
NO_LOCATION = "Please select a location to proceed with the booking."
#: The customer's words in a booking and in ``/customers``.
_CUSTOMER = {
    "customer_firstname": "firstname",
    "customer_lastname": "lastname",
    "customer_email": "email",
    "customer_phone": "phone",
    "customer_phone_country": "customer_phone_country",
    "customer_phone_dial_code": "customer_phone_dial_code",
    "customer_username": "username",
}
_MOST = 1_000_000
#: What ``read_extras`` reads.
EXTRAS = dict.fromkeys(
    ("bookingpress_selected_extra_details", "extras"), ([{"id": int, "qty": int, "quantity": int}], dict)
)
#: What ``book`` reads.
BODY = {
    "appointment_data": dict,
    **dict.fromkeys(("selected_service", "service_id"), int),
    **dict.fromkeys(("selected_date", "appointment_date"), date),
    **dict.fromkeys(("selected_start_time", "appointment_time"), str),
    "selected_end_date": date,
    "selected_end_time": str,
    **dict.fromkeys(("bookingpress_selected_bring_members", "selected_extra_members"), int),
    **EXTRAS,
    **dict.fromkeys(("selected_staff_member_id", "staffmember_id"), int),
    **dict.fromkeys(("selected_location", "location_id"), int),
    "customer_id": int,
    "customer_name": str,
    **dict.fromkeys(_CUSTOMER, str),
    "form_fields": dict,
    "appointment_note": str,
    "appointment_status": Literal[1, 2],
    "send_notification": bool,
    "selected_payment_method": str,
    "service_price_without_currency": Decimal,
    "coupon_code": str,
    "package_no": str,
    "gift_card_code": str,
    "use_deposit": bool,
}


def book(given: Params, shop: Shop) -> Any:
    """Make the appointment, its payment log and, when new, its customer; all or nothing."""
    nested = given.decoded("appointment_data")
    if isinstance(nested, Mapping):
        given = Params({**given.values, **nested})
    return _Booking(given, shop).make()


class _Booking:
    """One caller's wish, read and checked step by step."""

    def __init__(self, given: Params, shop: Shop) -> None:
        self.given = given
        self.shop = shop
        self.settings = shop.settings
        self.method = given.text("selected_payment_method", longest=40)

    def make(self) -> Any:
        given = self.given
        self._required_fields()
        service = self._service()
        request = self._request(service)
        self._check_payable(request)
        too_long(
            given,
            ("customer_name", "Fullname"),
            ("customer_firstname", "Firstname"),
            ("customer_lastname", "Lastname"),
            ("customer_email", "Email address"),
        )
        try:
            with writing():
                customer = self._customer()
                request = replace(
                    request,
                    customer_id=customer.id,
                    metadata={**request.metadata, "dial_code": own(customer).get("dial_code", "")},
                )
                booking = self._store(service, request)
                self._check_gateway(booking.total)
                self._check_size(service, booking)
                self._check_stated(booking.total)
                return to_booked(*self._settle(booking, request))
        except NotAvailable as error:
            raise self._in_order(error, service, request) from None
        except BalanceRefused:
            self._check_gateway(None)
            raise

    # -- reading ------------------------------------------------------------------------------------------------

    def _required_fields(self) -> None:
        fields = self.given.decoded("form_fields")
        known = fields if isinstance(fields, Mapping) else {}
        wanted = self.settings.required_form_fields
        missing = [text for name, text in wanted.items() if not (known.get(name) or self.given.raw(name))]
        if missing:
            raise Refused(msg=" ".join(missing))

    def _service(self) -> Service:
        number = self.given.id("selected_service", "service_id")
        service = services.get_many([number]).get(number)
        if service is None or service.status == "trashed":
            raise Refused(msg=NO_SERVICE)
        return service

    def _request(self, service: Service) -> BookingRequest:
        given = self.given
        long = service.plan.unit in ("day", "night", "month")
        day = self._day()
        start = self._start(day, service, long)
        persons = given.whole("bookingpress_selected_bring_members", "selected_extra_members", default=1) or 1
        if not 1 <= persons <= _MOST:
            raise Refused(msg=TAKEN, status=409)
        chosen = read_extras(given)
        place = given.id("selected_location", "location_id")
        if place and not locations.get_many([place]):
            raise Refused(msg="Location not found", status=404)
        if service.locations and not place:
            raise Refused(msg=NO_LOCATION)
        if service.locations and place not in service.locations:
            raise Refused(msg=NOT_OFFERED)
        staff = given.id("selected_staff_member_id", "staffmember_id")
        if staff and not resources.get_many([staff]):
            raise Refused(msg="Staff member not found", status=404)
        if staff and not is_assigned(service, staff):
            raise Refused(msg=NOT_OFFERED)
        fields = given.decoded("form_fields")
        metadata: dict[str, Any] = {"send_notification": given.flag("send_notification", default=True)}
        if isinstance(fields, Mapping):
            metadata["form_fields"] = dict(fields)
        if chosen:
            metadata["extras"] = kept_extras(chosen)
        steps = ()
        if not is_own(service):
            steps = tuple(checkout(service_settings(service), tax_percentage=self.settings.tax_percentage))
        return BookingRequest(
            service_id=service.id,
            wall_start=start,
            wall_end=self._end(service, day, start, chosen, long),
            origin=NAME,
            resource_id=staff,
            # Where another dialect leaves the choice to the customer, the first that fits is taken.
            any_resource=True,
            location_id=place,
            persons=persons,
            extras=chosen,
            coupon_code=given.text("coupon_code", longest=255),
            package_number=given.text("package_no", longest=40),
            gift_card_code=given.text("gift_card_code", longest=64),
            payment=self.method,
            use_deposit=given.flag("use_deposit", default=False),
            checkout=steps,
            note=given.html("appointment_note"),
            metadata=metadata,
        )

    def _day(self) -> date:
        value = self.given.raw("selected_date", "appointment_date")
        try:
            return to_date(value, "selected_date")
        except Invalid:
            raise Refused(msg=NO_DATE) from None

    def _start(self, day: date, service: Service, long: bool) -> datetime:
        value = self.given.raw("selected_start_time", "appointment_time")
        if long:
            # Days and nights begin when they begin, whatever time is named.
            return datetime.combine(day, time()) + timedelta(minutes=service.plan.check_in_minute)
        try:
            minute = to_minute(value, "selected_start_time")
        except Invalid:
            raise Refused(msg=NO_TIME) from None
        return datetime.combine(day, time()) + timedelta(minutes=minute)

    def _end(
        self, service: Service, day: date, start: datetime, chosen: tuple[tuple[int, int], ...], long: bool
    ) -> datetime | None:
        """The end the caller names; None where it says no more than the slot does."""
        last = self.given.day("selected_end_date")
        if long:
            return stay_end(date.fromisoformat(last), service.plan.check_out_minute) if last else None
        value = self.given.raw("selected_end_time")
        if value in (None, ""):
            return None
        try:
            minute = to_minute(value, "selected_end_time", end=True)
        except Invalid:
            raise Refused(msg=NO_TIME) from None
        end = datetime.combine(date.fromisoformat(last) if last else day, time()) + timedelta(minutes=minute)
        if end <= start and not last:
            end += timedelta(days=1)
        plan = service.plan
        if chosen and plan.grid.starts != "fixed" and plan.min_blocks == plan.max_blocks:
            # A slot's own end is understood too; the extras then lengthen the appointment past it.
            length = plan.length * plan.min_blocks * (60 if plan.unit == "hour" else 1)
            if end - start == timedelta(minutes=length):
                return None
        return end

    def _status(self, total: Decimal) -> str:
        asked = self.given.whole("appointment_status")
        if self.given.raw("appointment_status") not in (None, "") and asked not in (1, 2):
            raise Invalid(field="appointment_status", reason="choice", value=asked)
        return STATUS[asked or first_status(total, self.method, self.settings)]

    # -- checking -----------------------------------------------------------------------------------------------

    def _check_payable(self, request: BookingRequest) -> None:
        if self.method:
            return
        plain = replace(request, coupon_code="", package_number="", gift_card_code="")
        for asked in (request, plain):
            try:
                quoted, _ = bookings.quote(asked, now=self.shop.now, check=False)
            except BalanceRefused:
                continue
            except NotAvailable:
                return
            if quoted.total > 0:
                raise Refused(msg=NO_PAYMENT)
            return

    def _check_gateway(self, total: Decimal | None) -> None:
        """Refuse a gateway that is switched off; ``total`` None: not known yet."""
        if total is not None and total <= 0:
            return
        settings, method = self.settings, self.method
        if method == ON_SITE and not settings.on_site_payment:
            raise Refused(msg="On site payment gateway is not active.")
        if method == "paypal" and not settings.paypal_payment:
            raise Refused(msg="PayPal payment gateway is not active.")
        if method == "paypal" and total is not None and total < Decimal("0.1"):
            raise Refused(msg="Paypal supports minimum amount 0.1")
        if method not in ("", ON_SITE, "paypal", *settings.payment_gateways):
            raise Refused(msg=f"{method.title()} payment gateway is not active.")
        if not method and total is not None:
            raise Refused(msg=NO_PAYMENT)

    def _check_size(self, service: Service, booking: Booking) -> None:
        """The smallest party of the location, the staff member or the service, first that is set."""
        least = smallest_party(service, booking.resource_id, booking.location_id)
        if least and booking.persons < least:
            raise Refused(msg=f"Minimum {least} persons are required for this service")

    def _check_stated(self, total: Decimal) -> None:
        if self.given.raw("service_price_without_currency") in (None, ""):
            return
        if self.given.amount("service_price_without_currency") != total:
            raise Refused(msg=NOT_PROCESSED)

    def _in_order(self, error: NotAvailable, service: Service, request: BookingRequest) -> DomainError:
        """What to say of a span that cannot be had: taken, a day off, the gateway, not a slot; in this order."""
        if error.reason != "full" and self._is_day_off(service, request):
            return Refused(msg=DAY_OFF, more={"error_type": "dayoff"})
        if error.reason in ("full", "persons"):
            return error
        try:
            self._check_gateway(None)
        except Refused as gateway:
            return gateway
        return refusal(error)

    def _is_day_off(self, service: Service, request: BookingRequest) -> bool:
        rules = list(service.rules)
        if request.resource_id:
            member = resources.get_many([request.resource_id]).get(request.resource_id)
            rules += member.rules if member else ()
        return is_day_off(rules, request.wall_start.date())

    # -- storing ------------------------------------------------------------------------------------------------

    def _customer(self) -> Customer:
        given = self.given
        if given.has("customer_id") and given.id("customer_id"):
            number = given.id("customer_id")
            known = customers.get_many([number]).get(number)
            if known is None:
                raise Refused(msg="Customer not found", status=404)
            return known
        email = read_email(given, "customer_email")
        if email:
            # Two callers with one address make one customer.
            catalog.lock_email(email)
        known = customers.find(email=email) if email else None
        if known is not None:
            return known
        values = {inside: given.raw(name) for name, inside in _CUSTOMER.items() if name in given}
        if not values.get("firstname") and not values.get("lastname"):
            first, _, last = given.text("customer_name").partition(" ")
            values |= {"firstname": first, "lastname": last}
        return create_customer(Params(values), now=self.shop.now)

    def _store(self, service: Service, request: BookingRequest) -> Booking:
        # Whether there is anything to pay decides the first status; where it may be nothing, the price comes first.
        total = Decimal(1)
        with writing():
            if self.method == ON_SITE and self._may_be_free(service, request):
                total = bookings.quote(request, now=self.shop.now)[0].total
            return bookings.create(replace(request, status=self._status(total)), now=self.shop.now)

    def _may_be_free(self, service: Service, request: BookingRequest) -> bool:
        settings = self.settings
        if settings.appointment_status == settings.onsite_appointment_status:
            return False
        if self.given.raw("appointment_status") not in (None, ""):
            return False
        if request.coupon_code or request.package_number or request.gift_card_code:
            return True
        return not is_own(service) or service.price <= 0 or has_free_override(service.price_plan)

    def _settle(self, booking: Booking, request: BookingRequest) -> tuple[Booking, Payment]:
        due = booking.quote.get("due_now")
        due_now = Decimal(str(due)) if due is not None else None
        gateway, status, paid = first_payment(booking.total, due_now, self.method, self.settings)
        payment = payments.create(
            now=self.shop.now,
            booking_id=booking.id,
            customer_id=booking.customer_id,
            status=status,
            gateway=gateway,
            currency=booking.currency,
            amount=booking.total,
            paid=paid,
            due=booking.total - paid,
            origin=NAME,
        )
        return booking, payment


def is_assigned(service: Service, resource_id: int) -> bool:
    """Does a staff member give this service?"""
    return bool(catalog.resource_links(service_ids=[service.id], resource_ids=[resource_id]))


def read_extras(given: Params) -> tuple[tuple[int, int], ...]:
    """Chosen extras: ``{id: {"qty": 2}}``, ``{id: 2}`` or ``[{"id": 3, "qty": 2}]``.

    Raises:
        Invalid: Neither of these, or an extra nobody knows.
    """
    value = given.decoded("bookingpress_selected_extra_details", "extras")
    if value in (None, "", [], {}):
        return ()
    field = "bookingpress_selected_extra_details"
    found: dict[int, int] = {}
    if isinstance(value, Mapping):
        pairs = [(number, item) for number, item in value.items()]
    elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        pairs = [(item.get("id"), item) for item in value]
    else:
        raise Invalid(field=field, reason="type")
    for number, item in pairs:
        count = Params(item).whole("qty", "quantity", default=1) if isinstance(item, Mapping) else php.intval(item)
        key = php.intval(number)
        if count < 0 or count > 1000 or key <= 0:
            raise Invalid(field=field, reason="range", value=number)
        if count:
            found[key] = found.get(key, 0) + count
    missing = found.keys() - extras.get_many(found).keys()
    if missing:
        raise Invalid(field=field, reason="unknown", value=min(missing))
    return tuple(sorted(found.items()))


def kept_extras(chosen: tuple[tuple[int, int], ...]) -> list[dict[str, Any]]:
    """Chosen extras as they are called and priced now, for the appointment's record."""
    known = extras.get_many(number for number, _ in chosen)
    return [chosen_extra(known.get(number), number, count) for number, count in chosen]


def smallest_party(service: Service, resource_id: int, location_id: int) -> int:
    """The fewest persons an appointment may have: the location's word, else the staff member's, else the service's."""
    entry: Mapping[str, Any] = {}
    if location_id:
        entry = compiling.entries([locations.get(location_id)]).get((location_id, service.id)) or {}
    for member in entry.get("staffmembers") or ():
        if member["staffmember_id"] == resource_id and member.get("staff_location_min_qty", 0) > 1:
            return member["staff_location_min_qty"]
    if entry.get("service_min_qty", 0) > 1:
        return entry["service_min_qty"]
    if resource_id:
        links = catalog.resource_links(service_ids=[service.id], resource_ids=[resource_id])
        if links and links[0].min_capacity:
            return links[0].min_capacity
    return service_settings(service)["min_capacity"] if is_own(service) else 0
