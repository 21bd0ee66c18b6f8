"""The body of ``POST /bookings`` as booking requests for core (README, "Creating" and "Booking types").

The checks run in the vendor's order. Refusals name ``booking.<parameter>``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from frontdesk import statuses
from frontdesk.errors import Invalid, NotAvailable
from frontdesk.records import BookingRequest, Customer, Order, Resource, RuleOverrides
from frontdesk.schedule import SchedulePlan
from plugins.bkap.schemas import MULTI_DATE_TYPES, NAME, SLOT_TYPES, Settings
from plugins.bkap.translate.periods import Period, day_period, duration_period, nights_period, slot_period
from plugins.bkap.translate.product_settings import NamedProduct
from plugins.bkap.translate.values import parameter, read_amount, read_date, read_int, read_time

#: Most entries in one call.
MAX_DATES = 366
MAX_RESOURCES = 100
MAX_PERSONS = 1_000_000


@dataclass(frozen=True, slots=True)
class NamedRecords:
    """The records that a create names by id; what is optional and does not exist is absent."""

    product: NamedProduct
    order: Order | None
    customer: Customer | None
    resources: Mapping[int, Resource]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateBooking:
    """A create that has been read: what, when, for whom, and the price of each booking.

    Attributes:
        total: The price once for each date, however many resources there are.
        skipped_rules: See ``rules_to_skip``.
    """

    service_id: int
    variant_id: int
    booking_type: str
    price: Decimal
    total: Decimal
    periods: Sequence[Period]
    resource_ids: Sequence[int]
    customer_id: int
    order_id: int
    persons: int
    quantity: int
    skipped_rules: RuleOverrides

    def to_requests(self) -> list[BookingRequest]:
        """One request for each date and resource; the further resources of a date share the product's places."""
        return [
            BookingRequest(
                service_id=self.service_id,
                wall_start=period.start,
                wall_end=period.end,
                origin=NAME,
                status=statuses.PAID if self.order_id else statuses.PENDING,
                resource_id=resource_id,
                variant_id=self.variant_id,
                customer_id=self.customer_id,
                persons=self.persons,
                quantity=self.quantity,
                price=self.price,
                order_id=self.order_id,
                overrides=self.skipped_rules,
                any_resource=True,
                service_units=0 if position else None,
                metadata={"type": self.booking_type, **period.metadata},
            )
            for period in self.periods
            for position, resource_id in enumerate(self.resource_ids or (0,))
        ]


def read_create(body: Mapping[str, Any], named: NamedRecords, *, strict_past: bool) -> CreateBooking:
    """The create that a body asks for.

    Raises:
        Invalid: A parameter is missing or wrong.
        NotAvailable: Booking is switched off for the product.
    """
    service, settings = named.product.service, named.product.settings
    plan, booking_type = service.plan, settings.booking_type
    if body.get("price") in (None, ""):
        raise Invalid(field="booking.price", reason="missing")
    price = read_amount(body["price"], "booking.price", minimum=0)
    order_id = _read_id(body, "order_id", named.order)
    quantity = 1
    if body.get("quantity") not in (None, ""):
        quantity = read_int(body["quantity"], "booking.quantity", minimum=1)
    if booking_type in MULTI_DATE_TYPES:
        quantity = 1
        resource_ids = _read_resources(body, named)
        periods = _listed_periods(body, settings, plan)
    else:
        periods = [_single_period(body, settings, plan)]
        resource_ids = _read_resources(body, named)
    customer_id = _read_id(body, "customer_id", named.customer)
    if not service.bookable:
        raise NotAvailable(reason="off")
    person_count = read_person_count(body, "booking")
    persons, quantity = _split_quantity(plan, quantity, person_count)
    return CreateBooking(
        service_id=service.id,
        variant_id=named.product.variant_id,
        booking_type=booking_type,
        price=price,
        total=price * len(periods),
        periods=periods,
        resource_ids=resource_ids,
        customer_id=named.order.customer_id if named.order else customer_id,
        order_id=order_id,
        persons=persons,
        quantity=quantity,
        skipped_rules=rules_to_skip(named.product, strict_past=strict_past, names_persons=bool(person_count)),
    )


