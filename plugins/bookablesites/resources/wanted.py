"""From what a client asks for to core's booking requests: references looked up, defaults chosen, parties read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET

from core.domain.records import Location, Service
from core.domain.requests import BookingRequest, RuleOverrides
from core.domain.zones import zone as zone_of
from core.errors import Invalid, NotAvailable
from core.services import availability, bookings
from core.services.repository import extras, locations, resources, services
from plugins.bookablesites.auth import feature_disabled
from plugins.bookablesites.resources import offer, people
from plugins.bookablesites.resources.common import Tenant
from plugins.bookablesites.schemas import FieldErrors, Item, Party, plain
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate.catalog import NAME, Offered, default_location, service_facts, to_extra
from plugins.bookablesites.translate.prices import checkout

#: What ``force`` skips: notice and grid; never hours, overlap or capacity.
FORCED = RuleOverrides(grid=True, notice=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when an item is: everything of a request that does not depend on the party."""

    whole: Offered
    start: datetime
    zone: str
    resource_id: int
    location_id: int
    overrides: RuleOverrides
    end: datetime | None = None

    @property
    def service(self) -> Service:
        return self.whole.service

    @property
    def waits_for_minimum(self) -> bool:
        """Are parties below the minimum taken, and kept pending until it is reached?"""
        facts = service_facts(self.whole)
        return facts["allow_below_min_capacity"] and self.minimum > 1

    @property
    def minimum(self) -> int:
        return offer.terms(self.whole, self.resource_id).low


def place_of(item: Item, tenant: Tenant, path: str = "") -> Place:
    """Read service, time, employee and location of one item.

    Raises:
        FieldErrors: Something needed is missing.
        Invalid: A field names something that does not exist or is not offered.
    """
    prefix = f"{path}." if path else ""
    given = plain(item)
    missing = [] if given.get("service") else ["service"]
    if not given.get("start_date_time"):
        missing += [name for name in ("date", "time") if not given.get(name)]
    if missing:
        fields = {f"{prefix}{name}": "missing" for name in missing}
        raise FieldErrors(field=f"{prefix}{missing[0]}", reason="missing", errors=fields)
    service = services.get_many([given["service"]]).get(given["service"])
    if service is None or service.status == "trashed":
        raise Invalid(field=f"{prefix}service", reason="unknown", value=given["service"])
    whole = offer.offered([service], shown=False)[0]
    zone = service.zone or tenant.zone
    start = words.to_start(given, zone, path)
    end = None
    if given.get("end_date_time"):
        end = words.to_start({"start_date_time": given["end_date_time"]}, zone, path)
    assert start is not None
    resource_id = employee_of(whole, given.get("employee"), f"{prefix}employee")
    return Place(
        whole=whole,
        start=start,
        zone=zone,
        end=end,
        resource_id=resource_id,
        location_id=location_of(whole, given.get("location"), resource_id, f"{prefix}location"),
        overrides=FORCED if given.get("force") else RuleOverrides(),
    )


def employee_of(whole: Offered, wanted: int | None, field: str) -> int:
    """The employee an item names, checked; 0 leaves the choice to us."""
    if not wanted:
        return 0
    if all(link.resource_id != wanted for link in whole.links):
        reason = "offered" if wanted in resources.get_many([wanted]) else "unknown"
        raise Invalid(field=field, reason=reason, value=wanted)
    return wanted


def location_of(whole: Offered, wanted: int | None, resource_id: int, field: str) -> int:
    """The location an item names, checked; else the employee's, else the default one.

    Services that other dialects made stay without a location: their sessions would not meet otherwise.
    """
    allowed = whole.service.locations
    if wanted:
        if wanted not in locations.get_many([wanted]):
            raise Invalid(field=field, reason="unknown", value=wanted)
        if allowed and wanted not in allowed:
            raise Invalid(field=field, reason="offered", value=wanted)
        return wanted
    return usual_location(whole, resource_id)


def usual_location(whole: Offered, resource_id: int, known: Sequence[Location] | None = None) -> int:
    """Where an employee serves this service when nobody says where; without an employee where all of them do."""
    if not offer.is_own(whole.service):
        return 0
    homes = {record.location_id for id, record in whole.staff.items() if resource_id in (0, id)}
    home = homes.pop() if len(homes) == 1 else 0
    allowed = whole.service.locations
    if home and (not allowed or home in allowed):
        return home
    if known is None:
        known = locations.list_all([("status", "=", "active")])
    usual = default_location(known)
    if allowed:
        return usual.id if usual is not None and usual.id in allowed else allowed[0]
    return usual.id if usual is not None else 0


