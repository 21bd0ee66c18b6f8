"""The shop as one JSON document, in: what no route of the API can set (README, "The import document")."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from core.db import writing
from core.domain.records import Service
from core.domain.requests import ANYTHING, BookingRequest
from core.domain.site import Site
from core.errors import DomainError, Duplicate, Invalid, NotFound
from core.giving_way import give_way
from core.http.dialect import Importer
from core.services import bookings, catalog, orders, records
from plugins.bkap import demo, exporter
from plugins.bkap.schemas import (
    SLOT_TYPES,
    STATUSES,
    BookingDoc,
    CustomerDoc,
    OrderDoc,
    ProductDoc,
    ResourceDoc,
)
from plugins.bkap.translate.bookings import TO_STATUS
from plugins.bkap.translate.calendars import to_resource_calendar
from plugins.bkap.translate.catalog import (
    PRODUCT_STATUSES,
    PRODUCT_TYPES,
    slugged,
    to_links,
    to_service_fields,
)
from plugins.bkap.translate.derived import settings_of
from plugins.bkap.translate.schedule import NAME
from plugins.bkap.translate.settings import is_setting, read_settings
from plugins.bkap.translate.values import (
    at,
    read_clock,
    read_day,
    read_utc,
    trimmed,
)
from plugins.bkap.translate.wishes import Stretch, stay, whole_day

T = TypeVar("T")

_PARTS = ("resources", "products", "customers", "orders", "bookings")
#: What a recorded shop says beside its parts; nothing of it is taken in.
_IGNORED = frozenset({"now", "site", "versions"})
_NESTED = ("settings", "meta", "woocommerce_booking_settings")


def importer() -> Importer:
    """What core's ``import`` and ``export`` call."""
    return Importer(
        dialect=NAME,
        load=lambda data, *, site, now: load(data, now=now, site=site),
        dump=lambda *, site, now: exporter.dump(),
        demo=demo.document,
    )


def load(document: Any, *, now: datetime, site: Site) -> dict[str, int]:
    """Take in a document: all of it or nothing. What has an id that is known already is replaced.

    Raises:
        Invalid: ``field`` is the path of what is wrong.
    """
    if not isinstance(document, Mapping):
        raise Invalid(field="", reason="type")
    for name in document:
        if name not in _PARTS and name not in _IGNORED:
            raise Invalid(field=str(name), reason="unknown")
    loaders: dict[str, Callable[..., None]] = {
        "resources": _load_resource,
        "products": _load_product,
        "customers": _load_customer,
        "orders": _load_order,
        "bookings": _load_booking,
    }
    counts = {}
    with writing():
        for part in _PARTS:
            items = [] if document.get(part) is None else document[part]
            if not isinstance(items, list):
                raise Invalid(field=part, reason="type")
            if part == "bookings":
                _forget_bookings(items, now)
            for position, item in enumerate(items):
                give_way()
                path = f"{part}.{position}"
                if not isinstance(item, Mapping):
                    raise Invalid(field=path, reason="type")
                try:
                    loaders[part](dict(item), path, now=now, site=site)
                except Invalid as error:
                    if not error.field.startswith(part):
                        raise Invalid(
                            field=f"{path}.{error.field.rpartition('.')[2]}",
                            reason=error.reason,
                            value=error.value,
                            limit=error.limit,
                        ) from error
                    raise
                except DomainError as error:
                    raise Invalid(field=path, reason=type(error).__name__, value=str(error)) from error
            counts[part] = len(items)
    return counts


def _convert(item: Mapping[str, Any], kind: type[T], path: str) -> T:
    try:
        return msgspec.convert(item, kind, strict=False)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        raise Invalid(field=f"{path}{place.rstrip('`')}", reason="type", limit=message) from None


def _instant(text: str, path: str, now: datetime) -> datetime:
    if not text:
        return now
    found = read_utc(text)
    if found is None:
        raise Invalid(field=path, reason="format", value=text)
    return found


def _id(number: int, path: str) -> int:
    if not 0 < number < 2**53:
        raise Invalid(field=path, reason="range", value=number)
    return number


def _put(table: Any, number: int, *, now: datetime, **values: Any) -> Any:
    """Store a record under its id, in place of the one that has it."""
    if number in table.many([number]):
        return table.update(number, now=now, **values)
    _refuse_other_kinds(table, number)
    return table.create(now=now, id=number, **values)


def _refuse_other_kinds(table: Any, number: int) -> None:
    """Products, resources, orders and bookings share one sequence of ids."""
    shared = (records.services, records.resources, records.orders, records.variants, bookings.table)
    if table in shared and any(number in other.many([number]) for other in shared if other is not table):
        raise Duplicate(kind=table.kind, field="id", value=number)


