"""From the body of a booking to core's requests: looks up what it names, fills in defaults, checks the party."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET, to_builtins
from msgspec.structs import replace as replace_fields

from frontdesk import availability, bookings
from frontdesk.errors import BalanceRefused, Invalid, NotAvailable
from frontdesk.records import BookingRequest, Location, RuleOverrides, Service
from frontdesk.repository import coupons, extras, locations, resources, services
from frontdesk.statuses import DELETED
from frontdesk.times import zone as zone_of
from plugins.bookablesites.errors import FeatureDisabled, FieldErrors
from plugins.bookablesites.schemas import BookingBody, ItemBody, PartyBody
from plugins.bookablesites.translate.bookings import (
    ACTIVE,
    APPROVED,
    PENDING,
    check_required,
    party_size,
    to_core_status,
    to_core_statuses,
    to_party,
    to_status,
    to_times,
)
from plugins.bookablesites.translate.locations import is_default
from plugins.bookablesites.translate.prices import checkout
from plugins.bookablesites.translate.services import PartyLimits, ServiceView, check_extras, to_extra
from plugins.bookablesites.translate.values import NAME
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.customers import booking_customer
from plugins.bookablesites.usecases.service_catalog import service_views

#: What ``force`` skips: notice and grid, but not hours, overlap and capacity.
FORCED = RuleOverrides(grid=True, notice=True)
#: The price steps that follow a service's own.
CHECKOUT = tuple(checkout())
#: Fields of a group order that its items inherit.
_SHARED_FIELDS = ("customer", "status", "location", "force", "notify_participants")


@dataclass(frozen=True, slots=True)
class RequestedSlot:
    """The service, time, employee and location of an item; ``start`` and ``end`` are wall clocks of ``zone``."""

    view: ServiceView
    start: datetime
    end: datetime | None
    zone: str
    resource_id: int
    location_id: int
    overrides: RuleOverrides
    limits: PartyLimits

    @property
    def service(self) -> Service:
        return self.view.service


@dataclass(frozen=True, slots=True)
class PreparedRequests:
    """Core's requests for one body.

    Attributes:
        wait_for_minimum: One of the services accepts parties below its minimum.
        explicit_status: The body names the status of a booking.
    """

    requests: list[BookingRequest]
    wait_for_minimum: bool
    explicit_status: bool


def prepare_bookings(
    payload: BookingBody, context: Context, *, now: datetime, create_customers: bool = True
) -> PreparedRequests:
    """One request for each item of a body; the coupon of a group goes to the items it is for.

    Args:
        create_customers: False for quotes, which store nothing and need no customer.

    Raises:
        FieldErrors: A required field is missing.
        Invalid: A field is wrong, or names a record that does not exist or is not offered.
        NotAvailable: A party is below the minimum, or no employee is free.
        BalanceRefused: The coupon of the group is unknown, or for none of its services.
    """
    requests, wait_for_minimum = [], False
    is_group = payload.bookings is not UNSET
    items = _items(payload)
    for position, item in enumerate(items):
        prefix = f"bookings.{position}." if is_group else ""
        try:
            slot = requested_slot(item, context, prefix)
            request = booking_request(slot, item, context, prefix=prefix, now=now, create_customer=create_customers)
            if slot.service.plan.resources.choice == "customer":
                resource_id = choose_employee(slot, request.persons, request.extras, now=now)
                request = replace(request, resource_id=resource_id)
        except NotAvailable as error:
            error.position = position if is_group else None
            raise
        requests.append(request)
        wait_for_minimum = wait_for_minimum or slot.limits.waits_for_minimum
    if is_group and payload.coupon_code:
        _check_coupons_on(context)
        requests = _share_coupon(requests, payload.coupon_code.strip())
    explicit_status = any(item.status is not UNSET for item in (*items, payload))
    return PreparedRequests(requests, wait_for_minimum, explicit_status)


def _items(payload: BookingBody) -> list[ItemBody]:
    """The items of a body; those of a group inherit the shared fields they do not send."""
    if payload.bookings is UNSET:
        return [payload]
    items = []
    for item in payload.bookings:
        shared = {
            name: value
            for name in _SHARED_FIELDS
            if getattr(item, name) is UNSET and (value := getattr(payload, name)) is not UNSET
        }
        items.append(replace_fields(item, **shared) if shared else item)
    return items


def requested_slot(item: ItemBody, context: Context, prefix: str = "") -> RequestedSlot:
    """Look up service, time, employee and location of an item.

    Args:
        prefix: The path of the item in the body, with a dot at its end.

    Raises:
        FieldErrors: A required field is missing.
        Invalid: A field names a record that does not exist or is not offered.
    """
    fields = to_builtins(item)
    check_required(fields, prefix)
    service = services.get_many([fields["service"]]).get(fields["service"])
    if service is None or service.status == DELETED:
        raise Invalid(field=f"{prefix}service", reason="unknown", value=fields["service"])
    view = service_views([service], with_extras=False)[0]
    zone = service.zone or context.zone
    start, end = to_times(fields, zone, prefix)
    resource_id = offered_employee_id(view, fields.get("employee"), f"{prefix}employee")
    return RequestedSlot(
        view=view,
        start=start,
        end=end,
        zone=zone,
        resource_id=resource_id,
        location_id=offered_location_id(view, fields.get("location"), resource_id, f"{prefix}location"),
        overrides=FORCED if fields.get("force") else RuleOverrides(),
        limits=view.party_limits(resource_id),
    )


def offered_employee_id(view: ServiceView, employee_id: int | None, field: str) -> int:
    """The employee an item names, checked; 0 where it names none and core chooses."""
    if not employee_id:
        return 0
    if all(link.resource_id != employee_id for link in view.links):
        reason = "offered" if employee_id in resources.get_many([employee_id]) else "unknown"
        raise Invalid(field=field, reason=reason, value=employee_id)
    return employee_id


def offered_location_id(view: ServiceView, location_id: int | None, resource_id: int, field: str) -> int:
    """The location an item names, checked; else the usual one."""
    if not location_id:
        return usual_location_id(view, resource_id)
    if location_id not in locations.get_many([location_id]):
        raise Invalid(field=field, reason="unknown", value=location_id)
    if view.service.locations and location_id not in view.service.locations:
        raise Invalid(field=field, reason="offered", value=location_id)
    return location_id


def usual_location_id(view: ServiceView, resource_id: int, active: Sequence[Location] | None = None) -> int:
    """Where a service takes place when nobody says where; 0 for none.

    The location of the employee (0: of all employees, if they share one), else the default location. Services of other
    dialects have none: their bookings would not share appointments otherwise.

    Args:
        active: All active locations; read when None and needed.
    """
    if not view.is_own:
        return 0
    offered = view.service.locations
    homes = {record.location_id for id, record in view.employees.items() if resource_id in (0, id)}
    home = homes.pop() if len(homes) == 1 else 0
    if home and (not offered or home in offered):
        return home
    if active is None:
        active = locations.list_all([("status", "=", "active")])
    # The location marked as the default, else the oldest.
    default = min(active, key=lambda record: (not is_default(record), record.id), default=None)
    default_id = default.id if default is not None else 0
    return offered[0] if offered and default_id not in offered else default_id


def booking_request(
    slot: RequestedSlot,
    party: PartyBody,
    context: Context,
    *,
    prefix: str,
    now: datetime,
    create_customer: bool = True,
) -> BookingRequest:
    """One party in a slot as core's request.

    Raises:
        Invalid: A field is wrong or names a record that does not exist.
        NotAvailable: The party is below the minimum ("persons").
    """
    fields = to_builtins(party)
    persons, chosen = to_party(fields, prefix)
    snapshot = {}
    if chosen:
        records = extras.get_many(extra_id for extra_id, _ in chosen)
        offered = {id: extra for id, extra in records.items() if extra.service_id == slot.service.id}
        check_extras(fields["extras"], dict(chosen), offered, prefix)
        snapshot = {"extras": [to_extra(offered[extra_id]) for extra_id, _ in chosen]}
    customer = None
    if party.customer is not UNSET:
        customer = booking_customer(party.customer, now=now, path=f"{prefix}customer", create=create_customer)
    elif create_customer:
        raise FieldErrors.missing(["customer"], prefix)
    coupon_code = (fields.get("coupon_code") or "").strip()
    if coupon_code:
        _check_coupons_on(context)
    return BookingRequest(
        service_id=slot.service.id,
        wall_start=slot.start,
        wall_end=slot.end,
        origin=NAME,
        status=to_core_status(_initial_status(slot, fields, persons, context, f"{prefix}status")),
        resource_id=slot.resource_id,
        location_id=slot.location_id,
        customer_id=customer.id if customer is not None else 0,
        customer=customer,
        persons=persons,
        extras=chosen,
        coupon_code=coupon_code,
        checkout=CHECKOUT,
        overrides=slot.overrides,
        snapshot=snapshot,
        metadata={name: fields[name] for name in ("custom_fields", "note") if fields.get(name)},
    )


def _initial_status(slot: RequestedSlot, fields: Mapping[str, Any], persons: int, context: Context, path: str) -> str:
    """The first status of a booking; raises NotAvailable for a party below the minimum."""
    if not slot.limits.waits_for_minimum and persons < slot.limits.minimum:
        raise NotAvailable(reason="persons", requested=persons, limit=slot.limits.minimum)
    if fields.get("status") is not None:
        return to_status(fields["status"], path)
    if slot.limits.waits_for_minimum:
        return APPROVED if persons + _persons_booked(slot) >= slot.limits.minimum else PENDING
    return context.settings.default_appointment_status


def _persons_booked(slot: RequestedSlot) -> int:
    """Persons who are already booked into the employee's appointment at this time."""
    if not slot.resource_id:
        return 0
    page = bookings.page(
        [
            ("service_id", "=", slot.service.id),
            ("resource_id", "=", slot.resource_id),
            ("location_id", "=", slot.location_id),
            # The instant: bookings made while the site was in another zone have another wall clock.
            ("start", "=", slot.start.replace(tzinfo=zone_of(slot.zone)).astimezone(UTC)),
            ("status", "in", to_core_statuses(ACTIVE)),
        ],
        count=False,
    )
    return sum(party_size(booking) for booking in page.items)


