"""Stores the entries of an import document (README, "Import and export")."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from frontdesk import Site, bookings, credentials, orders, repository, site, statuses
from frontdesk.errors import Invalid
from frontdesk.importing import path_prefix, put, with_ledger
from frontdesk.records import SKIP_ALL, Booking, BookingRequest, Resource, Service
from frontdesk.times import zone
from frontdesk.wordpress.consumer_keys import key_hash, key_tail
from frontdesk.wordpress.statuses import order_status_extras, order_status_to_core
from plugins.wc_bookings.auth import REALM
from plugins.wc_bookings.import_schemas import (
    BookingEntry,
    CategoryEntry,
    KeyEntry,
    OrderEntry,
    RelationshipEntry,
    UserEntry,
)
from plugins.wc_bookings.translate import resources
from plugins.wc_bookings.translate.bookings import FROM_STATUS
from plugins.wc_bookings.translate.imports import (
    SMALL_ID,
    booking_metadata,
    check_rules,
    read_amount,
    read_hours,
    read_id,
    read_ids,
    read_instant,
    read_optional_id,
    read_person_counts,
    read_settings,
    read_small,
    read_stamp,
    read_wall_clock,
    require,
)
from plugins.wc_bookings.translate.products import ACCOMMODATION, PRODUCT_DEFAULTS
from plugins.wc_bookings.translate.values import NAME
from plugins.wc_bookings.usecases.opening_hours import save_hours
from plugins.wc_bookings.usecases.product_store import save_product
from plugins.wc_bookings.usecases.resources import save_resource
from plugins.wc_bookings.usecases.vendor_writes import save_empty_booking

#: Values of ``type`` of a product that can be booked.
BOOKABLE = ("booking", ACCOMMODATION)
#: The status of a person in the trash; documents of older versions have the second word.
_DELETED = ("trash", "trashed")


class Import:
    """One import: stores the entries of each section at ``now``."""

    def __init__(self, now: datetime, site: Site) -> None:
        self.now = now
        self.zone = zone(site.timezone)
        #: Resource ids by product id, for products that do not list them.
        self.resource_ids: dict[int, list[int]] = {}

    # -- the site ---------------------------------------------------------------------------------------------------

    def store_site(self, formats: Mapping[str, Any]) -> None:
        self._save_site(site=dict(formats))

    def store_shop_rules(self, rules: list[dict[str, Any]] | None) -> None:
        check_rules(rules, "")
        self._save_site(global_availability=rules or [])

    def store_weekly_schedule(self, slots_by_day: Mapping[str, Any]) -> None:
        self._save_site(weekly_schedule=read_hours(slots_by_day))

    def store_date_overrides(self, slots_by_day: Mapping[str, Any]) -> None:
        self._save_site(date_overrides=read_hours(slots_by_day))

    def note_imported_bookings(self, entries: Sequence[Any]) -> None:
        """Store the largest imported id: titles of these bookings say when they were stored, not made."""
        ids = [entry.get("id") for entry in entries if isinstance(entry, Mapping)]
        largest = max((id for id in ids if isinstance(id, int)), default=0)
        if largest > 0:
            self._save_site(imported={"bookings": largest, "at": self.now.isoformat()})

    def _save_site(self, **changes: Any) -> None:
        save_hours({**site.extras(NAME), **changes}, now=self.now)

    # -- users and keys ---------------------------------------------------------------------------------------------

    def store_user(self, entry: UserEntry) -> None:
        put(
            repository.customers,
            entry.id,
            now=self.now,
            username=entry.login or "",
            email=entry.email or "",
            first_name=entry.first_name or "",
            last_name=entry.last_name or "",
            roles=entry.roles or [],
        )

    def store_keys(self, entries: Mapping[str, KeyEntry] | None) -> None:
        for label, entry in (entries or {}).items():
            with path_prefix(label):
                self._store_key(label, entry)

    def _store_key(self, label: str, entry: KeyEntry) -> None:
        consumer_key = require(entry.consumer_key, "consumer_key")
        permissions = require(entry.permissions, "permissions")
        if permissions not in ("read", "write", "read_write"):
            raise Invalid(field="permissions", reason="choice", value=permissions)
        user_id = read_optional_id(entry.user_id, "user_id")
        user = repository.customers.get_many([user_id]).get(user_id)
        values: dict[str, Any] = {
            "secret": require(entry.consumer_secret, "consumer_secret"),
            "permissions": permissions,
            "user": str(user_id) if user_id else "",
            "roles": tuple(user.roles) if user else (("administrator",) if not user_id else ()),
            "label": label[:255],
        }
        lookup = key_hash(consumer_key)
        stored = credentials.find(REALM, lookup)
        if stored is not None:
            credentials.update(stored.id, **values)
        else:
            credentials.create(realm=REALM, lookup=lookup, tail=key_tail(consumer_key), now=self.now, **values)

    # -- products ----------------------------------------------------------------------------------------------------

    def store_category(self, entry: CategoryEntry) -> None:
        stored = repository.categories.get_many([entry.id]).get(entry.id)
        details = {"display": entry.display, "image": entry.image}
        put(
            repository.categories,
            entry.id,
            now=self.now,
            name=require(entry.name, "name"),
            slug=entry.slug or "",
            parent_id=read_optional_id(entry.parent, "parent", SMALL_ID),
            description=entry.description or "",
            position=read_small(entry.menu_order, "menu_order"),
            extras={
                **(stored.extras if stored else {}),
                NAME: {name: value for name, value in details.items() if value is not None},
            },
        )

    def store_resource(self, row: dict[str, Any]) -> None:
        id = read_id(row["id"], "id")
        require(row["name"], "name")
        check_rules(row.get("availability"), "availability")
        stored = repository.resources.get_many([id]).get(id)
        if _knows_more(stored, is_record="_links" in row):
            return
        resource = save_resource(stored, row, now=self.now, id=id)
        if row.get("team_member") is not None:
            with path_prefix("team_member"):
                self._store_member(resource, row["team_member"])

    def _store_member(self, resource: Resource, row: Mapping[str, Any]) -> None:
        """Turn a resource into a person with hours."""
        details: dict[str, Any] = {name: row[name] for name in resources.EXTRA_FIELDS if name in row}
        details["hours"] = {}
        for name, slots_by_day in (row.get("hours") or {}).items():
            with path_prefix(f"hours.{name}"):
                details["hours"][name] = read_hours(slots_by_day)
        repository.resources.update(
            resource.id,
            now=self.now,
            kind="staff",
            email=row.get("email") or "",
            phone=row.get("phone_number") or "",
            description=row.get("description") or "",
            status=statuses.DELETED if row.get("status") in _DELETED else statuses.ACTIVE,
            rules=resources.to_rules(details),
            extras={**resource.extras, NAME: details},
        )

    def remember_relationships(self, entries: list[RelationshipEntry] | None) -> None:
        """Remember the resources of each product, in order."""
        positions: dict[int, list[tuple[int, int]]] = {}
        for index, entry in enumerate(entries or ()):
            position = read_small(entry.sort_order, f"{index}.sort_order")
            positions.setdefault(entry.product_id, []).append((position, entry.resource_id))
        self.resource_ids = {
            product_id: [resource_id for _, resource_id in sorted(pairs)] for product_id, pairs in positions.items()
        }

    def store_product(self, row: dict[str, Any]) -> None:
        id = read_id(row["id"], "id")
        product_type = row.get("type") or "booking"
        if product_type not in BOOKABLE:
            self._store_other_product(id, row)
            return
        stored = repository.services.get_many([id]).get(id)
        is_record = "permalink" in row or "_links" in row
        if _knows_more(stored, is_record=is_record):
            return
        settings = read_settings(row, stored)
        if product_type == ACCOMMODATION:
            settings["duration_unit"] = "night"
        resource_ids = settings["resource_ids"] or self.resource_ids.get(id) or []
        settings["resource_ids"] = read_ids(resource_ids, "resource_ids")
        # The API writes dates on the site's clock, and beside them the same in UTC.
        date_zone = self.zone if is_record else UTC
        created_at = read_instant(row.get("date_created"), "date_created", self.now, date_zone)
        created_at = read_instant(row.get("date_created_gmt"), "date_created_gmt", created_at)
        modified_at = read_instant(row.get("date_modified"), "date_modified", created_at, date_zone)
        modified_at = read_instant(row.get("date_modified_gmt"), "date_modified_gmt", modified_at)
        save_product(
            stored,
            now=self.now,
            fields={
                "name": require(row["name"], "name"),
                "slug": row.get("slug") or "",
                "description": row.get("description") or "",
                "summary": row.get("short_description") or "",
                "sku": row.get("sku") or "",
                "position": read_small(row.get("menu_order"), "menu_order"),
            },
            product={
                **PRODUCT_DEFAULTS,
                **{name: value for name, value in row.items() if name in PRODUCT_DEFAULTS},
            },
            settings=settings,
            vendor_status=row.get("status") or "publish",
            categories=self._category_ids(row),
            id=id,
            created_at=created_at,
            modified_at=modified_at,
        )

    def _category_ids(self, row: Mapping[str, Any]) -> list[int]:
        """Return the ids of a product's categories; one that only a record of the API names is created."""
        if row.get("category_ids") is not None:
            return read_ids(row["category_ids"], "category_ids", SMALL_ID)
        ids = []
        for position, category in enumerate(row.get("categories") or ()):
            id = read_id(category["id"], f"categories.{position}.id", SMALL_ID)
            if not repository.categories.get_many([id]):
                name = require(category.get("name"), f"categories.{position}.name")
                repository.categories.create(
                    now=self.now, id=id, name=name, slug=category.get("slug") or "", origin=NAME
                )
            ids.append(id)
        return ids

    def _store_other_product(self, id: int, row: Mapping[str, Any]) -> None:
        """Store a product that cannot be booked: it counts in its categories, and requests for it say what it is."""
        extras = site.extras(NAME)
        other_products = {**extras.get("other_products", {}), str(id): row}
        site.save(now=self.now, dialect=NAME, extras={**extras, "other_products": other_products})
        repository.reserve_id(id)

    # -- orders and bookings ----------------------------------------------------------------------------------------

    def store_order(self, entry: OrderEntry) -> None:
        if repository.orders.get_many([entry.id]):
            orders.delete(entry.id, now=self.now, origin=NAME)
        order_status = entry.status or "pending"
        status_extras = order_status_extras(order_status)
        orders.create(
            now=self.now,
            origin=NAME,
            id=entry.id,
            status=order_status_to_core(order_status),
            customer_id=read_optional_id(entry.customer_id, "customer_id", SMALL_ID),
            currency=entry.currency or site.current().currency,
            follows=True,
            extras={NAME: status_extras} if status_extras else {},
        )
        for position, item in enumerate(entry.items or ()):
            path = f"items.{position}"
            product_id = read_optional_id(item.product_id, f"{path}.product_id")
            service = repository.services.get_many([product_id]).get(product_id)
            orders.add_item(
                entry.id,
                now=self.now,
                service_id=product_id,
                name=item.name or (service.name if service else ""),
                total=read_amount(item.total, f"{path}.total"),
                id=read_optional_id(item.id, f"{path}.id") or None,
            )

    def store_booking(self, entry: BookingEntry) -> None:
        status = require(entry.status, "status")
        if status not in FROM_STATUS:
            raise Invalid(field="status", reason="choice", value=status)
        stored = bookings.get_many([entry.id]).get(entry.id)
        if stored is not None:
            if _knows_more(stored, is_record=entry.links is not None):
                return
            bookings.delete(entry.id, now=self.now, origin=NAME, replaced=True)
        created_at = self._created_at(entry.date_created, "date_created")
        modified_at = self._created_at(entry.date_modified, "date_modified")
        start = read_wall_clock(entry.start_local, entry.start, "start")
        end = read_wall_clock(entry.end_local, entry.end, "end")
        product_id = read_optional_id(entry.product_id, "product_id")
        if start is None or end is None or not product_id:
            self._store_empty_booking(entry, created_at, modified_at)
            return
        if end.second == 59:
            end += timedelta(seconds=1)
        if end <= start:
            raise Invalid(field="end", reason="range", value=entry.end)
        request = self._booking_request(entry, product_id, start, end)
        bookings.create(request, now=self.now, id=entry.id, created_at=created_at)
        if modified_at != created_at:
            bookings.repository.update(entry.id, now=modified_at)

    def _booking_request(self, entry: BookingEntry, product_id: int, start: datetime, end: datetime) -> BookingRequest:
        person_counts, persons = read_person_counts(entry)
        customer_id = read_optional_id(entry.customer_id, "customer_id", SMALL_ID)
        order_id = read_optional_id(entry.order_id, "order_id")
        order_item_id = read_optional_id(entry.order_item_id, "order_item_id")
        # Of customers and orders the API shows nothing but the ids in its bookings.
        if entry.links is not None and customer_id and not repository.customers.get_many([customer_id]):
            repository.customers.create(now=self.now, id=customer_id, origin=NAME)
        if entry.links is not None and order_id and not repository.orders.get_many([order_id]):
            orders.create(now=self.now, id=order_id, origin=NAME, customer_id=customer_id)
            order_item_id = 0
        return with_ledger(
            BookingRequest(
                service_id=product_id,
                wall_start=start,
                wall_end=end,
                origin=NAME,
                status=FROM_STATUS[entry.status],
                resource_id=read_optional_id(entry.resource_id, "resource_id"),
                customer_id=customer_id,
                persons=persons,
                person_counts=person_counts,
                price=read_amount(entry.cost, "cost"),
                order_id=order_id,
                order_item_id=order_item_id,
                parent_id=read_optional_id(entry.parent_id, "parent_id"),
                note=entry.note or "",
                all_day=bool(entry.all_day),
                overrides=SKIP_ALL,
                metadata=booking_metadata(entry),
            ),
            entry.ledger,
        )

    def _created_at(self, stamp: Any, field: str) -> datetime:
        wall_clock = read_stamp(stamp, field)
        return self.now if wall_clock is None else wall_clock.replace(tzinfo=self.zone).astimezone(UTC)

    def _store_empty_booking(self, entry: BookingEntry, created_at: datetime, modified_at: datetime) -> None:
        """Store a booking without product or times, as the vendor's server makes; it takes no places."""
        repository.reserve_id(entry.id)
        resource_id = read_optional_id(entry.resource_id, "resource_id")
        save_empty_booking(
            id=entry.id,
            created_at=created_at,
            modified_at=modified_at,
            status=statuses.DELETED if entry.status == "trash" else statuses.DRAFT,
            metadata={**booking_metadata(entry), "status": entry.status, "resource_id": resource_id},
        )


def _knows_more(stored: Booking | Resource | Service | None, *, is_record: bool) -> bool:
    """Whether the store knows more than an entry: a record of the API about what another dialect made."""
    return is_record and stored is not None and stored.origin != NAME
