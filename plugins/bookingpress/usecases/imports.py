"""Stores the entries of an import document (README, "Import and export").

An entry whose id exists replaces that record, except appointments, bought packages and sold gift cards, which stay.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from frontdesk import Site, balances, bookings
from frontdesk import site as site_service
from frontdesk.errors import Invalid
from frontdesk.importing import LEDGER_KEY, LedgerFields, check_keys, convert, path_prefix, with_ledger
from frontdesk.records import SKIP_ALL, SKIP_ALL_BUT_CAPACITY, Booking, BookingRequest, Service
from frontdesk.repository import (
    categories,
    coupons,
    customers,
    gift_cards,
    gift_cards_sold,
    locations,
    package_purchases,
    packages,
    payments,
    resources,
    services,
)
from frontdesk.times import zone
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.appointments import LABELS, PAYMENT, STATUS
from plugins.bookingpress.translate.balances import read_gift_card
from plugins.bookingpress.translate.hours import read_daysoff, read_special_days, read_workhours
from plugins.bookingpress.translate.imports import (
    ImportedEntry,
    expiry_date,
    read_instant,
    to_stay_end,
)
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import NAME, stored_extras, to_date, to_minute
from plugins.bookingpress.usecases import plan_compiler
from plugins.bookingpress.usecases.balances import Packages, create_coupon, create_gift_card, create_package
from plugins.bookingpress.usecases.checkout import priced_extras, read_extras
from plugins.bookingpress.usecases.context import Context
from plugins.bookingpress.usecases.customers import Customers, create_customer
from plugins.bookingpress.usecases.locations import Locations, create_location
from plugins.bookingpress.usecases.services import Services, create_service
from plugins.bookingpress.usecases.staff import StaffMembers, create_member

#: The locale is the site's own.
_SETTINGS = frozenset(SiteSettings.__struct_fields__) - {"locale"}
_SCHEDULES: dict[str, Callable[..., Any]] = {
    "workhours": read_workhours,
    "daysoff": read_daysoff,
    "special_days": read_special_days,
}


class Import:
    """One import: stores the entries of each section at ``now``."""

    def __init__(self, now: datetime, site: Site) -> None:
        self.now = now
        self.zone = zone(site.timezone)
        self.context = Context(clock=lambda: now, site=site)

    # -- the site ---------------------------------------------------------------------------------------------------

    def store_settings(self, settings: Mapping[str, Any]) -> None:
        check_keys(settings, _SETTINGS)
        site_settings = convert(settings, SiteSettings)
        if not 0 <= site_settings.tax_percentage <= 1000:
            raise Invalid(field="tax_percentage", reason="range")
        for name in ("bpa_afternoon_start_time", "bpa_evening_start_time", "bpa_night_start_time"):
            to_minute(getattr(site_settings, name), name)
        stored = site_service.extras(NAME).get("settings") or {}
        self._save_site(settings={**stored, **settings})

    def store_workhours(self, entries: Any) -> None:
        self._save_site(workhours=read_workhours(entries))

    def store_daysoff(self, entries: Any) -> None:
        self._save_site(daysoff=read_daysoff(entries))

    def _save_site(self, **changes: Any) -> None:
        site_service.lock()
        site_service.save(now=self.now, dialect=NAME, extras={**site_service.extras(NAME), **changes})
        plan_compiler.everything(now=self.now)

    # -- catalog ----------------------------------------------------------------------------------------------------

    def store_category(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        name = params.text("service_category_name", longest=255)
        if not name:
            raise Invalid(field="service_category_name", reason="missing")
        values: dict[str, Any] = {"name": name, "position": params.integer("category_position")}
        if entry.id and categories.get_many([entry.id]):
            categories.update(entry.id, now=self.now, **values)
        else:
            categories.create(now=self.now, id=entry.id, origin=NAME, **values)

    def store_service(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields).as_write("services")
        schedules = {name: read(params.raw(name), name) for name, read in _SCHEDULES.items() if params.has(name)}
        if params.has("extra_services"):
            extras = [{**extra, "keep_id": bool(extra.get("id"))} for extra in params.items("extra_services")]
            params = Params({**params.values, "extra_services": extras})
        stored = services.get_many([entry.id]).get(entry.id) if entry.id else None
        if stored is None:
            create_service(params, now=self.now, id=entry.id, calendar=schedules)
            return
        details = {name: value for name, value in stored_extras(stored).items() if name not in _SCHEDULES}
        merged_extras = {**stored.extras, NAME: {**details, **schedules}}
        services.update(stored.id, now=self.now, origin=NAME, extras=merged_extras)
        Services(self.context).update(stored.id, params, partial=entry.is_record)
        if params.has("service_position"):
            services.update(stored.id, now=self.now, position=params.integer("service_position"))

    def store_staff_member(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        if entry.id and resources.get_many([entry.id]):
            StaffMembers(self.context).update(entry.id, params, partial=entry.is_record)
        elif entry.fields.get("assigned_service_list") == [] and not entry.is_record:
            raise Invalid(field="assigned_service_list", reason="missing")
        else:
            create_member(params, now=self.now, id=entry.id, complete=False)

    def store_location(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        if entry.id and locations.get_many([entry.id]):
            Locations(self.context).update(entry.id, params, partial=entry.is_record)
        else:
            create_location(params, now=self.now, id=entry.id)

    def store_customer(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        if entry.id and customers.get_many([entry.id]):
            Customers(self.context).update(entry.id, params, partial=entry.is_record)
            customer_id = entry.id
        else:
            customer_id = create_customer(params, now=self.now, id=entry.id).id
        if params.has("customer_created"):
            created_at = self._instant(params, "customer_created", self.now)
            customers.update(customer_id, now=self.now, created_at=created_at)

    # -- money ------------------------------------------------------------------------------------------------------

    def store_coupon(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        used = max(0, params.integer("coupon_total_used"))
        stored = coupons.get_many([entry.id]).get(entry.id) if entry.id else None
        if stored is not None:
            # Uses that bookings count are not counted again.
            used = max(0, used - balances.count_uses_of_coupon(stored) + stored.used)
            coupons.delete(stored.id)
        coupons.update(create_coupon(params, now=self.now, id=entry.id), now=self.now, used=used)

    def store_package(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        if entry.id and packages.get_many([entry.id]):
            Packages(self.context).update(entry.id, params, partial=entry.is_record)
        else:
            create_package(params, now=self.now, id=entry.id)

    def store_package_booking(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        code = params.text("package_no", longest=40)
        if not code:
            raise Invalid(field="package_no", reason="missing")
        if package_purchases.find(number=code) is not None:
            return
        package = packages.get(params.id("package_id"))
        customer = customers.get(params.id("customer_id"))
        purchased_on = params.day("purchase_date") or self._today()
        remaining = package.services
        if params.has("package_services"):
            remaining = tuple(
                {
                    "service_id": services.get(item.id("service_id")).id,
                    "count": max(0, item.integer("bookingpress_no_of_appointments")),
                }
                for item in map(Params, params.items("package_services"))
            )
        package_purchases.create(
            now=self.now,
            id=entry.id,
            number=code,
            package_id=package.id,
            customer_id=customer.id,
            services=remaining,
            purchased_on=purchased_on,
            expires_on=params.day("expiry_date") or expiry_date(purchased_on, package.valid_for, package.valid_unit),
            paid=params.amount("paid_amount", default=package.price),
            origin=NAME,
        )

    def store_gift_card(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        if entry.id and gift_cards.get_many([entry.id]):
            gift_cards.update(entry.id, now=self.now, **read_gift_card(params, None))
        else:
            create_gift_card(params, now=self.now, id=entry.id)

    def store_sold_gift_card(self, entry: ImportedEntry) -> None:
        params = Params(entry.fields)
        code = params.text("gift_card_code", longest=64)
        if not code:
            raise Invalid(field="gift_card_code", reason="missing")
        if gift_cards_sold.find(code=code) is not None:
            return
        gift_card_id = params.id("gift_card_id")
        card = gift_cards.get_many([gift_card_id]).get(gift_card_id)
        if card is None and not params.has("gift_card_balance"):
            raise Invalid(field="gift_card_id", reason="unknown", value=params.raw("gift_card_id"))
        balance = params.amount("gift_card_balance", default=card.value if card else Decimal(0))
        if balance < 0:
            raise Invalid(field="gift_card_balance", reason="range", value=str(balance))
        expires_on = params.day("expiry_date")
        if card and card.expiry != "never" and not params.has("expiry_date"):
            expires_on = expiry_date(self._today(), card.valid_for, card.valid_unit)
        gift_cards_sold.create(
            now=self.now,
            id=entry.id,
            code=code,
            gift_card_id=gift_card_id,
            customer_id=params.id("customer_id"),
            paid=params.amount("paid_amount", default=card.price if card else Decimal(0)),
            value=balance,
            expires_on=expires_on,
            services=self._ids(params, "gift_card_services", card.services if card else ()),
            resources=self._ids(params, "gift_card_staffmembers", card.resources if card else ()),
            origin=NAME,
        )

    # -- appointments -----------------------------------------------------------------------------------------------

    def store_appointment(self, entry: ImportedEntry) -> None:
        if entry.id and bookings.repository.get_many([entry.id]):
            return
        params = Params(entry.fields)
        request = self._booking_request(entry, params)
        created_at = self._instant(params, "created_date", self.now)
        booking = bookings.create(request, now=self.now, id=entry.id, created_at=created_at)
        if params.has("coupon_code"):
            code = params.text("coupon_code", longest=255)
            bookings.repository.update(booking.id, now=created_at, coupon_code=code)
        payment = params.raw("payment")
        if isinstance(payment, Mapping):
            with path_prefix("payment"):
                self._store_payment(Params(payment), booking, created_at)

    def _booking_request(self, entry: ImportedEntry, params: Params) -> BookingRequest:
        service = services.get(params.id("service_id"))
        status = params.integer("appointment_status", default=1)
        if status not in LABELS:
            raise Invalid(field="appointment_status", reason="choice", value=status)
        start, end = _period(params, service)
        with path_prefix("extras"):
            extras = read_extras(Params({"extras": params.raw("extras")}))
        metadata = {name: params.raw(name) for name in ("booking_id", "form_fields") if params.has(name)}
        amounts = params.raw("amounts") or {}
        metadata["amounts"] = {name: f"{Params(amounts).amount(name):f}" for name in amounts}
        if extras:
            metadata["extras"] = priced_extras(extras)
        customer_id = params.id("customer_id")
        if entry.is_record:
            self._store_named_customer(params, customer_id)
        customer = customers.get_many([customer_id]).get(customer_id)
        if customer is not None:
            metadata["dial_code"] = stored_extras(customer).get("dial_code", "")
        return with_ledger(
            BookingRequest(
                service_id=service.id,
                wall_start=start,
                wall_end=end,
                origin=NAME,
                status=STATUS[status],
                resource_id=params.id("staffmember_id"),
                location_id=params.id("location_id"),
                customer_id=customer_id,
                persons=params.integer("selected_extra_members", default=1) or 1,
                extras=extras,
                price=params.amount("total_amount", default=service.price),
                note=params.html("appointment_note"),
                # Only room is asked for, and not even that of a record, whose service may have more than it shows.
                overrides=SKIP_ALL if entry.is_record else SKIP_ALL_BUT_CAPACITY,
                metadata=metadata,
            ),
            convert(entry.fields.get(LEDGER_KEY), LedgerFields | None, LEDGER_KEY),
        )

    def _store_named_customer(self, params: Params, id: int) -> None:
        """Create the customer of an appointment record, where nothing else of the document brings it."""
        if not id or customers.get_many([id]):
            return
        if id >= 2**31:
            raise Invalid(field="customer_id", reason="range", value=id)
        customers.create(
            now=self.now,
            id=id,
            origin=NAME,
            first_name=params.text("customer_first_name", longest=255),
            last_name=params.text("customer_last_name", longest=255),
            email=params.text("customer_email", longest=255),
            phone=params.text("customer_phone", longest=63),
        )

    def _store_payment(self, params: Params, booking: Booking, booked_at: datetime) -> None:
        status = params.integer("payment_status", default=2)
        if status not in PAYMENT:
            raise Invalid(field="payment_status", reason="choice", value=status)
        paid = params.amount("paid_amount")
        id = params.integer("payment_log_id") or None
        gateway = params.raw("payment_gateway")
        payments.create(
            now=self._instant(params, "payment_date", booked_at),
            id=None if id and payments.get_many([id]) else id,
            booking_id=booking.id,
            customer_id=booking.customer_id,
            status=PAYMENT[status],
            gateway=gateway if isinstance(gateway, str) else "",
            transaction_id=params.text("transaction_id", longest=255),
            currency=booking.currency,
            amount=booking.total,
            paid=paid,
            due=params.amount("due_amount", default=booking.total - paid),
            origin=NAME,
            extras={NAME: {"invoice_id": params.text("invoice_id")}} if params.has("invoice_id") else {},
        )

    # -- values -----------------------------------------------------------------------------------------------------

    def _today(self) -> str:
        return self.now.astimezone(self.zone).date().isoformat()

    def _instant(self, params: Params, name: str, default: datetime) -> datetime:
        return read_instant(params.raw(name), name, self.zone, self.now) if params.has(name) else default

    def _ids(self, params: Params, name: str, default: Any) -> tuple[int, ...]:
        return tuple(params.ids(name)) if params.has(name) else tuple(default)


def _period(params: Params, service: Service) -> tuple[datetime, datetime | None]:
    """Return start and end of an appointment on its service's clock; without an end the service says it."""
    first_day = to_date(params.raw("appointment_date"), "appointment_date")
    by_days = service.plan.unit in ("day", "night", "month")
    minute = 0 if by_days else to_minute(params.raw("appointment_start_time"), "appointment_start_time")
    start = datetime.combine(first_day, time()) + timedelta(minutes=minute)
    if not params.has("appointment_end_time", "appointment_end_date"):
        return start, None
    last_day = to_date(params.raw("appointment_end_date") or first_day.isoformat(), "appointment_end_date")
    if by_days:
        end = to_stay_end(service, first_day, last_day)
    else:
        minute = to_minute(params.raw("appointment_end_time"), "appointment_end_time")
        end = datetime.combine(last_day, time()) + timedelta(minutes=minute)
    if end <= start:
        raise Invalid(field="appointment_end_time", reason="range", value=params.raw("appointment_end_time"))
    return start, end