def _load_resource(item: dict[str, Any], path: str, *, now: datetime, site: Site) -> None:
    rows = item.get("resource_availability")
    if isinstance(rows, list):
        item["resource_availability"] = [_plain_row(row) for row in rows]
    doc = _convert(item, ResourceDoc, path)
    if not 0 <= doc.resource_quantity < 2**31:
        raise Invalid(field=f"{path}.resource_quantity", reason="range", value=doc.resource_quantity)
    created = _instant(doc.created_at, f"{path}.created_at", now)
    number = _id(doc.resource_id, f"{path}.resource_id")
    known = records.resources.many([number]).get(number)
    kept = known.extras if known else {}
    own = {"rows": msgspec.to_builtins(doc.resource_availability)}
    _put(
        records.resources,
        number,
        now=now,
        name=doc.resource_title,
        created_at=created,
        extras={**kept, NAME: own},
        **({} if known else {"origin": NAME}),
        **to_resource_calendar(doc.resource_availability, doc.resource_quantity),
    )


def _plain_row(row: Any) -> Any:
    """A row with texts where the plugin has texts, whatever it was written with."""
    if not isinstance(row, Mapping):
        return row
    made = {
        name: str(value) if name != "priority" and isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in row.items()
    }
    made["bookable"] = {"yes": "1", "no": "0"}.get(made.get("bookable"), made.get("bookable"))
    if made["bookable"] not in ("0", "1"):
        made["bookable"] = None
    return made


def _load_product(item: dict[str, Any], path: str, *, now: datetime, site: Site) -> None:
    raw, plain = _settings_in(item, path)
    doc = _convert(plain, ProductDoc, path)
    number = _id(doc.id, f"{path}.id")
    settings = read_settings(raw, path)
    if doc.status not in PRODUCT_STATUSES.values() or doc.type not in PRODUCT_TYPES:
        raise Invalid(field=f"{path}.status", reason="choice", value=doc.status)
    if doc.price < 0 or not doc.price.is_finite():
        raise Invalid(field=f"{path}.price", reason="range")
    for resource_id in settings.resources:
        if resource_id not in records.resources.many([resource_id]):
            raise Invalid(field=f"{path}._bkap_product_resources", reason="unknown", value=resource_id)
    known = records.services.many([number]).get(number)
    more = {
        "type": doc.type,
        "virtual": doc.virtual,
        "taxable": doc.taxable,
        "tax_status": doc.tax_status,
        "regular_price": doc.regular_price or trimmed(doc.price, site.currency),
    }
    fields = to_service_fields(settings, price=doc.price, extras=known.extras if known else {}, more=more)
    _put(
        records.services,
        number,
        now=now,
        name=doc.title,
        slug=doc.slug or slugged(doc.title),
        status=doc.status,
        description=doc.description,
        currency=site.currency,
        created_at=_instant(doc.created_at, f"{path}.created_at", now),
        modified_at=_instant(doc.updated_at, f"{path}.updated_at", now),
        **({} if known else {"origin": NAME}),
        **fields,
    )
    catalog.set_resources(number, to_links(settings))
    catalog.set_categories(number, [_category(name, now) for name in doc.categories])
    wanted = {variation.id for variation in doc.variations}
    for old in records.variants.all([("service_id", "=", number)]):
        if old.id not in wanted:
            records.variants.delete(old.id)
    for position, variation in enumerate(doc.variations):
        _put(
            records.variants,
            _id(variation.id, f"{path}.variations.{position}.id"),
            now=now,
            service_id=number,
            name=variation.name,
            price=variation.price,
            position=position,
        )