def _check_coupons_on(context: Context) -> None:
    if not context.settings.features.coupons:
        raise FeatureDisabled(feature="coupons")


def _share_coupon(requests: list[BookingRequest], code: str) -> list[BookingRequest]:
    """Give a coupon to the requests for its services; one that is for none of them is refused."""
    coupon = coupons.find(code=code)
    if coupon is None:
        raise BalanceRefused(kind="coupon", code=code, reason="unknown", reasons=("unknown",))
    covered = [not coupon.services or request.service_id in coupon.services for request in requests]
    if not any(covered):
        raise BalanceRefused(kind="coupon", code=code, reason="service", reasons=("service",))
    return [
        replace(request, coupon_code=request.coupon_code or code) if is_covered else request
        for request, is_covered in zip(requests, covered, strict=True)
    ]


def choose_employee(slot: RequestedSlot, persons: int, chosen: Sequence[tuple[int, int]], *, now: datetime) -> int:
    """An employee with room for so many persons in a slot; 0 where the service needs none or core chooses.

    For several parties that belong together, and for services whose plan leaves the choice to the customer.

    Raises:
        NotAvailable: No employee has room.
    """
    plan = slot.service.plan
    if slot.resource_id or not slot.view.links or plan.resources.choice in ("none", "optional"):
        return slot.resource_id
    request = BookingRequest(
        service_id=slot.service.id,
        wall_start=slot.start,
        wall_end=slot.end,
        origin=NAME,
        location_id=slot.location_id,
        persons=persons,
        extras=tuple(chosen),
        overrides=slot.overrides,
    )
    if plan.resources.choice in ("automatic", "either"):
        return bookings.quote(request, now=now)[1]
    candidates = [link.resource_id for link in slot.view.links]
    refusal = NotAvailable(reason="resource", requested=persons)
    for resource_id, room in zip(
        candidates, availability.remaining_by_resource(request, candidates, now=now), strict=True
    ):
        if isinstance(room, NotAvailable):
            refusal = room
        elif room >= persons:
            return resource_id
        else:
            refusal = NotAvailable(reason="full", requested=persons, remaining=max(0, room))
    raise refusal
