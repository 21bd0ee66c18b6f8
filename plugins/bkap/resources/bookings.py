"""``/bkap/bookings``: list, read, count, create, change, delete (sheet 4.3 to 4.8)."""

import math
import secrets
import string
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from core.db import writing
from core.domain.records import Booking
from core.domain.requests import ChangeRequest, OrderRequest
from core.domain.schedule import SchedulePlan
from core.domain.statuses import CANCELLED
from core.errors import Invalid, NotAvailable, NotFound
from core.http.openapi import operation, partial
from core.http.responses import check_version
from core.services import bookings, orders, repository
from core.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.resources import lookups
from plugins.bkap.schemas import BOOKING_TYPES, MULTI_DATE_TYPES, STATUSES, BookingRecord, CreatedBooking
from plugins.bkap.settings import BkapSettings
from plugins.bkap.translate.bookings import FROM_STATUS, Product, as_product, core_statuses, shown, to_created
from plugins.bkap.translate.catalog import choices
from plugins.bkap.translate.changes import kept_facets, read_edit, to_echo
from plugins.bkap.translate.derived import is_own
from plugins.bkap.translate.schedule import NAME
from plugins.bkap.translate.values import at, given, read_amount, read_day, read_whole
from plugins.bkap.translate.wishes import Wish, read_persons, read_stretches, relaxed, to_requests

_NEWEST = (("created_at", "desc"), ("id", "desc"))
_CHUNK = 2000
_LETTERS = string.ascii_letters + string.digits
_ID_FILTERS = {
    "product_id": "service_id",
    "variation_id": "variant_id",
    "customer_id": "customer_id",
    "resource_id": "resource_id",
    "order_id": "order_id",
}
#: What creates and updates both take.
_WANTED = {
    "start_date": date,
    "end_date": date,
    "start_time": str,
    "end_time": str,
    "duration": int,
    "fixed_block": int,
    "quantity": int,
    "price": Decimal,
}


