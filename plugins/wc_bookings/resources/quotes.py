"""``/wc-bookings/v2/quotes``: what a booking would cost, or the vendor's sentence why it cannot be (section 9.2)."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.domain.money import Quote, round_half_up
from core.domain.records import Service
from core.domain.requests import SKIP_ALL_BUT_CAPACITY, BookingRequest, RuleOverrides
from core.errors import NotAvailable
from core.services import availability, bookings, repository, site
from core.wordpress import dates, php
from core.wordpress.date_texts import parse_date_text
from core.wordpress.rest import READ, Endpoint, RestRequest, RestResponse, RestRoute, WPError
from core.wordpress.schema import arg
from plugins.wc_bookings.auth import managers
from plugins.wc_bookings.errors import BOOKING
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate import vendor_faults
from plugins.wc_bookings.translate.quotes import Read, read_date, to_posted
from plugins.wc_bookings.translate.texts import number
from plugins.wc_bookings.translate.validation import Room, Wanted, earliest, places, refusal, to_wanted

_LONG = ("day", "night", "month")


class Quotes:
    """Handler of ``/wc-bookings/v2/quotes``."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[RestRoute]:
        args = {
            "start": arg(clean=None),
            "end": arg(clean=None),
            "product_id": arg(required=True, check=True, type="integer"),
            "resource_id": arg(check=True, type="integer", default=0),
            "persons": arg(check=True, type=["integer", "object", "array"], clean=None),
            "duration": arg(check=True, type="integer"),
            "customer_id": arg(check=True, type="integer"),
        }
        return [RestRoute("/quotes", [Endpoint(READ, self.read, args, managers("view"), per_item=False)])]

    def read(self, request: RestRequest) -> RestResponse:
        number_ = request.int_param("product_id")
        service = repository.services.get_many([number_]).get(number_)
        if service is None or service.status == "trashed":
            raise WPError("woocommerce_bookings_rest_invalid_product_id", "Invalid product ID.", 400)
        now = self._shop.wall_now(request.now)
        settings = self._shop.settings(service)
        start, end = _date(request, "start", now), _date(request, "end", now)
        posted = to_posted(
            settings,
            start=start,
            end=end,
            duration=request.get("duration"),
            persons=_persons(request.get("persons")),
            resource_id=request.int_param("resource_id"),
        )
        wanted = to_wanted(settings, posted)
        if self._shop.strict:
            service = vendor_faults.as_quoted(service, settings)
        room = _Places(service, settings, request, earliest(settings, now) if self._shop.strict else None)
        sentence = refusal(
            settings, wanted, now=now, room=room, show_date=self._show_date, show_moment=self._show_moment
        )
        if sentence:
            raise WPError(BOOKING, sentence, 400)
        asked = room.request(wanted, room.resource_id)
        quote, _ = bookings.quote(asked, now=request.now, check=False, preloaded_services={service.id: service})
        cost = number(self._exact(quote))
        return RestResponse(
            {
                "request_info": {"start": request.get("start"), "end": request.get("end")},
                "product_id": service.id,
                "bookable_name": service.name,
                "type": words.product_type(service),
                "resource_id": room.resource_id,
                "cost_breakdown": {"cost": cost, "tax": 0, "total": cost},
                "cost": cost,
                "currency": quote.currency,
            }
        )

    def _exact(self, quote: Quote) -> Decimal:
        """The cost before rounding, which is for orders (6.3), unless somebody has set another total since."""
        exact = quote.facts.get("exact", quote.total)
        return exact if round_half_up(exact, self._shop.decimals) == quote.total else quote.total

    def _show_date(self, moment: datetime) -> str:
        """A date in the shop's own format."""
        return dates.format_date(moment, _site_format("date_format", "Y-m-d"), self._shop.site.locale)

    def _show_moment(self, moment: datetime) -> str:
        """A date and a time in the shop's own formats."""
        time = dates.format_date(moment, _site_format("time_format", "H:i"), self._shop.site.locale)
        return f"{self._show_date(moment)} {time}"


