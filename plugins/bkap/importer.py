"""The shop as one JSON document, in: what no route of the API can set (README, "The import document")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from core.db import writing
from core.documents import Section, check_keys, load_sections, read_value
from core.domain.records import Service
from core.domain.requests import SKIP_ALL, BookingRequest
from core.domain.site import Site
from core.errors import Duplicate, Invalid, NotFound
from core.http.dialect import Importer
from core.ledger_fields import restore_request
from core.services import bookings, catalog, export_ownership, orders, repository
from plugins.bkap import demo, exporter
from plugins.bkap.schemas import (
    SLOT_TYPES,
    STATUSES,
    BookingAnswer,
    BookingDoc,
    CustomerDoc,
    OrderDoc,
    ProductDoc,
    ResourceDoc,
    SiteDoc,
    VariationDoc,
)
from plugins.bkap.translate.answers import (
    PRODUCT_KEYS,
    PRODUCT_UNREAD,
    is_booking_answer,
    is_product_answer,
    to_booking,
    to_settings,
)
from plugins.bkap.translate.bookings import TO_STATUS
from plugins.bkap.translate.calendars import plain_row, to_resource_calendar
from plugins.bkap.translate.catalog import (
    PRODUCT_STATUSES,
    PRODUCT_TYPES,
    slugged,
    to_links,
    to_service_fields,
)
from plugins.bkap.translate.derived import settings_of
from plugins.bkap.translate.schedule import NAME
from plugins.bkap.translate.settings import (
    SETTING_KEYS,
    dump_settings,
    read_global_holidays,
    read_settings,
    settings_in,
    switched_off,
)
from plugins.bkap.translate.values import (
    at,
    read_clock,
    read_day,
    read_utc,
    trimmed,
)
from plugins.bkap.translate.wishes import Stretch, stay, whole_day

NESTED = ("settings", "meta", "woocommerce_booking_settings")
INNER = "woocommerce_booking_settings"
#: Customers are numbered in four bytes.
_MOST_CUSTOMER = 2**31
#: The shop's own settings, which hold for all of its products.
GLOBAL_SETTINGS = "woocommerce_booking_global_settings"
#: What a document says beside its parts: where it was recorded, and what an answer of the API has around its records.
ABOUT: dict[str, Any] = {
    "now": str,
    "site": SiteDoc,
    "versions": dict[str, str],
    GLOBAL_SETTINGS: dict[str, Any],
    "count": int,
    "message": str,
    "product": dict[str, Any],
    "resource": dict[str, Any],
    "booking": dict[str, Any],
}


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
    work = _Load(now, site)
    with writing():
        if isinstance(document, Mapping) and isinstance(document.get("bookings"), list):
            _forget_bookings(document["bookings"], now)
        counts = load_sections(
            document,
            [
                Section("resources", dict[str, Any], work.resource),
                Section("products", dict[str, Any], work.product),
                Section("customers", CustomerDoc, work.customer),
                Section("orders", OrderDoc, work.order),
                Section("bookings", dict[str, Any], work.booking),
            ],
            other_fields=ABOUT,
        )
        if document.get(GLOBAL_SETTINGS):
            _close_holidays(read_global_holidays(document[GLOBAL_SETTINGS], GLOBAL_SETTINGS), now)
    return counts


def _close_holidays(holidays: Mapping[str, int], now: datetime) -> None:
    """The shop's holidays close every product that is set up in this dialect."""
    for service in export_ownership.exported_services(NAME) if holidays else ():
        settings = settings_of(service)
        settings = msgspec.structs.replace(settings, holidays={**holidays, **settings.holidays})
        fields = to_service_fields(settings, price=service.price, extras=service.extras, more={})
        repository.services.update(service.id, now=now, **fields)


def _instant(text: str, path: str, now: datetime) -> datetime:
    if not text:
        return now
    found = read_utc(text)
    if found is None:
        raise Invalid(field=path, reason="format", value=text)
    return found


def _id(number: int, path: str, most: int = 2**53) -> int:
    if not 0 < number < most:
        raise Invalid(field=path, reason="range", value=number)
    return number


def _money(amount: Decimal, path: str) -> Decimal:
    if not 0 <= amount < 10**12:
        raise Invalid(field=path, reason="range", value=str(amount))
    return amount


def _put(table: Any, number: int, *, now: datetime, **values: Any) -> Any:
    """Store a record under its id, in place of the one that has it."""
    if number in table.get_many([number]):
        return table.update(number, now=now, **values)
    _refuse_other_kinds(table, number)
    return table.create(now=now, id=number, **values)