def request_of(
    place: Place, party: Party, tenant: Tenant, *, path: str = "", now: datetime, store: bool = True
) -> BookingRequest:
    """One party at a place as core's request.

    Args:
        store: Make the customer where the party describes a new one; False for quotes.

    Raises:
        Invalid: A field is wrong or names something that does not exist.
        NotAvailable: Fewer persons than the service takes ("persons").
    """
    prefix = f"{path}." if path else ""
    given = plain(party)
    persons = words.to_persons(given, path) or 1
    chosen = words.to_chosen(given)
    known = extras.get_many(number for number, _ in chosen)
    for position, entry in enumerate(given.get("extras") or ()):
        extra = known.get(entry["id"])
        if extra is None or extra.service_id != place.service.id:
            raise Invalid(field=f"{prefix}extras.{position}.id", reason="unknown", value=entry["id"])
        most = extra.max_quantity
        if most and dict(chosen)[extra.id] > most:
            raise Invalid(field=f"{prefix}extras.{position}.quantity", reason="range", value=entry["quantity"])
    customer_id = 0
    if party.customer is not UNSET:
        customer_id = people.customer_of(party.customer, now=now, path=f"{prefix}customer", create=store)
    elif store:
        raise FieldErrors(field=f"{prefix}customer", reason="missing", errors={f"{prefix}customer": "missing"})
    coupon = (given.get("coupon_code") or "").strip()
    if coupon and not tenant.settings.features.coupons:
        raise feature_disabled("coupons")
    metadata = {name: given[name] for name in ("custom_fields", "note") if given.get(name)}
    return BookingRequest(
        service_id=place.service.id,
        wall_start=place.start,
        wall_end=place.end,
        origin=NAME,
        status=words.to_core_status(status_of(place, given, persons, tenant, f"{prefix}status")),
        resource_id=place.resource_id,
        location_id=place.location_id,
        customer_id=customer_id,
        persons=persons,
        extras=chosen,
        coupon_code=coupon,
        checkout=tuple(checkout()),
        overrides=place.overrides,
        snapshot={"extras": [to_extra(known[number]) for number, _ in chosen]} if chosen else {},
        metadata=metadata,
    )


def status_of(place: Place, given: Mapping[str, Any], persons: int, tenant: Tenant, field: str) -> str:
    """The status a new booking begins with; raises NotAvailable for a party that is too small."""
    if not place.waits_for_minimum and persons < place.minimum:
        raise NotAvailable(reason="persons", wanted=persons, limit=place.minimum)
    if given.get("status") is not None:
        return words.to_status(given["status"], field)
    if place.waits_for_minimum:
        return words.APPROVED if persons + joined(place) >= place.minimum else words.PENDING
    return tenant.settings.default_appointment_status


def joined(place: Place) -> int:
    """Persons that an employee's appointment at this time has already."""
    if not place.resource_id:
        return 0
    found = bookings.page(
        [
            ("service_id", "=", place.service.id),
            ("resource_id", "=", place.resource_id),
            ("location_id", "=", place.location_id),
            # The instant: who booked when the site was in another zone sees another wall clock.
            ("start", "=", place.start.replace(tzinfo=zone_of(place.zone)).astimezone(UTC)),
            ("status", "in", words.core_statuses(words.ACTIVE)),
        ],
        count=False,
    )
    return sum(words.party(booking) for booking in found.items)


def choose_employee(place: Place, persons: int, chosen: Sequence[tuple[int, int]], *, now: datetime) -> int:
    """An employee who can take so many at a place: for several parties that belong together, and for services whose
    own plan leaves the choice to the customer. 0 where the service needs nobody or core itself will choose.
    """
    plan = place.service.plan
    if place.resource_id or not place.whole.links or plan.resources.choice in ("none", "optional"):
        return place.resource_id
    request = BookingRequest(
        service_id=place.service.id,
        wall_start=place.start,
        wall_end=place.end,
        origin=NAME,
        location_id=place.location_id,
        persons=persons,
        extras=tuple(chosen),
        overrides=place.overrides,
    )
    if plan.resources.choice in ("automatic", "either"):
        return bookings.quote(request, now=now)[1]
    return first_free(request, [link.resource_id for link in place.whole.links], now=now)


def first_free(request: BookingRequest, candidates: Sequence[int], *, now: datetime) -> int:
    """The first of these employees with room; the most telling refusal when there is none."""

    refused = NotAvailable(reason="resource", wanted=request.persons)
    for number, left in zip(candidates, availability.remaining_by_resource(request, candidates, now=now), strict=True):
        if isinstance(left, NotAvailable):
            refused = left
        elif left >= request.persons:
            return number
        else:
            refused = NotAvailable(reason="full", wanted=request.persons, left=max(0, left))
    raise refused