def _read_id(body: Mapping[str, Any], name: str, record: Order | Customer | None) -> int:
    """An optional id, 0 for none; ``record`` is what it names."""
    if record is not None:
        return record.id
    value = body.get(name)
    record_id = 0 if value in (None, "") else read_int(value, f"booking.{name}_number", minimum=0)
    if record_id:
        raise Invalid(field=f"booking.{name}", reason="unknown", value=record_id)
    return 0


def _split_quantity(plan: SchedulePlan, quantity: int, person_count: int | None) -> tuple[int, int]:
    """Persons and quantity to book.

    A service that counts persons takes the quantity as persons, unless ``person_ids`` says how many come. At least the
    service's minimum comes.
    """
    per_person = plan.capacity.units_per == "person"
    minimum = sum(bound.minimum for bound in plan.persons.by_type)
    persons = max(person_count or (quantity if per_person else max(1, plan.persons.minimum)), minimum)
    return persons, 1 if per_person and not person_count else quantity


def rules_to_skip(
    product: NamedProduct | None, *, strict_past: bool, names_persons: bool = False, is_moved: bool = True
) -> RuleOverrides:
    """The rules of the shop's pages that an API call may break: past dates, and odd lengths where there are no slots.

    Args:
        product: Another dialect's service keeps all of its rules; None is a deleted one.
        strict_past: Past dates and the advance period count all the same.
        names_persons: The call says how many persons come, so the product's limits on them count.
        is_moved: The booking gets a new time; one that keeps its time may lie in the past.
    """
    if product and not product.is_own:
        return RuleOverrides(past=not is_moved, notice=not is_moved)
    has_slots = (
        not product or product.settings.booking_type not in SLOT_TYPES or product.service.plan.grid.starts == "fixed"
    )
    return RuleOverrides(
        past=not strict_past, notice=not strict_past, duration=not has_slots, persons=not names_persons
    )


# -- periods ----------------------------------------------------------------------------------------------------------


def _single_period(body: Mapping[str, Any], settings: Settings, plan: SchedulePlan) -> Period:
    start, end = _required_date(body, "start_date"), _required_date(body, "end_date")
    if settings.booking_type == "multiple_days":
        return nights_period(start, end, parameter(body, "fixed_block"), settings, plan)
    if settings.booking_type in SLOT_TYPES:
        if end < start:
            raise Invalid(field="booking.end_date", reason="range", value=str(end))
        return slot_period(start, end, _required_time(body, "start_time"), _required_time(body, "end_time"), plan)
    if settings.booking_type == "duration_time":
        duration = parameter(body, "duration")
        if duration is None:
            raise Invalid(field="booking.duration", reason="missing")
        return duration_period(start, _duration_start(body, settings), duration, plan)
    if end != start:
        raise Invalid(field="booking.end_date", reason="range", value=str(end))
    return day_period(start, plan)


def _required_date(body: Mapping[str, Any], name: str) -> date:
    value = body.get(name)
    if value in (None, ""):
        raise Invalid(field=f"booking.{name}", reason="missing")
    return read_date(value, f"booking.{name}")