def _refuse_other_kinds(table: Any, number: int) -> None:
    """Products, resources, orders and bookings share one sequence of ids."""
    shared = (repository.services, repository.resources, repository.orders, repository.variants, bookings.repository)
    if table in shared and any(number in other.get_many([number]) for other in shared if other is not table):
        raise Duplicate(kind=table.kind, field="id", value=number)


class _Load:
    """One document on its way in."""

    def __init__(self, now: datetime, site: Site) -> None:
        self.now = now
        self.site = site

    def resource(self, item: dict[str, Any], path: str) -> None:
        rows = item.get("resource_availability")
        if isinstance(rows, list):
            item["resource_availability"] = [plain_row(row) for row in rows]
        doc = read_value(item, ResourceDoc, path)
        for position, row in enumerate(doc.resource_availability):
            if row.bookable not in ("0", "1"):
                place = f"{path}.resource_availability.{position}.bookable"
                raise Invalid(field=place, reason="choice", value=row.bookable)
        if not 0 <= doc.resource_quantity < 2**31:
            raise Invalid(field=f"{path}.resource_quantity", reason="range", value=doc.resource_quantity)
        created = _instant(doc.created_at, f"{path}.created_at", self.now)
        number = _id(doc.resource_id, f"{path}.resource_id")
        known = repository.resources.get_many([number]).get(number)
        kept = known.extras if known else {}
        own = {"rows": msgspec.to_builtins(doc.resource_availability)}
        _put(
            repository.resources,
            number,
            now=self.now,
            name=doc.resource_title,
            created_at=created,
            extras={**kept, NAME: own},
            **({} if known else {"origin": NAME}),
            **to_resource_calendar(doc.resource_availability, doc.resource_quantity),
        )

    def product(self, item: dict[str, Any], path: str) -> None:
        raw, plain, places = _settings_in(item, path)
        doc = read_value(plain, ProductDoc, path)
        number = _id(doc.id, f"{path}.id")
        known = repository.services.get_many([number]).get(number)
        if is_product_answer(item):
            if known is not None and known.origin != NAME:
                # A record of another dialect's product says less about it than is known here.
                return
            stored = dump_settings(settings_of(known)) if known is not None else None
            raw = {**to_settings(item, stored, path), **raw}
        settings = read_settings(raw, path, places)
        if doc.status not in PRODUCT_STATUSES.values() or doc.type not in PRODUCT_TYPES:
            raise Invalid(field=f"{path}.status", reason="choice", value=doc.status)
        _money(doc.price, f"{path}.price")
        for resource_id in settings.resources:
            if resource_id not in repository.resources.get_many([resource_id]):
                raise Invalid(field=f"{path}._bkap_product_resources", reason="unknown", value=resource_id)
        more = {
            "type": doc.type,
            "virtual": doc.virtual,
            "taxable": doc.taxable,
            "tax_status": doc.tax_status,
            "regular_price": doc.regular_price or trimmed(doc.price, self.site.currency),
        }
        fields = to_service_fields(settings, price=doc.price, extras=known.extras if known else {}, more=more)
        _put(
            repository.services,
            number,
            now=self.now,
            name=doc.title,
            slug=doc.slug or slugged(doc.title),
            status=doc.status,
            description=doc.description,
            currency=self.site.currency,
            created_at=_instant(doc.created_at, f"{path}.created_at", self.now),
            modified_at=_instant(doc.updated_at, f"{path}.updated_at", self.now),
            origin=NAME,
            **fields,
        )
        catalog.set_resources(number, to_links(settings))
        catalog.set_categories(number, [_category(name, self.now) for name in doc.categories])
        if "variations" in item or not is_product_answer(item):
            self._variations(number, doc.variations, path)

    def _variations(self, service_id: int, variations: Sequence[VariationDoc], path: str) -> None:
        """The variations of a product from now on; one without an id is found by its name, or gets the next one."""
        stored = repository.variants.list_all([("service_id", "=", service_id)])
        ids = {variation.id for variation in variations}
        by_name = {variant.name: variant.id for variant in stored if variant.id not in ids}
        numbers = [variation.id or by_name.get(variation.name, 0) for variation in variations]
        for variant in stored:
            if variant.id not in numbers:
                repository.variants.delete(variant.id)
        for position, (number, variation) in enumerate(zip(numbers, variations, strict=True)):
            place = f"{path}.variations.{position}"
            _money(variation.price, f"{place}.price")
            values: dict[str, Any] = {"name": variation.name, "price": variation.price, "position": position}
            if number:
                _put(repository.variants, _id(number, f"{place}.id"), now=self.now, service_id=service_id, **values)
            else:
                repository.variants.create(now=self.now, service_id=service_id, **values)

    def customer(self, item: dict[str, Any], path: str) -> None:
        doc = read_value(item, CustomerDoc, path)
        number = _id(doc.id, f"{path}.id", _MOST_CUSTOMER)
        _put(
            repository.customers,
            number,
            now=self.now,
            **{k: v for k, v in msgspec.to_builtins(doc).items() if k != "id"},
        )

    def order(self, item: dict[str, Any], path: str) -> None:
        doc = read_value(item, OrderDoc, path)
        number = _id(doc.id, f"{path}.id")
        _check_customer(doc.customer_id, path)
        if number in repository.orders.get_many([number]):
            orders.delete(number, now=self.now, origin=NAME)
        _refuse_other_kinds(repository.orders, number)
        repository.orders.create(
            now=self.now,
            id=number,
            origin=NAME,
            number=str(number),
            key=doc.order_key,
            status=doc.status,
            customer_id=doc.customer_id,
            currency=doc.currency or self.site.currency,
            created_at=_instant(doc.date_created, f"{path}.date_created", self.now),
        )
        for position, line in enumerate(doc.line_items):
            place = f"{path}.line_items.{position}"
            _money(line.total, f"{place}.total")
            if not 0 < line.quantity < 2**31 or not 0 <= line.product_id < 2**53:
                raise Invalid(field=place, reason="range", value=max(line.quantity, line.product_id))
            orders.add_item(
                number,
                now=self.now,
                id=_id(line.id, f"{place}.id") if line.id else None,
                service_id=line.product_id,
                name=line.name,
                total=line.total,
                quantity=line.quantity,
            )

    def booking(self, item: dict[str, Any], path: str) -> None:
        if is_booking_answer(item):
            record = read_value(item, BookingAnswer, path)
            if bookings.get_many([record.booking_id]):
                # A record of another dialect's booking says less about it than is known here.
                return
            doc = to_booking(record, path)
            self._around(record, doc, path)
        else:
            doc = read_value(item, BookingDoc, path)
        number = _id(doc.booking_id, f"{path}.booking_id")
        if doc.status not in STATUSES:
            raise Invalid(field=f"{path}.status", reason="choice", value=doc.status)
        if not 0 < doc.quantity < 2**31:
            raise Invalid(field=f"{path}.quantity", reason="range", value=doc.quantity)
        _money(doc.price, f"{path}.price")
        for name in ("customer_id", "variation_id", "resource_id", "order_id", "order_item_id"):
            if not 0 <= getattr(doc, name) < 2**53:
                raise Invalid(field=f"{path}.{name}", reason="range", value=getattr(doc, name))
        try:
            service = repository.services.get(doc.product_id)
        except NotFound:
            raise Invalid(field=f"{path}.product_id", reason="unknown", value=doc.product_id) from None
        _check_customer(doc.customer_id, path)
        _refuse_other_kinds(bookings.repository, number)
        settings = settings_of(service)
        kind = settings.booking_type
        stretch = _stretch_of(doc, kind, service, path)
        item_id = doc.order_item_id
        if doc.order_id and not item_id:
            line = orders.add_item(
                doc.order_id,
                now=self.now,
                service_id=service.id,
                name=service.name,
                total=doc.price,
                quantity=doc.quantity,
            )
            item_id = line.id
        per_person = service.plan.capacity.units_per == "person"
        first, _, last = doc.billing_name.partition(" ")
        request = restore_request(
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
                overrides=SKIP_ALL,
                service_units=0 if doc.shares_places else None,
                snapshot={"customer": {"first_name": first, "last_name": last}} if doc.billing_name else {},
                metadata={"type": kind, **stretch.metadata},
            ),
            item,
            path,
        )
        created = _instant(doc.created_at, f"{path}.created_at", self.now)
        bookings.create(request, now=self.now, id=number, created_at=created)

    def _around(self, record: BookingAnswer, doc: BookingDoc, path: str) -> None:
        """The account and the order that a record of the API names and no part of the document brings."""
        if doc.customer_id and not repository.customers.get_many([doc.customer_id]):
            number = _id(doc.customer_id, f"{path}.customer_id", _MOST_CUSTOMER)
            name, email = (record.customer.name, record.customer.email) if record.customer else ("", "")
            first, _, last = name.partition(" ")
            repository.customers.create(now=self.now, id=number, first_name=first, last_name=last, email=email)
        if doc.order_id and not repository.orders.get_many([doc.order_id]):
            number = _id(doc.order_id, f"{path}.order_id")
            _refuse_other_kinds(repository.orders, number)
            orders.create(now=self.now, id=number, origin=NAME, customer_id=doc.customer_id)
        if doc.order_item_id:
            lines = orders.items([doc.order_id])[doc.order_id] if doc.order_id else []
            if doc.order_item_id not in {line.id for line in lines}:
                doc.order_item_id = 0


