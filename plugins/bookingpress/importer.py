"""The documented JSON of this dialect (README, "Import"): all that no route sets, and all that routes set as well.

``load`` takes what ``dump`` gives. Entries have the names of the write parameters; ``id`` keeps a number. An entry
whose ``id`` is known replaces that record, except for what has been sold or booked, which stays as it is.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from core import Host
from core.db import writing
from core.documents import Section, check_keys, check_value, load_sections, prefix_errors, read_value
from core.domain.records import Booking, Service
from core.domain.requests import SKIP_ALL, SKIP_ALL_BUT_CAPACITY, BookingRequest
from core.domain.site import Site
from core.domain.zones import zone
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid
from core.ledger_fields import restore_request
from core.services import balances, bookings
from core.services import site as site_service
from core.services.repository import (
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
from plugins.bookingpress.document import KEYS
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.exporter import dump
from plugins.bookingpress.resources import compiling
from plugins.bookingpress.resources.base import Params, Shop
from plugins.bookingpress.resources.booking import kept_extras, read_extras
from plugins.bookingpress.resources.coupons import create_coupon
from plugins.bookingpress.resources.customers import Customers, create_customer
from plugins.bookingpress.resources.gift_cards import create_gift_card, read_gift_card
from plugins.bookingpress.resources.locations import Locations, create_location
from plugins.bookingpress.resources.packages import Packages, create_package
from plugins.bookingpress.resources.services import Services, create_service
from plugins.bookingpress.resources.staff import StaffMembers, create_member
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.shapes import ENTRIES, SITE, from_answer
from plugins.bookingpress.translate.bookings import (
    LABELS,
    PAYMENT,
    STATUS,
)
from plugins.bookingpress.translate.catalog import (
    own,
)
from plugins.bookingpress.translate.schedule import read_daysoff, read_special_days, read_workhours
from plugins.bookingpress.translate.values import NAME, stay_end, to_date, to_minute

# -- in ---------------------------------------------------------------------------------------------------------


def load(document: Any, *, now: datetime, site: Site) -> dict[str, int]:
    """Bring a document in, whole or not at all.

    Returns:
        How many entries of each section came in.

    Raises:
        Invalid: Something is wrong; ``field`` is its path in the document.
    """
    check_keys(document, [*ENTRIES, *SITE])
    with writing():
        return _Load(document, now=now, site=site).run()


#: The locale is the site's.
_SETTINGS = frozenset(SiteSettings.__struct_fields__) - {"locale"}


class _Load:
    """One import."""

    def __init__(self, document: Mapping[str, Any], *, now: datetime, site: Site) -> None:
        self.document = document
        self.now = now
        self.zone = zone(site.timezone)
        #: The entry at hand, and whether it is an answer of the API.
        self.entry: Mapping[str, Any] = {}
        self.answered = False
        self.shop = Shop(Host(clock=lambda: now, site=site), None)  # type: ignore[arg-type]

    def run(self) -> dict[str, int]:
        self._site()
        readers: dict[str, Callable[[Params, int | None], None]] = {
            "categories": self._category,
            "services": self._service,
            "staffmembers": self._member,
            "locations": self._location,
            "customers": self._customer,
            "coupons": self._coupon,
            "packages": self._package,
            "package_bookings": self._purchase,
            "gift_cards": self._gift_card,
            "sold_gift_cards": self._sold,
            "appointments": self._appointment,
        }
        sections = [Section(name, ENTRIES[name], self._taker(name, store)) for name, store in readers.items()]
        return load_sections(self.document, sections, other_fields=SITE, describe=_words)

    def _taker(
        self, section: str, store: Callable[[Params, int | None], None]
    ) -> Callable[[dict[str, Any], str], None]:
        """What stores an entry of a section, whichever names it comes under."""

        def take(entry: dict[str, Any], path: str) -> None:
            fields, self.answered = from_answer(section, entry)
            id = None if fields.get("id") is None else int(fields["id"])
            if id is not None and not 0 < id < _MOST_ID.get(section, 2**31):
                raise Invalid(field="id", reason="range", value=id)
            self.entry = fields
            if self.answered and id is not None and section in _FOREIGN:
                stored = _FOREIGN[section].get_many([id]).get(id)
                if stored is not None and stored.origin != NAME:
                    # An answer of the API says less about another dialect's record than is known here.
                    return
            store(Params(fields), id)

        return take

    def _site(self) -> None:
        site_service.lock()
        kept = site_service.extras(NAME)
        if "settings" in self.document:
            check_keys(self.document["settings"], _SETTINGS, "settings")
            checked = read_value(self.document["settings"], SiteSettings, "settings", forbid_unknown=True)
            if not 0 <= checked.tax_percentage <= 1000:
                raise Invalid(field="settings.tax_percentage", reason="range")
            for name in ("bpa_afternoon_start_time", "bpa_evening_start_time", "bpa_night_start_time"):
                to_minute(getattr(checked, name), f"settings.{name}")
            kept["settings"] = {**(kept.get("settings") or {}), **self.document["settings"]}
        for name, kind in SITE.items():
            if name in self.document:
                check_value(self.document[name], kind, name)
        if "workhours" in self.document:
            kept["workhours"] = read_workhours(self.document["workhours"])
        if "daysoff" in self.document:
            kept["daysoff"] = read_daysoff(self.document["daysoff"])
        if any(name in self.document for name in SITE):
            site_service.save(now=self.now, dialect=NAME, extras=kept)
            compiling.everything(now=self.now)

    def _category(self, given: Params, id: int | None) -> None:
        name = given.text("service_category_name", longest=255)
        if not name:
            raise Invalid(field="service_category_name", reason="missing")
        values = {"name": name, "position": given.whole("category_position")}
        if id and categories.get_many([id]):
            categories.update(id, now=self.now, **values)
        else:
            categories.create(now=self.now, id=id, origin=NAME, **values)

    def _service(self, given: Params, id: int | None) -> None:
        given = Services(self.shop).given(given)
        more = {
            name: read(given.raw(name), name)
            for name, read in (
                ("workhours", read_workhours),
                ("daysoff", read_daysoff),
                ("special_days", read_special_days),
            )
            if given.has(name)
        }
        if given.has("extra_services"):
            items = [{**item, "keep_id": bool(item.get("id"))} for item in given.items("extra_services")]
            given = Params({**given.values, "extra_services": items})
        before = services.get_many([id]).get(id) if id else None
        if before is None:
            create_service(given, now=self.now, id=id, more=more)
            return
        plain = {
            name: value for name, value in own(before).items() if name not in ("workhours", "daysoff", "special_days")
        }
        services.update(before.id, now=self.now, origin=NAME, extras={**before.extras, NAME: {**plain, **more}})
        Services(self.shop)._update(services.get(before.id), given, gentle=self.answered)
        if given.has("service_position"):
            services.update(before.id, now=self.now, position=given.whole("service_position"))

    def _member(self, given: Params, id: int | None) -> None:
        if id and resources.get_many([id]):
            StaffMembers(self.shop).update(id, given, gentle=self.answered)
        elif self.entry.get("assigned_service_list") == [] and not self.answered:
            raise Invalid(field="assigned_service_list", reason="missing")
        else:
            create_member(given, now=self.now, id=id, complete=False)

    def _location(self, given: Params, id: int | None) -> None:
        if id and locations.get_many([id]):
            Locations(self.shop).update(id, given, gentle=self.answered)
        else:
            create_location(given, now=self.now, id=id)

    def _customer(self, given: Params, id: int | None) -> None:
        if id and customers.get_many([id]):
            Customers(self.shop).update(id, given, gentle=self.answered)
            made = id
        else:
            made = create_customer(given, now=self.now, id=id).id
        if given.has("customer_created"):
            customers.update(made, now=self.now, created_at=self._instant(given.raw("customer_created")))

    def _coupon(self, given: Params, id: int | None) -> None:
        total = max(0, given.whole("coupon_total_used"))
        before = coupons.get_many([id]).get(id) if id else None
        counted = balances.count_uses_of_coupon(before) - before.used if before else 0
        if before:
            coupons.delete(before.id)
        made = create_coupon(given, now=self.now, id=id)
        coupons.update(made, now=self.now, used=max(0, total - counted))

    def _package(self, given: Params, id: int | None) -> None:
        if id and packages.get_many([id]):
            Packages(self.shop).update(id, given, gentle=self.answered)
        else:
            create_package(given, now=self.now, id=id)

    def _purchase(self, given: Params, id: int | None) -> None:
        code = given.text("package_no", longest=40)
        if not code:
            raise Invalid(field="package_no", reason="missing")
        if package_purchases.find(number=code) is not None:
            return
        package = packages.get(given.id("package_id"))
        customers.get(given.id("customer_id"))
        bought = given.day("purchase_date") or self.now.astimezone(self.zone).date().isoformat()
        included = package.services
        if given.has("package_services"):
            included = tuple(
                {
                    "service_id": services.get(Params(item).id("service_id")).id,
                    "count": max(0, Params(item).whole("bookingpress_no_of_appointments")),
                }
                for item in given.items("package_services")
            )
        package_purchases.create(
            now=self.now,
            id=id,
            number=code,
            package_id=package.id,
            customer_id=given.id("customer_id"),
            services=included,
            purchased_on=bought,
            expires_on=given.day("expiry_date") or later(bought, package.valid_for, package.valid_unit),
            paid=given.amount("paid_amount", default=package.price),
            origin=NAME,
        )

    def _gift_card(self, given: Params, id: int | None) -> None:
        if id and gift_cards.get_many([id]):
            gift_cards.update(id, now=self.now, **read_gift_card(given, None))
        else:
            create_gift_card(given, now=self.now, id=id)

    def _sold(self, given: Params, id: int | None) -> None:
        code = given.text("gift_card_code", longest=64)
        if not code:
            raise Invalid(field="gift_card_code", reason="missing")
        if gift_cards_sold.find(code=code) is not None:
            return
        card = gift_cards.get_many([given.id("gift_card_id")]).get(given.id("gift_card_id"))
        if card is None and not given.has("gift_card_balance"):
            raise Invalid(field="gift_card_id", reason="unknown", value=given.raw("gift_card_id"))
        balance = given.amount("gift_card_balance", default=card.value if card else Decimal(0))
        if balance < 0:
            raise Invalid(field="gift_card_balance", reason="range", value=str(balance))
        expires = given.day("expiry_date")
        if not expires and card and card.expiry != "never" and not given.has("expiry_date"):
            today = self.now.astimezone(self.zone).date().isoformat()
            expires = later(today, card.valid_for, card.valid_unit)
        gift_cards_sold.create(
            now=self.now,
            id=id,
            code=code,
            gift_card_id=given.id("gift_card_id"),
            customer_id=given.id("customer_id"),
            paid=given.amount("paid_amount", default=card.price if card else Decimal(0)),
            value=balance,
            expires_on=expires,
            services=tuple(given.ids("gift_card_services"))
            if given.has("gift_card_services")
            else (card.services if card else ()),
            resources=tuple(given.ids("gift_card_staffmembers"))
            if given.has("gift_card_staffmembers")
            else (card.resources if card else ()),
            origin=NAME,
        )

    def _appointment(self, given: Params, id: int | None) -> None:
        if id and bookings.get_many([id]):
            return
        service = services.get(given.id("service_id"))
        code = given.whole("appointment_status", default=1)
        if code not in LABELS:
            raise Invalid(field="appointment_status", reason="choice", value=code)
        day = to_date(given.raw("appointment_date"), "appointment_date")
        long = service.plan.unit in ("day", "night", "month")
        minute = 0 if long else to_minute(given.raw("appointment_start_time"), "appointment_start_time")
        start = datetime.combine(day, time()) + timedelta(minutes=minute)
        end = None
        if given.has("appointment_end_time") or given.has("appointment_end_date"):
            last = to_date(given.raw("appointment_end_date") or day.isoformat(), "appointment_end_date")
            if long:
                end = _stay_end(service, day, last)
            else:
                minute = to_minute(given.raw("appointment_end_time"), "appointment_end_time")
                end = datetime.combine(last, time()) + timedelta(minutes=minute)
            if end <= start:
                raise Invalid(field="appointment_end_time", reason="range", value=given.raw("appointment_end_time"))
        created = self._instant(given.raw("created_date")) if given.has("created_date") else self.now
        metadata: dict[str, Any] = {}
        for name in ("booking_id", "form_fields", "amounts"):
            if given.has(name):
                metadata[name] = given.raw(name)
        if not isinstance(metadata.get("form_fields", {}), Mapping):
            raise Invalid(field="form_fields", reason="type")
        stated = metadata.get("amounts", {})
        if not isinstance(stated, Mapping):
            raise Invalid(field="amounts", reason="type")
        metadata["amounts"] = {name: f"{Params(stated).amount(name):f}" for name in stated}
        with prefix_errors("extras"):
            chosen = read_extras(Params({"extras": given.raw("extras")}))
        if chosen:
            metadata["extras"] = kept_extras(chosen)
        if self.answered:
            self._person(given)
        customer = customers.get_many([given.id("customer_id")]).get(given.id("customer_id"))
        if customer is not None:
            metadata["dial_code"] = own(customer).get("dial_code", "")
        request = restore_request(
            BookingRequest(
                service_id=service.id,
                wall_start=start,
                wall_end=end,
                origin=NAME,
                status=STATUS[code],
                resource_id=given.id("staffmember_id"),
                location_id=given.id("location_id"),
                customer_id=given.id("customer_id"),
                persons=given.whole("selected_extra_members", default=1) or 1,
                extras=chosen,
                price=given.amount("total_amount", default=service.price),
                note=given.html("appointment_note"),
                # What has happened has happened; only room is asked for, and not even that of an answer, whose
                # service may have more places than it shows.
                overrides=SKIP_ALL if self.answered else SKIP_ALL_BUT_CAPACITY,
                metadata=metadata,
            ),
            self.entry,
            "",
        )
        booking = bookings.create(request, now=self.now, id=id, created_at=created)
        if given.has("coupon_code"):
            bookings.repository.update(booking.id, now=created, coupon_code=given.text("coupon_code", longest=255))
        payment = given.raw("payment")
        if isinstance(payment, Mapping):
            self._payment(Params(payment), booking, created)

    def _person(self, given: Params) -> None:
        """The customer that only an answer of the API names."""
        number = given.id("customer_id")
        if number and not customers.get_many([number]):
            if number >= 2**31:
                raise Invalid(field="customer_id", reason="range", value=number)
            customers.create(
                now=self.now,
                id=number,
                origin=NAME,
                first_name=given.text("customer_first_name", longest=255),
                last_name=given.text("customer_last_name", longest=255),
                email=given.text("customer_email", longest=255),
                phone=given.text("customer_phone", longest=63),
            )

    def _payment(self, given: Params, booking: Booking, created: datetime) -> None:
        code = given.whole("payment_status", default=2)
        if code not in PAYMENT:
            raise Invalid(field="payment.payment_status", reason="choice", value=code)
        paid = given.amount("paid_amount")
        made = self._instant(given.raw("payment_date")) if given.has("payment_date") else created
        id = given.whole("payment_log_id") or None
        payments.create(
            now=made,
            id=None if id and payments.get_many([id]) else id,
            booking_id=booking.id,
            customer_id=booking.customer_id,
            status=PAYMENT[code],
            gateway=given.values.get("payment_gateway") if isinstance(given.raw("payment_gateway"), str) else "",
            transaction_id=given.text("transaction_id", longest=255),
            currency=booking.currency,
            amount=booking.total,
            paid=paid,
            due=given.amount("due_amount", default=booking.total - paid),
            origin=NAME,
            extras={NAME: {"invoice_id": given.text("invoice_id")}} if given.has("invoice_id") else {},
        )

    def _instant(self, value: Any) -> datetime:
        try:
            wall = datetime.fromisoformat(str(value))
            return wall.replace(tzinfo=self.zone).astimezone(UTC) if 1970 <= wall.year < 9000 else self.now
        except ValueError:
            raise Invalid(field="created_date", reason="date", value=value) from None


def _words(error: DomainError) -> str:
    return error.msg if isinstance(error, Refused) else error_sentence(error)


#: Records that other dialects make too.
_FOREIGN: dict[str, Any] = {
    "services": services,
    "staffmembers": resources,
    "locations": locations,
    "customers": customers,
    "categories": categories,
    "coupons": coupons,
    "packages": packages,
    "gift_cards": gift_cards,
    "appointments": bookings.repository,
}
#: Ids of these come from the sequence all dialects share.
_MOST_ID = dict.fromkeys(("services", "staffmembers", "appointments"), 2**53)


def _stay_end(service: Service, first: date, last: date) -> datetime:
    """The end of a stay of whole days; documents of the first release name the midnight after the last one."""
    plan = service.plan
    if plan.unit == "day" and plan.max_blocks == 1 and (last - first).days == plan.length:
        last -= timedelta(days=1)
    return stay_end(last, plan.check_out_minute)


def later(day: str, count: int, unit: str) -> str:
    """The date ``count`` days, months or years on; the last day of a shorter month."""
    then = to_date(day)
    if unit == "d":
        return (then + timedelta(days=count)).isoformat()
    months = then.year * 12 + then.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    for last in (then.day, 30, 29, 28):
        try:
            return then.replace(year=year, month=month + 1, day=last).isoformat()
        except ValueError:
            continue
    raise Invalid(field="expiry_date", reason="range", value=count)


__all__ = ["KEYS", "dump", "later", "load"]
