"""Stores the entries of an import document (README, "The import document")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from frontdesk import Site, bookings, catalog, orders, repository
from frontdesk import importing as export_ownership
from frontdesk.errors import Invalid, NotFound
from frontdesk.importing import put, refuse_shared_id, with_ledger
from frontdesk.records import SKIP_ALL, BookingRequest, Service
from frontdesk.wordpress.statuses import order_status_extras, order_status_to_core
from plugins.bkap.import_schemas import (
    GLOBAL_SETTINGS,
    BookingAnswer,
    BookingEntry,
    CustomerEntry,
    OrderEntry,
    ResourceEntry,
    VariationEntry,
)
from plugins.bkap.schemas import NAME, STATUSES, Settings
from plugins.bkap.translate.bookings import CORE_STATUS
from plugins.bkap.translate.imports import (
    ImportedProduct,
    is_booking_record,
    to_booking_entry,
    to_period,
    to_settings,
)
from plugins.bkap.translate.product_settings import settings_of
from plugins.bkap.translate.products import (
    PRODUCT_STATUSES,
    PRODUCT_TYPES,
    slugify,
    to_resource_links,
    to_service_fields,
)
from plugins.bkap.translate.resources import to_resource_calendar
from plugins.bkap.translate.settings import dump_settings, read_global_holidays, read_settings
from plugins.bkap.translate.values import format_amount, parse_utc


class Import:
    """One import: stores the entries of each section at ``now``."""

    def __init__(self, now: datetime, site: Site) -> None:
        self.now = now
        self.site = site

    def store_resource(self, entry: ResourceEntry) -> None:
        stored = repository.resources.get_many([entry.resource_id]).get(entry.resource_id)
        extras = stored.extras if stored else {}
        put(
            repository.resources,
            entry.resource_id,
            now=self.now,
            name=entry.resource_title,
            created_at=self._instant(entry.created_at, "created_at"),
            extras={**extras, NAME: {"rows": msgspec.to_builtins(entry.resource_availability)}},
            **({} if stored else {"origin": NAME}),
            **to_resource_calendar(entry.resource_availability, entry.resource_quantity),
        )

    def store_product(self, product: ImportedProduct) -> None:
        fields = product.fields
        stored = repository.services.get_many([fields.id]).get(fields.id)
        if product.record is not None and stored is not None and stored.origin != NAME:
            # The store knows more about another dialect's product than a record shows.
            return
        settings = _settings(product, stored)
        if fields.status not in PRODUCT_STATUSES or fields.type not in PRODUCT_TYPES:
            raise Invalid(field="status", reason="choice", value=fields.status)
        _check_amount(fields.price, "price")
        details = {
            "type": fields.type,
            "virtual": fields.virtual,
            "taxable": fields.taxable,
            "tax_status": fields.tax_status,
            "regular_price": fields.regular_price or format_amount(fields.price, self.site.currency),
        }
        put(
            repository.services,
            fields.id,
            now=self.now,
            name=fields.title,
            slug=fields.slug or slugify(fields.title),
            status=PRODUCT_STATUSES[fields.status],
            description=fields.description,
            currency=self.site.currency,
            created_at=self._instant(fields.created_at, "created_at"),
            modified_at=self._instant(fields.updated_at, "updated_at"),
            origin=NAME,
            **to_service_fields(
                settings, price=fields.price, extras=stored.extras if stored else {}, own_fields=details
            ),
        )
        catalog.set_resources(fields.id, to_resource_links(settings))
        catalog.set_categories(fields.id, [self._category_id(name) for name in fields.categories])
        if product.has_variations:
            self._store_variations(fields.id, fields.variations)

    def _category_id(self, name: str) -> int:
        category = repository.categories.find(name=name)
        if category is None:
            category = repository.categories.create(now=self.now, name=name, slug=slugify(name), origin=NAME)
        return category.id

    def _store_variations(self, service_id: int, variations: Sequence[VariationEntry]) -> None:
        """Replace the variations of a product; one without an id keeps that of its name, or gets the next one."""
        stored = repository.variants.list_all([("service_id", "=", service_id)])
        imported_ids = {variation.id for variation in variations}
        ids_by_name = {variant.name: variant.id for variant in stored if variant.id not in imported_ids}
        ids = [variation.id or ids_by_name.get(variation.name, 0) for variation in variations]
        for variant in stored:
            if variant.id not in ids:
                repository.variants.delete(variant.id)
        for position, (id, variation) in enumerate(zip(ids, variations, strict=True)):
            _check_amount(variation.price, f"variations.{position}.price")
            values: dict[str, Any] = {
                "service_id": service_id,
                "name": variation.name,
                "price": variation.price,
                "position": position,
            }
            if id:
                put(repository.variants, id, now=self.now, **values)
            else:
                repository.variants.create(now=self.now, **values)

    def store_customer(self, entry: CustomerEntry) -> None:
        values = {name: value for name, value in msgspec.to_builtins(entry).items() if name != "id"}
        put(repository.customers, entry.id, now=self.now, **values)

    def store_order(self, entry: OrderEntry) -> None:
        _check_customer(entry.customer_id)
        if repository.orders.get_many([entry.id]):
            orders.delete(entry.id, now=self.now, origin=NAME)
        refuse_shared_id(repository.orders, entry.id)
        status_extras = order_status_extras(entry.status)
        repository.orders.create(
            now=self.now,
            id=entry.id,
            origin=NAME,
            number=str(entry.id),
            key=entry.order_key,
            status=order_status_to_core(entry.status),
            customer_id=entry.customer_id,
            currency=entry.currency or self.site.currency,
            created_at=self._instant(entry.date_created, "date_created"),
            extras={NAME: status_extras} if status_extras else {},
        )
        for position, line in enumerate(entry.line_items):
            _check_amount(line.total, f"line_items.{position}.total")
            orders.add_item(
                entry.id,
                now=self.now,
                id=line.id or None,
                service_id=line.product_id,
                name=line.name,
                total=line.total,
                quantity=line.quantity,
            )

    def delete_bookings(self, entries: Sequence[Any]) -> None:
        """Delete the bookings that the document replaces, before any entry takes their places."""
        is_record = {
            entry["booking_id"]: is_booking_record(entry)
            for entry in entries
            if isinstance(entry, Mapping) and isinstance(entry.get("booking_id"), int)
        }
        for id, booking in bookings.get_many(is_record).items():
            if not is_record[id] or booking.origin == NAME:
                bookings.delete(id, now=self.now, origin=NAME, replaced=True)

    def store_booking(self, entry: BookingEntry | BookingAnswer) -> None:
        if isinstance(entry, BookingAnswer):
            if bookings.get_many([entry.booking_id]):
                # The store knows more about another dialect's booking than a record shows.
                return
            record, entry = entry, to_booking_entry(entry)
            self._store_named_records(entry, record)
        if entry.status not in STATUSES:
            raise Invalid(field="status", reason="choice", value=entry.status)
        _check_amount(entry.price, "price")
        try:
            service = repository.services.get(entry.product_id)
        except NotFound:
            raise Invalid(field="product_id", reason="unknown", value=entry.product_id) from None
        _check_customer(entry.customer_id)
        refuse_shared_id(bookings.repository, entry.booking_id)
        request = self._booking_request(entry, service)
        created_at = self._instant(entry.created_at, "created_at")
        bookings.create(request, now=self.now, id=entry.booking_id, created_at=created_at)

    def _booking_request(self, entry: BookingEntry, service: Service) -> BookingRequest:
        booking_type = settings_of(service).booking_type
        period = to_period(entry, booking_type, service)
        is_per_person = service.plan.capacity.units_per == "person"
        first_name, _, last_name = entry.billing_name.partition(" ")
        return with_ledger(
            BookingRequest(
                service_id=service.id,
                wall_start=period.start,
                wall_end=period.end,
                origin=NAME,
                status=CORE_STATUS[entry.status],
                resource_id=entry.resource_id,
                variant_id=entry.variation_id,
                customer_id=entry.customer_id,
                persons=entry.quantity if is_per_person else 1,
                quantity=1 if is_per_person else entry.quantity,
                price=entry.price,
                order_id=entry.order_id,
                order_item_id=self._order_item_id(entry, service),
                overrides=SKIP_ALL,
                service_units=0 if entry.shares_places else None,
                snapshot={"customer": {"first_name": first_name, "last_name": last_name}} if entry.billing_name else {},
                metadata={"type": booking_type, **period.metadata},
            ),
            entry.ledger,
        )

    def _order_item_id(self, entry: BookingEntry, service: Service) -> int:
        """Return the line of the booking's order; a booking that names an order and no line gets a new one."""
        if not entry.order_id or entry.order_item_id:
            return entry.order_item_id
        line = orders.add_item(
            entry.order_id,
            now=self.now,
            service_id=service.id,
            name=service.name,
            total=entry.price,
            quantity=entry.quantity,
        )
        return line.id

    def _store_named_records(self, entry: BookingEntry, record: BookingAnswer) -> None:
        """Create the customer and the order of an API record, where nothing else of the document brings them."""
        customer = record.customer
        if entry.customer_id and not repository.customers.get_many([entry.customer_id]):
            if entry.customer_id >= 2**31:
                raise Invalid(field="customer_id", reason="range", value=entry.customer_id)
            first_name, _, last_name = customer.name.partition(" ") if customer else ("", "", "")
            repository.customers.create(
                now=self.now,
                id=entry.customer_id,
                first_name=first_name,
                last_name=last_name,
                email=customer.email if customer else "",
            )
        if entry.order_id and not repository.orders.get_many([entry.order_id]):
            refuse_shared_id(repository.orders, entry.order_id)
            orders.create(now=self.now, id=entry.order_id, origin=NAME, customer_id=entry.customer_id)
        lines = orders.items([entry.order_id])[entry.order_id] if entry.order_id else []
        if entry.order_item_id not in {line.id for line in lines}:
            entry.order_item_id = 0

    def store_global_settings(self, settings: Mapping[str, Any]) -> None:
        """Close every product of this dialect on the shop's holidays."""
        if not settings:
            return
        holidays = read_global_holidays(settings, GLOBAL_SETTINGS)
        for service in export_ownership.exported_services(NAME) if holidays else ():
            product_settings = settings_of(service)
            product_settings = msgspec.structs.replace(
                product_settings, holidays={**holidays, **product_settings.holidays}
            )
            fields = to_service_fields(product_settings, price=service.price, extras=service.extras, own_fields={})
            repository.services.update(service.id, now=self.now, **fields)

    def _instant(self, text: str, field: str) -> datetime:
        if not text:
            return self.now
        instant = parse_utc(text)
        if instant is None:
            raise Invalid(field=field, reason="format", value=text)
        return instant


def _settings(product: ImportedProduct, stored: Service | None) -> Settings:
    raw = product.settings
    if product.record is not None:
        stored_settings = dump_settings(settings_of(stored)) if stored is not None else None
        raw = {**to_settings(product.record, stored_settings), **raw}
    settings = read_settings(raw, "", product.paths)
    for resource_id in settings.resources:
        if not repository.resources.get_many([resource_id]):
            raise Invalid(field="_bkap_product_resources", reason="unknown", value=resource_id)
    return settings


def _check_amount(amount: Decimal, field: str) -> None:
    if not 0 <= amount < 10**12:
        raise Invalid(field=field, reason="range", value=str(amount))


def _check_customer(id: int) -> None:
    if id and not repository.customers.get_many([id]) and not repository.has_tombstone("customer", id):
        raise Invalid(field="customer_id", reason="unknown", value=id)