#: Keys of a product beside its document fields and its settings: what a recorder or a record of the API adds.
_BESIDE = frozenset({"key", "input", "booking_type", *NESTED, *PRODUCT_KEYS, *PRODUCT_UNREAD})
_PRODUCT_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(ProductDoc))
#: What else the shop's own tables keep with a product, under ``meta``.
_FOREIGN_META = frozenset(
    {
        "_sku", "_price", "_regular_price", "_sale_price", "_tax_status", "_tax_class", "_virtual", "_downloadable",
        "_stock", "_stock_status", "_manage_stock", "_backorders", "_sold_individually", "_thumbnail_id", "_edit_lock",
        "_edit_last", "_product_version", "_wc_average_rating", "_wc_review_count", "total_sales", "_download_limit",
        "_download_expiry", "_product_attributes", "_product_image_gallery", "_weight", "_length", "_width", "_height",
    }
)  # fmt: skip


def _settings_in(item: dict[str, Any], path: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """The booking settings of a product, wherever the plugin's own storage nests them; the rest; where each stood."""
    check_keys(item, _PRODUCT_FIELDS | SETTING_KEYS | _BESIDE, path)
    layers: list[tuple[Mapping[str, Any], str]] = [({k: v for k, v in item.items() if k in SETTING_KEYS}, path)]
    for name in NESTED:
        if item.get(name) not in (None, "", []):
            layers.append((item[name], f"{path}.{name}"))
    for layer, place in layers[1:]:
        more = _FOREIGN_META if place.endswith(".meta") else frozenset[str]()
        check_keys(layer, SETTING_KEYS | more | {INNER}, place)
        if place != f"{path}.{INNER}" and layer.get(INNER) not in (None, "", []):
            check_keys(layer[INNER], SETTING_KEYS, f"{place}.{INNER}")
            layers.append((layer[INNER], f"{place}.{INNER}"))
    raw: dict[str, Any] = {}
    places: dict[str, str] = {}
    together: dict[str, Any] = {}
    for layer, _ in reversed(layers):
        together |= layer
    off = switched_off(together)
    for layer, place in reversed(layers):
        settings = settings_in(layer, place, off)
        raw |= settings
        places |= {name: f"{place}.{name}" for name in settings}
    if "booking_type" in item and "_bkap_booking_type" not in raw:
        raw["_bkap_booking_type"] = item["booking_type"]
        places["_bkap_booking_type"] = f"{path}.booking_type"
    rest = {name: value for name, value in item.items() if name in _PRODUCT_FIELDS}
    if "price" not in rest and "regular_price" in rest:
        rest["price"] = rest["regular_price"]
    if isinstance(rest.get("regular_price"), int):
        rest["regular_price"] = str(rest["regular_price"])
    if not rest.get("slug") and isinstance(item.get("key"), str):
        rest["slug"] = slugged(item["key"])
    return raw, rest, places


def _category(name: str, now: datetime) -> int:
    known = repository.categories.find(name=name)
    return known.id if known else repository.categories.create(now=now, name=name, slug=slugged(name), origin=NAME).id


def _check_customer(number: int, path: str) -> None:
    if (
        number
        and number not in repository.customers.get_many([number])
        and not repository.has_tombstone("customer", number)
    ):
        raise Invalid(field=f"{path}.customer_id", reason="unknown", value=number)


def _forget_bookings(items: list[Any], now: datetime) -> None:
    """Remove what the document brings again, before anything of it takes places."""
    answered = {
        item["booking_id"]: is_booking_answer(item)
        for item in items
        if isinstance(item, Mapping) and isinstance(item.get("booking_id"), int)
    }
    for number, booking in bookings.get_many(answered).items():
        if not answered[number] or booking.origin == NAME:
            bookings.delete(number, now=now, origin=NAME, replaced=True)


def _stretch_of(doc: BookingDoc, kind: str, service: Service, path: str) -> Stretch:
    start = read_day(doc.start_date, f"{path}.start_date")
    end = read_day(doc.end_date, f"{path}.end_date") if doc.end_date else start
    if kind == "multiple_days":
        made = stay(start, end, None, settings_of(service), service.plan)
        return Stretch(
            made.start,
            made.end,
            {**made.metadata, **({"fixed_block": doc.fixed_block} if doc.fixed_block else {})},
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
