"""What a booking would cost, or the vendor's sentence why it cannot be booked (README.md, "Quotes")."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from frontdesk import availability, bookings, repository, site
from frontdesk.errors import NotAvailable, Vetoed
from frontdesk.money import Quote as Price
from frontdesk.money import round_half_up
from frontdesk.records import SKIP_ALL_BUT_CAPACITY, BookingRequest, RuleOverrides, Service
from frontdesk.statuses import DELETED
from frontdesk.wordpress import dates, php
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate import vendor_faults
from plugins.wc_bookings.translate.booking_form import (
    PostedBooking,
    Vacancy,
    earliest,
    places_needed,
    refusal,
    to_posted_booking,
)
from plugins.wc_bookings.translate.quotes import to_form_fields, to_parsed_date
from plugins.wc_bookings.translate.values import NAME
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.product_queries import settings_of

_LONG_UNITS = ("day", "night", "month")
_MAX_PERSONS = 10**6


class Quote(NamedTuple):
    """The price of a booking; ``resource_id`` is the resource it would get."""

    service: Service
    resource_id: int
    cost: Decimal
    currency: str


def get(context: Context, params: Mapping[str, Any]) -> Quote:
    """The price of what the parameters ask for.

    Raises:
        Refused: The product does not exist, or the booking form refuses.
    """
    product_id = php.intval(params.get("product_id"))
    service = repository.services.get_many([product_id]).get(product_id)
    if service is None or service.status == DELETED:
        raise Refused("product")
    now, wall_now, settings = context.clock(), context.wall_now(), settings_of(service)
    form = to_form_fields(
        settings,
        start=to_parsed_date(params.get("start"), wall_now),
        end=to_parsed_date(params.get("end"), wall_now),
        duration=params.get("duration"),
        persons=params.get("persons"),
        resource_id=php.intval(params.get("resource_id")),
    )
    posted = to_posted_booking(settings, form)
    if context.strict:
        service = vendor_faults.as_quoted(service, settings)
    check = _VacancyCheck(service, settings, now, earliest(settings, wall_now) if context.strict else None)
    formats = _SiteFormats(context)
    try:
        sentence = refusal(
            settings, posted, now=wall_now, vacancy=check, show_date=formats.date, show_moment=formats.moment
        )
    except Vetoed as error:
        sentence = error.reason
    if sentence:
        raise Refused("booking_form", sentence=sentence)
    request = check.request(posted, check.resource_id)
    price, _ = bookings.quote(request, now=now, check=False, preloaded_services={service.id: service})
    return Quote(service, check.resource_id, _unrounded(price, context.decimals), price.currency)


def _unrounded(price: Price, decimals: int) -> Decimal:
    """The cost before rounding, which is for orders; the total where a filter has changed it since."""
    exact: Decimal = price.facts.get("exact", price.total)
    return exact if round_half_up(exact, decimals) == price.total else price.total


class _SiteFormats:
    """Dates and times in the shop's own formats."""

    def __init__(self, context: Context) -> None:
        self._locale = context.site.locale

    def date(self, moment: datetime) -> str:
        return self._formatted(moment, "date_format", "Y-m-d")

    def moment(self, moment: datetime) -> str:
        return f"{self.date(moment)} {self._formatted(moment, 'time_format', 'H:i')}"

    def _formatted(self, moment: datetime, name: str, default: str) -> str:
        form = site.extras(NAME).get("site", {}).get(name) or default
        return dates.format_date(moment, str(form)[:40], self._locale)


class _VacancyCheck:
    """Asks core for one booking.

    Args:
        now: The current instant.
        earliest: The wall clock that the last day booked must not lie before; None checks the first day instead.

    Attributes:
        resource_id: The resource that the booking would get.
    """

    def __init__(self, service: Service, settings: dict[str, Any], now: datetime, earliest: datetime | None) -> None:
        self._service = service
        self._settings = settings
        self._now = now
        self._earliest = earliest
        self.resource_id = 0

    def request(
        self, posted: PostedBooking, resource_id: int, overrides: RuleOverrides = SKIP_ALL_BUT_CAPACITY
    ) -> BookingRequest:
        """The posted booking as a request. Its price does not depend on whether it is available."""
        start = posted.start or datetime.min
        return BookingRequest(
            service_id=self._service.id,
            wall_start=self._clock(start, self._service.plan.check_in_minute),
            wall_end=posted.end and self._clock(posted.end, self._service.plan.check_out_minute),
            blocks=None,
            origin=NAME,
            resource_id=resource_id,
            persons=min(max(1, posted.party), _MAX_PERSONS),
            person_counts={type_id: count for type_id, count in posted.persons if type_id},
            overrides=overrides,
        )

    def _clock(self, moment: datetime, minute: int) -> datetime:
        """Nights begin and end at the check-in and check-out times."""
        return moment + timedelta(minutes=minute) if self._service.plan.unit == "night" else moment

    def __call__(self, posted: PostedBooking) -> Vacancy:
        plan = self._service.plan
        self.resource_id = posted.resource_id
        if self._earliest and vendor_faults.ends_too_soon(plan, posted.end, self._earliest):
            return Vacancy("closed")
        resource_ids = list(self._settings.get("resource_ids") or ())
        is_automatic = plan.resources.choice in ("automatic", "either") and resource_ids and not posted.resource_id
        candidates = resource_ids if is_automatic else [posted.resource_id]
        # The form checks length and party itself; hours, notice and grid are core's to check.
        rules = RuleOverrides(duration=True, persons=True, start_weekday=True)
        request = self.request(posted, posted.resource_id, rules)
        known = {self._service.id: self._service}
        results = availability.remaining_by_resource(request, candidates, now=self._now, preloaded_services=known)
        for resource_id, left in zip(candidates, results, strict=True):
            if isinstance(left, int) and left >= places_needed(self._settings, posted):
                self.resource_id = resource_id
                return Vacancy()
        if is_automatic:
            return Vacancy("no_resource" if any(map(_is_about_resource, results)) else "closed")
        return self._shortage(request, candidates[0], results, known)

    def _shortage(
        self,
        request: BookingRequest,
        resource_id: int,
        results: Sequence[int | NotAvailable],
        known: dict[int, Service],
    ) -> Vacancy:
        """Why one resource, or the product itself, cannot be booked: closed, or how many places are left and when."""
        left = results[0]
        if isinstance(left, NotAvailable):
            return Vacancy("no_resource" if left.reason == "resource" else "closed")
        shortage = availability.first_shortage(request, resource_id, now=self._now, preloaded_services=known)
        if shortage is None:
            return Vacancy("short", left)
        moment, places = shortage
        return Vacancy("short", places, moment.date() if self._service.plan.unit in _LONG_UNITS else None)


def _is_about_resource(left: int | NotAvailable) -> bool:
    """Is a resource unavailable for what it is or has, rather than for the time asked?"""
    return isinstance(left, int) or left.reason not in ("past", "notice", "horizon")
