"""Booking an appointment: everything the vendor checks, in the vendor's order (README, "Order of a booking")."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from frontdesk import bookings, catalog
from frontdesk.database import writing
from frontdesk.errors import BalanceRefused, DomainError, Invalid, NotAvailable
from frontdesk.records import Booking, BookingRequest, Customer, Extra, Payment, Service
from frontdesk.repository import customers, extras, locations, payments, resources, services
from frontdesk.statuses import DELETED, OCCUPYING
from plugins.bookingpress.errors import Refused, refusal
from plugins.bookingpress.translate.appointments import ON_SITE, STATUS, chosen_extra
from plugins.bookingpress.translate.checkout import (
    CheckoutForm,
    first_payment,
    first_status,
    is_by_days,
    read_checkout,
    read_chosen_extras,
    to_booked,
    to_booking_request,
)
from plugins.bookingpress.translate.locations import smallest_party
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.schedule import is_day_off
from plugins.bookingpress.translate.values import NAME, stored_extras
from plugins.bookingpress.usecases.base import is_assigned
from plugins.bookingpress.usecases.context import Context
from plugins.bookingpress.usecases.customers import create_customer

_PAYPAL_MINIMUM = Decimal("0.1")


class Checkout:
    """One booking, checked step by step and then stored with its payment log and, when new, its customer."""

    def __init__(self, params: Params, context: Context) -> None:
        self.context = context
        self.settings = context.settings
        self.form: CheckoutForm = read_checkout(params, self.settings.required_form_fields)

    def book(self) -> Mapping[str, Any]:
        """Make the appointment, all or nothing; returns what is answered beside the sentence.

        Raises:
            Refused: The vendor's first reason against it.
        """
        self._check_readable("form_fields")
        service = self._service()
        request = self._request(service)
        self._check_payable(request)
        self._check_readable("customer")
        try:
            with writing():
                now = self.context.now
                customer = self._customer(now)
                dial_code = stored_extras(customer).get("dial_code", "")
                metadata = {**request.metadata, "dial_code": dial_code}
                booker = {"customer_id": customer.id, "customer": customer, "metadata": metadata}
                booking = self._store(request, booker, now)
                self._check_gateway(booking.total)
                self._check_party(service, booking)
                self._check_stated_price(booking.total)
                return to_booked(booking, self._log_payment(booking, now))
        except NotAvailable as error:
            raise self._first_reason(error, service, request) from None
        except BalanceRefused:
            self._check_gateway(None)
            raise

    # -- the request ------------------------------------------------------------------------------------------------

    def _check_readable(self, *fields: str) -> None:
        """Refuse the first of these fields that cannot be read."""
        for field in fields:
            if field in self.form.faults:
                raise self.form.faults[field]

    def _service(self) -> Service:
        service = services.get_many([self.form.service_id]).get(self.form.service_id)
        if service is None or service.status == DELETED:
            raise Refused(reason="no_service")
        return service

    def _request(self, service: Service) -> BookingRequest:
        by_days = is_by_days(service.plan)
        self._check_readable("day", *(() if by_days else ("start_minute",)), "persons", "extras")
        chosen_extras = find_extras(self.form.extras)
        self._check_place(service)
        self._check_staff(service)
        self._check_readable("end_day", *(() if by_days else ("end_minute",)))
        return to_booking_request(self.form, service, chosen_extras, self.settings)

    def _check_place(self, service: Service) -> None:
        location_id = self.form.location_id
        if location_id and not locations.get_many([location_id]):
            raise Refused(reason="not_found", values={"thing": "Location"})
        if service.locations and not location_id:
            raise Refused(reason="no_location")
        if service.locations and location_id not in service.locations:
            raise Refused(reason="not_offered")

    def _check_staff(self, service: Service) -> None:
        staff_id = self.form.staff_id
        if staff_id and not resources.get_many([staff_id]):
            raise Refused(reason="not_found", values={"thing": "Staff member"})
        if staff_id and not is_assigned(service.id, staff_id):
            raise Refused(reason="not_offered")

    # -- checks -----------------------------------------------------------------------------------------------------

    def _check_payable(self, request: BookingRequest) -> None:
        """Without a payment method, only what costs nothing can be booked."""
        if self.form.method:
            return
        undiscounted = replace(request, coupon_code="", package_number="", gift_card_code="")
        for candidate in (request, undiscounted):
            try:
                quoted, _ = bookings.quote(candidate, now=self.context.now, check=False)
            except BalanceRefused:
                continue
            except NotAvailable:
                return
            if quoted.total > 0:
                raise Refused(reason="no_payment")
            return

    def _check_gateway(self, total: Decimal | None) -> None:
        """Refuse a gateway that is switched off; ``total`` None: not known yet."""
        if total is not None and total <= 0:
            return
        settings, method = self.settings, self.form.method
        if method == ON_SITE and not settings.on_site_payment:
            raise Refused(reason="on_site_off")
        if method == "paypal" and not settings.paypal_payment:
            raise Refused(reason="paypal_off")
        if method == "paypal" and total is not None and total < _PAYPAL_MINIMUM:
            raise Refused(reason="paypal_minimum")
        if method not in ("", ON_SITE, "paypal", *settings.payment_gateways):
            raise Refused(reason="gateway_off", values={"gateway": method.title()})
        if not method and total is not None:
            raise Refused(reason="no_payment")

    def _check_party(self, service: Service, booking: Booking) -> None:
        """The smallest party of the location, the staff member or the service, first that is set."""
        smallest = _smallest_party(service, booking.resource_id, booking.location_id)
        if booking.persons < smallest:
            raise Refused(reason="party_too_small", values={"persons": smallest})

    def _check_stated_price(self, total: Decimal) -> None:
        self._check_readable("stated_price")
        if self.form.stated_price not in (None, total):
            raise Refused(reason="not_processed")

    def _first_reason(self, error: NotAvailable, service: Service, request: BookingRequest) -> DomainError:
        """Why a span cannot be had: taken, a day off, the gateway, not a slot; in this order."""
        if error.reason != "full" and self._is_day_off(service, request):
            return Refused(reason="day_off", more={"error_type": "dayoff"})
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

    # -- storing ----------------------------------------------------------------------------------------------------

    def _customer(self, now: datetime) -> Customer:
        """The customer by id or address, else a new one."""
        customer_id, email = self.form.customer_id, self.form.email
        if customer_id:
            customer = customers.get_many([customer_id]).get(customer_id)
            if customer is None:
                raise Refused(reason="not_found", values={"thing": "Customer"})
            return customer
        if email:
            # Two callers with one address make one customer.
            catalog.lock_email(email)
        customer = customers.find(email=email) if email else None
        return customer or create_customer(Params(self.form.customer), now=now)

    def _store(self, request: BookingRequest, booker: Mapping[str, Any], now: datetime) -> Booking:
        """Make the booking.

        Args:
            booker: What the request says of the customer.
        """
        form, settings = self.form, self.settings
        self._check_readable("status")
        status = STATUS[form.status or first_status(Decimal(1), form.method, settings)]
        free_status = STATUS[form.status or first_status(Decimal(0), form.method, settings)]
        if (status in OCCUPYING) == (free_status in OCCUPYING):
            return bookings.create(replace(request, **booker, status=status, status_if_free=free_status), now=now)
        # Whether it takes places depends on whether there is anything to pay, so the price comes first.
        request = replace(request, **booker)
        with writing():
            if bookings.quote(request, now=now)[0].total <= 0:
                status = free_status
            return bookings.create(replace(request, status=status), now=now)

    def _log_payment(self, booking: Booking, now: datetime) -> Payment:
        due = booking.quote.get("due_now")
        due_now = Decimal(str(due)) if due is not None else None
        gateway, status, paid = first_payment(booking.total, due_now, self.form.method, self.settings)
        return payments.create(
            now=now,
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


def find_extras(chosen: tuple[tuple[int, int], ...]) -> dict[int, Extra]:
    """Chosen extras by id.

    Raises:
        Invalid: One of them does not exist.
    """
    existing = extras.get_many(id for id, _ in chosen)
    unknown = {id for id, _ in chosen} - existing.keys()
    if unknown:
        raise Invalid(field="bookingpress_selected_extra_details", reason="unknown", value=min(unknown))
    return existing


def read_extras(params: Params) -> tuple[tuple[int, int], ...]:
    """Chosen extras as (id, quantity); all of them exist."""
    chosen = read_chosen_extras(params)
    find_extras(chosen)
    return chosen


def priced_extras(chosen: tuple[tuple[int, int], ...]) -> list[dict[str, Any]]:
    """Chosen extras as they are called and priced now, for the appointment's record."""
    current_extras = extras.get_many(id for id, _ in chosen)
    return [chosen_extra(current_extras.get(id), id, count) for id, count in chosen]


def _smallest_party(service: Service, resource_id: int, location_id: int) -> int:
    """The fewest persons an appointment may have: the location's word, else the staff member's, else the service's."""
    if location_id and (smallest := smallest_party(locations.get(location_id), service.id, resource_id)):
        return smallest
    if resource_id:
        links = catalog.resource_links(service_ids=[service.id], resource_ids=[resource_id])
        if links and links[0].min_capacity:
            return links[0].min_capacity
    # The plan of another dialect's service holds the smallest party itself.
    return int(stored_extras(service).get("min_capacity", 1)) if service.origin == NAME else 0