def _required_time(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if value in (None, ""):
        raise Invalid(field=f"booking.{name}", reason="missing")
    return read_time(value, f"booking.{name}")


def _duration_start(body: Mapping[str, Any], settings: Settings) -> int:
    """The start of a duration in minutes; without one, the product's first start or midnight."""
    if body.get("start_time") not in (None, ""):
        return _required_time(body, "start_time")
    first_start = settings.duration.first_duration if settings.duration else ""
    return read_time(first_start, "booking.start_time") if first_start else 0


def _listed_periods(body: Mapping[str, Any], settings: Settings, plan: SchedulePlan) -> list[Period]:
    """One period for each entry of ``dates``."""
    dates = body.get("dates")
    if dates in (None, "", [], {}):
        raise Invalid(field="booking.dates", reason="missing")
    timed = settings.booking_type == "multidates_fixedtime"
    if not isinstance(dates, list) or not all(isinstance(entry, dict if timed else str) for entry in dates):
        raise Invalid(field="booking.dates", reason="type")
    minimum, maximum = 1, MAX_DATES
    if settings.multidates_type == "fixed" and settings.multidates_number:
        minimum = maximum = settings.multidates_number
    elif settings.multidates_type == "range":
        minimum, maximum = settings.multidates_min or 1, settings.multidates_max or MAX_DATES
    if not minimum <= len(dates) <= min(maximum, MAX_DATES):
        raise Invalid(field="booking.dates", reason="count", value=len(dates), limit=(minimum, maximum))
    if timed:
        return [_timed_date(entry, plan) for entry in dates]
    return [day_period(read_date(day, "booking.dates.date"), plan) for day in dates]


def _timed_date(entry: Mapping[str, Any], plan: SchedulePlan) -> Period:
    day, start_time, end_time = (parameter(entry, name) for name in ("date", "start_time", "end_time"))
    if day is None:
        raise Invalid(field="booking.dates.date", reason="missing")
    if start_time is None or end_time is None:
        raise Invalid(field="booking.dates.time", reason="missing")
    start = read_date(day, "booking.dates.date")
    from_minute = read_time(start_time, "booking.start_time")
    return slot_period(start, start, from_minute, read_time(end_time, "booking.end_time"), plan)


# -- resources and persons --------------------------------------------------------------------------------------------


def _read_resources(body: Mapping[str, Any], named: NamedRecords) -> list[int]:
    resource_ids = read_resource_ids(body)
    check_resources(resource_ids, named.resources)
    return resource_ids


def check_resources(resource_ids: Iterable[int], resources: Mapping[int, Resource], group: str = "booking") -> None:
    """Refuse a resource that is not among those that exist."""
    for resource_id in resource_ids:
        if resource_id not in resources:
            raise Invalid(field=f"{group}.resource_id", reason="unknown", value=resource_id)


def read_resource_ids(body: Mapping[str, Any], group: str = "booking") -> list[int]:
    """The resources that a request names, each once and in order; a bare id is a list of one.

    Args:
        group: The first part of the field that a refusal names.
    """
    value = body.get("resource_id")
    if value in (None, "", []):
        return []
    entries = value if isinstance(value, list) else [value]
    if len(entries) > MAX_RESOURCES or any(
        isinstance(entry, (list, dict, bool)) or entry in (None, "") for entry in entries
    ):
        raise Invalid(field=f"{group}.resource_id", reason="type", value=None)
    ids = [read_int(entry, f"{group}.resource_id_number") for entry in entries]
    return list(dict.fromkeys(resource_id for resource_id in ids if resource_id))


def read_person_count(body: Mapping[str, Any], group: str) -> int | None:
    """How many persons ``person_ids`` adds up to; None where it is missing."""
    value = body.get("person_ids")
    if value in (None, ""):
        return None
    field_name = f"{group}.person_ids"
    if not isinstance(value, (list, dict)):
        raise Invalid(field=field_name, reason="type", value=value)
    entries = list(value.values()) if isinstance(value, dict) else value
    if not all(isinstance(entry, dict) for entry in entries):
        raise Invalid(field=field_name, reason="type", value=None)
    persons = sum(read_int(entry.get("person_val", 0), f"{field_name}.person_val", minimum=0) for entry in entries)
    if persons > MAX_PERSONS:
        raise Invalid(field=field_name, reason="range", value=persons, limit=MAX_PERSONS)
    return persons
