"""``/products/slots``: what is free when (fact sheet, section 5.9). Nothing sent here is ever an error,
but for more days than one answer may hold.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from core.domain.records import Service
from core.domain.schedule import Slot
from core.http.openapi import operation
from core.lru import SizedLRU
from core.services import availability, catalog, repository, site
from core.wordpress import php, sanitize
from core.wordpress.arguments import invalid_params_error
from core.wordpress.date_texts import parse_date_text
from core.wordpress.rest import READ, Endpoint, RestRequest, RestResponse, RestRoute
from core.wordpress.schema import SchemaError
from plugins.wc_bookings.auth import everybody
from plugins.wc_bookings.resources.products import bare
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate import slots, vendor_faults
from plugins.wc_bookings.translate.derive import base_cost, block_of

_MOST_IDS = 1000
_LOST_PLUS = re.compile(r"(\d:\d{2}(?::\d{2}(?:\.\d+)?)?)[ +](\d{2}(?::?\d{2})?)\Z")
#: A long list that names one product over and over would have an answer of any length.
_MOST_REPEATED = 100
_TEXTS = ("product_ids", "category_ids", "resource_ids", "min_date", "max_date")


class _Written(NamedTuple):
    facts: tuple[Any, ...]
    offers: Sequence[Slot]
    records: list[slots.Record]


class Slots:
    """Handler of ``/wc-bookings/v1/products/slots``."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._long = shop.options.slots_record == "long"
        #: By product: what its records were last written from, and the records; so many records in all.
        self._written: SizedLRU[int, _Written] = SizedLRU(40_000, lambda written: 1 + len(written.records))

    def routes(self) -> list[RestRoute]:
        return [RestRoute("/products/slots", [Endpoint(READ, self.browse, {}, everybody, per_item=False)])]

    @operation(
        query={
            **{name: [int] for name in ("product_ids", "category_ids", "resource_ids")},
            **dict.fromkeys(("min_date", "max_date"), str),
            **dict.fromkeys(("page", "limit"), int),
            **dict.fromkeys(("get_past_times", "hide_unavailable"), Literal["true", "false"]),
        }
    )
    def browse(self, request: RestRequest) -> RestResponse:
        if self._shop.strict:
            _refuse_lists(request)
        found = self._services(request)
        if found is None:
            return bare()
        if self._shop.strict:
            found = [vendor_faults.as_listed(service) for service in found]
        made = self._records(request, found) if found else []
        page, limit = request.get("page"), sanitize.absint(request.get("limit", 10))
        return RestResponse(slots.to_page(made, page=None if page is None else sanitize.absint(page), limit=limit))

    # -- which products -----------------------------------------------------------------------------------------

    def _services(self, request: RestRequest) -> list[Service] | None:
        """The products in the order asked for; None where one of them is of another type."""
        strict = self._shop.strict
        # One that is named twice is listed twice by the real server.
        wanted = _ids(request, "product_ids", repeated=strict)
        if wanted:
            others = site.extras(words.NAME).get("other_products", {})
            if any(str(number) in others for number in wanted):
                return None
            known = repository.services.get_many(wanted)
            found = [known[number] for number in wanted if number in known]
        else:
            where = [("status", "in", ["active", "publish"])]
            found = repository.services.list_all(where, order=(("created_at", "desc"), ("id", "desc")))
        categories = _ids(request, "category_ids")
        if categories:
            if strict:
                categories = vendor_faults.with_parents(categories, repository.categories.get_many(categories))
            inside = catalog.category_services(categories)
            allowed = {number for numbers in inside.values() for number in numbers}
            found = [service for service in found if service.id in allowed]
        return [one for one in found if words.to_product_data(one)["catalog_visibility"] != "hidden"]

    # -- which starts -------------------------------------------------------------------------------------------

    def _records(self, request: RestRequest, services: Sequence[Service]) -> list[slots.Record]:
        now = self._shop.wall_now(request.now)
        hide = php.to_text(request.get("hide_unavailable")) == "true"
        past = php.to_text(request.get("get_past_times")) == "true"
        lenient = not self._shop.strict
        low, high = (_moment(request, name, now, lenient=lenient) for name in ("min_date", "max_date"))
        windows = {
            service.id: slots.to_window(service.plan, low, high, now, lenient_default=lenient, past=past and lenient)
            for service in services
        }
        # All products are asked about together, whatever days each one's own limits leave.
        first = min(window.first for window in windows.values())
        last = max(window.last for window in windows.values())
        offers = availability.list_slots_of(
            windows,
            first=first,
            last=last,
            now=request.now,
            include_past=past,
            ignore_notice=past,
            preloaded_services={service.id: service for service in services},
        )
        only = set(_ids(request, "resource_ids"))
        made: list[slots.Record] = []
        for service in services:
            window = windows[service.id]
            found = slots.inside(offers.get(service.id, ()), window, first, last)
            if not lenient:
                found = vendor_faults.listed_until(service.plan, found, window.high)
            if only:
                found = [offer for offer in found if offer.resource_id in only]
            made += self._shown(service, found, hide)
        return made

    def _shown(self, service: Service, offers: Sequence[Slot], hide: bool) -> list[slots.Record]:
        if not offers:
            return []
        length, unit = block_of(service.plan)
        facts = (service.name, unit, length, base_cost(service), hide)
        known = self._written.get(service.id)
        if known is not None and known.facts == facts and known.offers == offers:
            return known.records
        if self._long:
            cost = self._shop.money(base_cost(service))
            product = {"id": service.id, "name": service.name}
            made = slots.to_long_records(product, offers, unit=unit, duration=length, cost=cost, hide_unavailable=hide)
        else:
            made = slots.to_short_records(service.id, length, offers, hide_unavailable=hide)
        self._written.put(service.id, _Written(facts, offers, made))
        return made


def _moment(request: RestRequest, name: str, now: datetime, *, lenient: bool) -> datetime | None:
    """A date as the real server reads it; ``lenient`` gives a plus sign back that a query turned into a blank."""
    text = php.to_text(request.get(name))
    if lenient:
        # Encoded, because the real server's reading, which follows, decodes a text once more.
        text = _LOST_PLUS.sub(r"\1%2B\2", text)
    return parse_date_text(text, now)


def _refuse_lists(request: RestRequest) -> None:
    """The real server crashes where it wants a text and gets a list; an empty list of ids is no ids."""
    wrong = {
        name: SchemaError("rest_invalid_type", f"{name} is not of type string.", {"param": name})
        for name in _TEXTS
        if isinstance(value := request.get(name), (dict, list)) and (value or name.endswith("date"))
    }
    if wrong:
        raise invalid_params_error(wrong)


def _ids(request: RestRequest, name: str, *, repeated: bool = False) -> list[int]:
    """Ids from a comma text; a word counts as 0, nobody's id. Nothing, or just "0", is no condition.

    Each once, or as often as it is named when ``repeated``; a list too long for that has each once all the same.
    """
    value = request.get(name)
    if isinstance(value, (dict, list)):
        return sanitize.id_list(value)[:_MOST_IDS]
    text = php.to_text(value)
    numbers = [sanitize.absint(part) for part in text.split(",")[:_MOST_IDS]] if text not in ("", "0") else []
    return numbers if repeated and len(numbers) <= _MOST_REPEATED else list(dict.fromkeys(numbers))