def _settings_in(item: dict[str, Any], path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The booking settings of a product, wherever the plugin's own storage nests them, and the rest of it."""
    raw: dict[str, Any] = {}
    rest = dict(item)
    for name in ("key", "input"):
        rest.pop(name, None)
    if "booking_type" in rest:
        raw["_bkap_booking_type"] = rest.pop("booking_type")
    layers: list[Mapping[str, Any]] = []
    for name in _NESTED:
        if isinstance(rest.get(name), Mapping):
            layers.append(rest.pop(name))
    for layer in list(layers):
        inner = layer.get("woocommerce_booking_settings")
        if isinstance(inner, Mapping):
            layers.append(inner)
    for layer in reversed(layers):
        raw.update({name: value for name, value in layer.items() if is_setting(name)})
    for name in [name for name in rest if is_setting(name)]:
        raw[name] = rest.pop(name)
    if "price" not in rest and "regular_price" in rest:
        rest["price"] = rest["regular_price"]
    if isinstance(rest.get("regular_price"), int):
        rest["regular_price"] = str(rest["regular_price"])
    if not rest.get("slug") and isinstance(item.get("key"), str):
        rest["slug"] = slugged(item["key"])
    return raw, rest


def _category(name: str, now: datetime) -> int:
    known = records.categories.find(name=name)
    return known.id if known else records.categories.create(now=now, name=name, slug=slugged(name), origin=NAME).id


def _load_customer(item: dict[str, Any], path: str, *, now: datetime, site: Site) -> None:
    doc = _convert(item, CustomerDoc, path)
    number = _id(doc.id, f"{path}.id")
    _put(records.customers, number, now=now, **{k: v for k, v in msgspec.to_builtins(doc).items() if k != "id"})


def _load_order(item: dict[str, Any], path: str, *, now: datetime, site: Site) -> None:
    doc = _convert(item, OrderDoc, path)
    number = _id(doc.id, f"{path}.id")
    _check_customer(doc.customer_id, path)
    if number in records.orders.many([number]):
        orders.remove(number, now=now, origin=NAME)
    _refuse_other_kinds(records.orders, number)
    records.orders.create(
        now=now,
        id=number,
        origin=NAME,
        number=str(number),
        key=doc.order_key,
        status=doc.status,
        customer_id=doc.customer_id,
        currency=doc.currency or site.currency,
        created_at=_instant(doc.date_created, f"{path}.date_created", now),
    )
    for position, line in enumerate(doc.line_items):
        orders.add_item(
            number,
            now=now,
            id=_id(line.id, f"{path}.line_items.{position}.id"),
            service_id=line.product_id,
            name=line.name,
            total=line.total,
            quantity=line.quantity,
        )


def _check_customer(number: int, path: str) -> None:
    if number and number not in records.customers.many([number]) and not records.is_buried("customer", number):
        raise Invalid(field=f"{path}.customer_id", reason="unknown", value=number)


def _forget_bookings(items: list[Any], now: datetime) -> None:
    """Remove what the document brings again, before anything of it takes places."""
    numbers = [item.get("booking_id") for item in items if isinstance(item, Mapping)]
    for number in bookings.many(one for one in numbers if isinstance(one, int)):
        bookings.delete(number, now=now, origin=NAME, replaced=True)


def _load_booking(item: dict[str, Any], path: str, *, now: datetime, site: Site) -> None:
    doc = _convert(item, BookingDoc, path)
    number = _id(doc.booking_id, f"{path}.booking_id")
    if doc.status not in STATUSES:
        raise Invalid(field=f"{path}.status", reason="choice", value=doc.status)
    if doc.quantity < 1 or doc.price < 0:
        raise Invalid(field=f"{path}.quantity", reason="range", value=doc.quantity)
    try:
        service = records.services.get(doc.product_id)
    except NotFound:
        raise Invalid(field=f"{path}.product_id", reason="unknown", value=doc.product_id) from None
    _check_customer(doc.customer_id, path)
    _refuse_other_kinds(bookings.table, number)
    settings = settings_of(service)
    kind = settings.booking_type
    stretch = _stretch_of(doc, kind, service, path)
    item_id = doc.order_item_id
    if doc.order_id and not item_id:
        line = orders.add_item(
            doc.order_id,
            now=now,
            service_id=service.id,
            name=service.name,
            total=doc.price,
            quantity=doc.quantity,
        )
        item_id = line.id
    per_person = service.plan.units_per == "person"
    first, _, last = doc.billing_name.partition(" ")
    bookings.create(
        BookingRequest(
            service_id=service.id,
            wall_start=stretch.start,
            wall_end=stretch.end,
            origin=NAME,
            status=TO_STATUS[doc.status],
            resource_id=doc.resource_id,
            variant_id=doc.variation_id,
            customer_id=doc.customer_id,
            persons=doc.quantity if per_person else 1,
            quantity=1 if per_person else doc.quantity,
            price=doc.price,
            order_id=doc.order_id,
            order_item_id=item_id,
            relax=ANYTHING,
            service_units=0 if doc.shares_places else None,
            snapshot={"customer": {"first_name": first, "last_name": last}} if doc.billing_name else {},
            facets={"type": kind, **stretch.facets},
        ),
        now=now,
        id=number,
        created_at=_instant(doc.created_at, f"{path}.created_at", now),
    )


def _stretch_of(doc: BookingDoc, kind: str, service: Service, path: str) -> Stretch:
    start = read_day(doc.start_date, f"{path}.start_date")
    end = read_day(doc.end_date, f"{path}.end_date") if doc.end_date else start
    if kind == "multiple_days":
        made = stay(start, end, None, settings_of(service), service.plan)
        return Stretch(
            made.start,
            made.end,
            {**made.facets, **({"fixed_block": doc.fixed_block} if doc.fixed_block else {})},
        )
    if kind not in SLOT_TYPES and kind != "duration_time":
        return whole_day(start, service.plan)
    low = read_clock(doc.start_time, f"{path}.start_time")
    if doc.open_end:
        begin = at(start, low)
        return Stretch(begin, at(start, 1440), {"open_end": True, "end_day": str(end)})
    finish = at(end, read_clock(doc.end_time, f"{path}.end_time"))
    if finish <= at(start, low):
        raise Invalid(field=f"{path}.end_time", reason="range", value=doc.end_time)
    return Stretch(at(start, low), finish)