class Bookings:
    """Handlers of the booking routes."""

    def __init__(self, *, settings: BkapSettings, store_url: str) -> None:
        self._settings = settings
        self._store_url = store_url

    # -- reading ------------------------------------------------------------------------------------------------------

    @operation(
        query={
            **dict.fromkeys(_ID_FILTERS, int),
            "status": Literal[STATUSES],
            "quantity": int,
            "price": Decimal,
            "start_date": date,
            "end_date": date,
            "page": int,
            **lookups.LIMIT,
            **lookups.FIELDS,
        },
        reply=lookups.listed("bookings", BookingRecord),
    )
    def browse(self, request: LegacyRequest) -> LegacyResponse:
        filters = request.filters
        where, more = _conditions(filters)
        limit = lookups.limit_of(filters, "bookings")
        page = max(0, read_whole(filters.get("page") or 0, "bookings.page")) if limit else 0
        offset = page * (limit or 0)
        if more:
            found, total = _scan(where, more, limit, offset)
        else:
            part = bookings.page(where, order=_NEWEST, limit=lookups.bounded(limit), offset=offset)
            found, total = lookups.checked(part.items), part.total or 0
        shown_records = lookups.booking_records(found)
        return lookups.listing(
            request, "bookings", shown_records, total=total, limit=limit, page=page, empty="No Bookings"
        )

    @operation(query=lookups.FIELDS, reply=lookups.shown("booking", BookingRecord))
    def read(self, request: LegacyRequest) -> LegacyResponse:
        booking = lookups.found("booking", request.params["id"])
        answer = lookups.single(request, "booking", lookups.booking_records([booking])[0])
        answer.headers["ETag"] = f'"{booking.version}"'
        return answer

    @operation(reply={"count": int})
    def count(self, request: LegacyRequest) -> LegacyResponse:
        part = bookings.page([("status", "in", core_statuses(STATUSES))], limit=0)
        return LegacyResponse({"count": part.total or 0})

    @operation(reply=[{"key": str, "label": str}])
    def types(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse([{"key": key, "label": label} for key, label in BOOKING_TYPES.items()])

    # -- creating -----------------------------------------------------------------------------------------------------

    @operation(
        body={
            **_WANTED,
            "product_id": int,
            "variation_id": int,
            "customer_id": int,
            "order_id": int,
            "resource_id": (int, [int]),
            "dates": ([date], [{"date": date, "start_time": str, "end_time": str}]),
            "person_ids": [{"person_id": int, "person_val": int}],
        },
        required=("price",),
        reply=partial(CreatedBooking),
    )
    def create(self, request: LegacyRequest) -> LegacyResponse:
        body = request.data
        target = lookups.target(body, "booking")
        service = target.service
        if given(body, "price") is None:
            raise Invalid(field="booking.price", reason="missing")
        price = read_amount(body["price"], "booking.price", least=0)
        order_id = _optional_id(body, "order_id")
        order = lookups.order(order_id, "booking.order_id") if order_id else None
        kind = target.settings.booking_type
        quantity = 1
        if given(body, "quantity") is not None:
            quantity = read_whole(body["quantity"], "booking.quantity", least=1)
        if kind in MULTI_DATE_TYPES:
            quantity = 1
            resources = lookups.resource_ids(body, "booking")
            stretches = read_stretches(body, target.settings, service.plan)
        else:
            stretches = read_stretches(body, target.settings, service.plan)
            resources = lookups.resource_ids(body, "booking")
        customer_id = _optional_id(body, "customer_id")
        if customer_id and customer_id not in repository.customers.get_many([customer_id]):
            raise Invalid(field="booking.customer_id", reason="unknown", value=customer_id)
        if not target.settings.is_on:
            raise NotAvailable(reason="off")
        party = read_persons(body, "booking")
        persons = _party(service.plan, quantity, party)
        wish = Wish(
            service_id=service.id,
            stretches=stretches,
            kind=kind,
            price=price,
            variant_id=target.variant_id,
            resource_ids=resources,
            customer_id=order.customer_id if order else customer_id,
            order_id=order_id,
            persons=persons,
            quantity=1 if service.plan.capacity.units_per == "person" and not party else quantity,
            overrides=relaxed(
                kind,
                service.plan,
                own=is_own(service),
                strict=self._settings.strict_past,
                party=bool(party),
            ),
        )
        made = bookings.create_group(
            to_requests(wish),
            now=request.now,
            order=OrderRequest(
                status="pending",
                customer_id=wish.customer_id,
                total=wish.total,
                key=f"wc_order_{''.join(secrets.choice(_LETTERS) for _ in range(13))}",
                one_line=True,
            ),
            group=len(stretches) * max(1, len(resources)) > 1,
        )
        last = max(made, key=lambda one: one.id)
        return LegacyResponse(
            to_created(
                made,
                as_product(target.settings, service.plan),
                orders.get(last.order_id),
                resource_title=lookups.resource_title(last.resource_id),
                store_url=self._store_url,
                new=order is None,
            )
        )

    # -- changing -----------------------------------------------------------------------------------------------------

    @operation(body={**_WANTED, "resource_id": int, "status": Literal[STATUSES[1:]]})
    def update(self, request: LegacyRequest) -> LegacyResponse:
        number = request.params["id"]
        try:
            booking = bookings.get(number)
        except NotFound:
            raise Invalid(field="booking.id", reason="unknown", value=number) from None
        if booking.status not in FROM_STATUS:
            raise Invalid(field="booking.id", reason="unknown", value=number)
        service = repository.services.get_many([booking.service_id]).get(booking.service_id)
        settings = lookups.settings_of(service) if service else None
        product = as_product(settings, service.plan) if service else Product()
        plan = service.plan if service else None
        edit = read_edit(request.data, booking, product, settings, plan)  # type: ignore[arg-type]
        lookups.resource_ids(request.data, "booking")
        stays = FROM_STATUS[edit.status or booking.status] == FROM_STATUS[booking.status] == "cancelled"
        if stays and edit.is_more_than_status:
            raise NotAvailable(reason="cancelled")
        per_person = service is not None and service.plan.capacity.units_per == "person"
        wanted = ChangeRequest(
            wall_start=edit.stretch.start if edit.stretch else None,
            wall_end=edit.stretch.end if edit.stretch else None,
            quantity=None if edit.quantity is None else (1 if per_person else edit.quantity),
            persons=edit.quantity if per_person else None,
            price=edit.price,
            resource_id=edit.resource_id,
            overrides=relaxed(
                settings.booking_type if settings else "",
                service.plan if service else SchedulePlan(),
                own=service is None or is_own(service),
                strict=self._settings.strict_past,
                moved=edit.stretch is not None,
            ),
        )
        now = request.now
        with writing():
            check_version(request.php_request.http, bookings.get(number).version)
            status = edit.status if edit.status != booking.status else None
            if status == CANCELLED:
                # Freed first: what is cancelled need not fit any more.
                booking = bookings.set_status(number, status, now=now, origin=NAME)
            if edit.is_more_than_status:
                booking = bookings.update(number, wanted, now=now, origin=NAME)
            if status and status != CANCELLED:
                booking = bookings.set_status(number, status, now=now, origin=NAME)
            if edit.stretch:
                metadata = kept_facets(booking, edit.stretch)
                if metadata != booking.extras.get(NAME, {}):
                    booking = bookings.set_metadata(number, NAME, metadata, now=now)
        title = lookups.resource_title(booking.resource_id)
        echo = to_echo(request.data, booking, product, resource_title=title)
        return LegacyResponse(echo, headers={"ETag": f'"{booking.version}"'})

    @operation(reply={"message": str})
    def delete(self, request: LegacyRequest) -> LegacyResponse:
        booking = lookups.found("booking", request.params["id"])
        with writing():
            check_version(request.php_request.http, bookings.get(booking.id).version)
            bookings.delete(booking.id, now=request.now, origin=NAME)
            order_id = booking.order_id
            others = bookings.page([("order_id", "=", order_id)], limit=1, count=False).items
            if order_id and not others and order_id in repository.orders.get_many([order_id]):
                orders.delete(order_id, now=request.now, origin=NAME)
        return LegacyResponse({"message": "Booking has been deleted"})


def _optional_id(body: Mapping[str, Any], name: str) -> int:
    value = given(dict(body), name)
    return 0 if value is None else read_whole(value, f"booking.{name}_number", least=0)


def _party(plan: SchedulePlan, quantity: int, party: int | None) -> int:
    """Persons for services that count them: those that are named, else the quantity, or as few as there must be."""
    least = sum(bound.minimum for bound in plan.persons.by_type)
    return max(party or (quantity if plan.capacity.units_per == "person" else max(1, plan.persons.minimum)), least)


# -- filters ----------------------------------------------------------------------------------------------------------


def _conditions(filters: Mapping[str, Any]) -> tuple[list[tuple], dict[str, Any]]:
    """What the store can decide, and what is left to decide booking by booking."""
    where: list[tuple] = []
    wanted = STATUSES
    if filters.get("status") is not None:
        wanted = tuple(choices(filters["status"], "bookings.status", STATUSES))
    where.append(("status", "in", core_statuses(wanted)))
    if filters.get("product_id") is not None and filters.get("variation_id") is not None:
        raise Invalid(field="bookings.variation_id", reason="conflict")
    for name, column in _ID_FILTERS.items():
        if filters.get(name) is not None:
            number = read_whole(filters[name], f"bookings.{name}")
            _check_exists(name, number)
            where.append((column, "=", number))
    more: dict[str, Any] = {}
    if filters.get("quantity") is not None:
        quantity = read_whole(filters["quantity"], "bookings.quantity")
        if quantity > 1:
            # Either of the two factors of what is shown must reach the root.
            where.append((("quantity", "persons"), ">=", math.isqrt(quantity - 1) + 1))
            more["quantity"] = quantity
    if filters.get("price") is not None:
        price = read_amount(filters["price"], "bookings.price")
        if price > 0:
            where.append(("total", ">=", price))
            more["price"] = price
    if filters.get("start_date") is not None:
        day = read_day(filters["start_date"], "bookings.start_date")
        where.append(("wall_start", ">=", at(day)))
    if filters.get("end_date") is not None:
        end = at(read_day(filters["end_date"], "bookings.end_date"))
        # An all-day booking ends on its own date for the vendor, and at the midnight after it in the ledger.
        latest = end + timedelta(days=1) if end < datetime.max - timedelta(days=1) else datetime.max
        where.append(("wall_end", "<=", latest.replace(microsecond=0)))
        more["end"] = end
    return where, more


def _check_exists(name: str, number: int) -> None:
    if name == "product_id":
        lookups.product(number, "bookings.product_id")
    elif name == "order_id":
        lookups.order(number, "bookings.order_id")
    elif name != "resource_id":
        table = repository.variants if name == "variation_id" else repository.customers
        if number not in table.get_many([number]):
            raise Invalid(field=f"bookings.{name}", reason="unknown", value=number)


def _scan(where: list[tuple], more: Mapping[str, Any], limit: int | None, offset: int) -> tuple[list[Booking], int]:
    """Go through the candidates in chunks; keep those that are shown, count all that match."""
    kept: list[Booking] = []
    total = start = 0
    while True:
        chunk = bookings.page(where, order=_NEWEST, limit=_CHUNK, offset=start, count=False).items
        products = lookups.products_of(chunk)
        for booking in chunk:
            if not _matches(booking, products.get(booking.service_id, Product()), more):
                continue
            if total >= offset and (limit is None or len(kept) < limit):
                kept.append(booking)
            total += 1
        lookups.checked(kept)
        if len(chunk) < _CHUNK:
            return kept, total
        start += _CHUNK


def _matches(booking: Booking, product: Product, more: Mapping[str, Any]) -> bool:
    seen = shown(booking, product)
    return (
        seen.quantity >= more.get("quantity", 0)
        and seen.cost >= more.get("price", Decimal(0))
        and ("end" not in more or seen.end <= more["end"])
    )