class _Places:
    """Asks the calendar for one booking; ``resource_id`` is the one it would get.

    With ``earliest`` the last day booked must not lie before it, instead of the first.
    """

    def __init__(
        self, service: Service, settings: dict[str, Any], request: RestRequest, earliest: datetime | None
    ) -> None:
        self._service = service
        self._settings = settings
        self._now = request.now
        self._earliest = earliest
        self.resource_id = 0

    def request(self, wanted: Wanted, resource_id: int) -> BookingRequest:
        start = wanted.start or datetime.min
        return BookingRequest(
            service_id=self._service.id,
            wall_start=self._clock(start, self._service.plan.check_in_minute),
            wall_end=wanted.end and self._clock(wanted.end, self._service.plan.check_out_minute),
            blocks=None,
            origin=words.NAME,
            resource_id=resource_id,
            persons=min(max(1, wanted.party), 10**6),
            person_counts={kind: count for kind, count in wanted.persons if kind},
            # A price does not depend on whether the span can be had; that has been asked before.
            overrides=SKIP_ALL_BUT_CAPACITY,
        )

    def _clock(self, moment: datetime, minute: int) -> datetime:
        """Nights begin and end at the times of the house."""
        return moment + timedelta(minutes=minute) if self._service.plan.unit == "night" else moment

    def __call__(self, wanted: Wanted) -> Room:
        plan, units = self._service.plan, places(self._settings, wanted)
        self.resource_id = wanted.resource_id
        if self._earliest and vendor_faults.ends_too_soon(plan, wanted.end, self._earliest):
            return Room("closed")
        links = list(self._settings.get("resource_ids") or ())
        automatic = plan.resources.choice in ("automatic", "either") and links and not wanted.resource_id
        asked = links if automatic else [wanted.resource_id]
        # The form has said what there is to say about length and party; hours, notice and grid are the calendar's.
        strict = RuleOverrides(duration=True, persons=True, start_weekday=True)
        request = replace(self.request(wanted, wanted.resource_id), overrides=strict)
        known = {self._service.id: self._service}
        found = availability.remaining_by_resource(request, asked, now=self._now, preloaded_services=known)
        for resource_id, left in zip(asked, found, strict=True):
            if isinstance(left, int) and left >= units:
                self.resource_id = resource_id
                return Room()
        if automatic:
            return Room("no_resource" if any(map(_is_about_resource, found)) else "closed")
        if isinstance(found[0], NotAvailable):
            return Room("no_resource" if found[0].reason == "resource" else "closed")
        shortage = availability.first_shortage(request, asked[0], now=self._now, preloaded_services=known)
        if shortage is None or plan.unit not in _LONG:
            return Room("short", found[0] if shortage is None else shortage[1])
        return Room("short", shortage[1], shortage[0].date())


def _is_about_resource(left: int | NotAvailable) -> bool:
    """Whether a resource cannot be had for what it is or holds, rather than for the time asked."""
    return isinstance(left, int) or left.reason not in ("past", "notice", "horizon")


def _date(request: RestRequest, name: str, now: datetime) -> Read | None:
    """A date as the form has it, else whatever the platform reads; a bare number is a wall stamp."""
    text = php.to_text(request.get(name)).strip()
    found = read_date(text)
    if found is not None:
        return found
    moment = parse_date_text(f"@{text}" if re.fullmatch(r"[0-9]{9,11}", text) else text, now)
    return None if moment is None else Read(moment, (moment.hour, moment.minute) != (0, 0))


def _site_format(name: str, default: str) -> str:
    return str(site.extras(words.NAME).get("site", {}).get(name) or default)[:40]


def _persons(value: Any) -> Any:
    """A total, or numbers by type; PHP makes a list of a map that counts from 0."""
    if isinstance(value, list):
        value = {str(index): count for index, count in enumerate(value)}
    if isinstance(value, dict):
        return {key: max(0, php.intval(count)) for key, count in value.items()}
    return None if value in (None, "") else max(0, php.intval(value))
