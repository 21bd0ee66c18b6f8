"""``frontdesk import wc_bookings`` and ``export``: a shop's whole state as JSON, described in the README.

Whatever has an id keeps it; what exists under that id is replaced. One wrong value refuses the whole document, and the
caller's transaction leaves nothing behind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from core import documents
from core.db import writing
from core.documents import Section, load_sections
from core.domain import statuses
from core.domain.records import Booking, Resource, Service
from core.domain.requests import SKIP_ALL, BookingRequest
from core.domain.site import Site
from core.domain.zones import zone as zone_of
from core.errors import Invalid
from core.ledger_fields import restore_request
from core.services import bookings, credentials, orders, repository, site
from core.wordpress.consumer_keys import key_hash, key_tail
from plugins.wc_bookings import document as read
from plugins.wc_bookings import shapes
from plugins.wc_bookings.auth import REALM
from plugins.wc_bookings.resources import saving
from plugins.wc_bookings.resources.hours import save_hours
from plugins.wc_bookings.translate import bookings as booking_words
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate.hours import read_slots

NAME = words.NAME
#: What a bookable product's ``type`` may be.
BOOKABLE = ("booking", "accommodation-booking")
#: What a document has beside its lists.
_OTHERS: dict[str, Any] = {
    "weekly_schedule": dict[str, list[shapes.Slot]],
    "date_overrides": dict[str, list[shapes.Slot]],
    "global_availability": list[shapes.ShopRule] | None,
    "api_keys": dict[str, shapes.Key] | None,
    "booking_relationships": list[shapes.Relationship] | None,
    # Where a document comes from; nothing is read from it but formats.
    "site": shapes.Site,
    "now": str,
    "versions": dict[str, str],
    "note": str,
}


@dataclass(frozen=True, slots=True)
class _Import:
    now: datetime
    zone: tzinfo
    relations: Mapping[int, Sequence[int]]


def load(document: Any, *, now: datetime, site: Site) -> dict[str, int]:
    """Take a document in.

    Raises:
        Invalid: With the path of the value that is wrong; then nothing has changed.
    """
    documents.check_keys(document, [*_LISTS, *_OTHERS])
    for name, kind in _OTHERS.items():
        if name in document:
            documents.check_value(document[name], kind, name)
    with writing():
        work = _Import(now, zone_of(site.timezone), _relations(document))
        shop_rules = _load_site(document, now=now)
        sections = [Section(name, shape, partial(take, work=work)) for name, (shape, take) in _LISTS.items()]
        counts = load_sections(document, sections, other_fields=dict.fromkeys(_OTHERS, Any))
        # Keys name users, so they come after them.
        return {"global_availability": shop_rules, "api_keys": _load_keys(document, now=now), **counts}


# -- sections ----------------------------------------------------------------------------------------------------


def _load_site(given: Mapping[str, Any], *, now: datetime) -> int:
    own = dict(site.extras(NAME))
    if "site" in given:
        own["site"] = dict(given["site"])
    for name in ("weekly_schedule", "date_overrides"):
        if name in given:
            own[name] = _read_hours(read.mapping(given[name], name), name)
    rows = read.rows(given, "global_availability")
    read.check_rules(rows, "global_availability")
    if "global_availability" in given:
        own["global_availability"] = rows
    made = [row.get("id") for row in read.rows(given, "bookings") if isinstance(row, Mapping)]
    last = max((number for number in made if isinstance(number, int)), default=0)
    if last > 0:
        # Their titles say when they were stored, not when they were made.
        own["imported"] = {"bookings": last, "at": now.isoformat()}
    save_hours(own, now=now)
    return len(rows)


def _load_user(row: Mapping[str, Any], path: str, work: _Import) -> None:
    roles = row.get("roles") or []
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise Invalid(field=f"{path}.roles", reason="type", value=roles)
    saving.put(
        repository.customers,
        read.number(row, path, most=read.SMALL_ID),
        now=work.now,
        username=read.text(row, path, "login"),
        email=read.text(row, path, "email"),
        first_name=read.text(row, path, "first_name"),
        last_name=read.text(row, path, "last_name"),
        roles=roles,
    )


def _load_keys(given: Mapping[str, Any], *, now: datetime) -> int:
    found = read.mapping(given.get("api_keys") or {}, "api_keys")
    for label, row in found.items():
        path = f"api_keys.{label}"
        row = read.mapping(row, path)
        consumer_key = read.text(row, path, "consumer_key", required=True)
        permissions = read.text(row, path, "permissions", required=True)
        if permissions not in ("read", "write", "read_write"):
            raise Invalid(field=f"{path}.permissions", reason="choice", value=permissions)
        user = read.number(row, path, "user_id", optional=True)
        owner = repository.customers.get_many([user]).get(user)
        values: dict[str, Any] = {
            "secret": read.text(row, path, "consumer_secret", required=True),
            "permissions": permissions,
            "user": str(user) if user else "",
            "roles": tuple(owner.roles) if owner else (("administrator",) if not user else ()),
            "label": str(label)[:255],
        }
        known = credentials.find(REALM, key_hash(consumer_key))
        if known is not None:
            credentials.update(known.id, **values)
        else:
            lookup, tail = key_hash(consumer_key), key_tail(consumer_key)
            credentials.create(realm=REALM, lookup=lookup, tail=tail, now=now, **values)
    return len(found)


def _load_category(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = read.number(row, path, most=read.SMALL_ID)
    current = repository.categories.get_many([number]).get(number)
    own = {name: row[name] for name in ("display", "image") if row.get(name) is not None}
    saving.put(
        repository.categories,
        number,
        now=work.now,
        name=read.text(row, path, "name", required=True),
        slug=read.text(row, path, "slug"),
        parent_id=read.number(row, path, "parent", optional=True, most=read.SMALL_ID),
        description=read.text(row, path, "description", limit=100_000),
        position=read.whole(row.get("menu_order"), f"{path}.menu_order"),
        extras={**(current.extras if current else {}), NAME: own},
    )


def _load_resource(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = read.number(row, path)
    read.text(row, path, "name", required=True)
    read.check_rules(row.get("availability"), f"{path}.availability")
    stored = repository.resources.get_many([number]).get(number)
    if _says_less(row, stored):
        return
    resource = saving.save_resource(repository.resources.get_many([number]).get(number), row, now=work.now, id=number)
    if row.get("team_member") is not None:
        _make_member(resource, read.mapping(row["team_member"], f"{path}.team_member"), path, work)


def _make_member(resource: Resource, row: Mapping[str, Any], path: str, work: _Import) -> None:
    """Turn a resource into a person with hours."""
    place = f"{path}.team_member"
    own = {name: row[name] for name in saving.MEMBER_FIELDS if name in row}
    own["hours"] = {
        name: _read_hours(read.mapping(given, f"{place}.hours.{name}"), f"{place}.hours.{name}")
        for name, given in read.mapping(row.get("hours") or {}, f"{place}.hours").items()
    }
    repository.resources.update(
        resource.id,
        now=work.now,
        kind="staff",
        email=read.text(row, place, "email"),
        phone=read.text(row, place, "phone_number", limit=63),
        description=read.text(row, place, "description", limit=100_000),
        status="trashed" if row.get("status") == "trashed" else "active",
        rules=saving.member_rules(own),
        extras={**{name: kept for name, kept in resource.extras.items() if name != NAME}, NAME: own},
    )


def _read_hours(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Time slots by weekday or date."""
    made = {}
    for key, slots in given.items():
        try:
            if not (str(key).isdigit() and 1 <= int(key) <= 7):
                date.fromisoformat(str(key))
            made[str(key)] = read_slots(slots)
        except ValueError as error:
            raise Invalid(field=f"{path}.{key}", reason="type", value=str(error)) from error
    return made


def _relations(given: Mapping[str, Any]) -> dict[int, list[int]]:
    """Resources of each product, in order."""
    found: dict[int, list[tuple[int, int]]] = {}
    for index, row in enumerate(read.rows(given, "booking_relationships")):
        path = f"booking_relationships.{index}"
        row = read.mapping(row, path)
        place = read.whole(row.get("sort_order"), f"{path}.sort_order")
        pair = (place, read.number(row, path, "resource_id"))
        found.setdefault(read.number(row, path, "product_id"), []).append(pair)
    return {product: [number for _, number in sorted(pairs)] for product, pairs in found.items()}


def _load_product(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = read.number(row, path)
    kind = read.text(row, path, "type") or "booking"
    if kind not in BOOKABLE:
        _load_other(number, row, now=work.now)
        return
    stored = repository.services.get_many([number]).get(number)
    if _says_less(row, stored):
        return
    settings = read.settings(row, path, stored)
    if kind == "accommodation-booking":
        settings["duration_unit"] = "night"
    if number in work.relations and not settings["resource_ids"]:
        settings["resource_ids"] = list(work.relations[number])
    settings["resource_ids"] = read.numbers(settings["resource_ids"] or [], f"{path}.resource_ids")
    created = _product_moment(row, path, "date_created", work, work.now)
    product = {**words.PRODUCT_DEFAULTS, **{k: v for k, v in row.items() if k in words.PRODUCT_DEFAULTS}}
    saving.save_product(
        stored,
        now=work.now,
        fields={
            "name": read.text(row, path, "name", required=True),
            "slug": read.text(row, path, "slug"),
            "description": read.text(row, path, "description", limit=1_000_000),
            "summary": read.text(row, path, "short_description", limit=1_000_000),
            "sku": read.text(row, path, "sku", limit=100),
            "position": read.whole(row.get("menu_order"), f"{path}.menu_order"),
        },
        product=product,
        settings=settings,
        vendor_status=read.text(row, path, "status") or "publish",
        categories=_categories(row, path, work),
        id=number,
        created_at=created,
        modified_at=_product_moment(row, path, "date_modified", work, created),
    )


def _is_answer(row: Mapping[str, Any]) -> bool:
    """Is it a record as the API answers it?"""
    return "permalink" in row or "_links" in row


def _says_less(row: Mapping[str, Any], stored: Booking | Resource | Service | None) -> bool:
    """Is it a record of the API about what another dialect made? That says less than is known here."""
    return _is_answer(row) and stored is not None and stored.origin != NAME


def _product_moment(row: Mapping[str, Any], path: str, name: str, work: _Import, default: datetime) -> datetime:
    """A date with an offset, or one of the API: without, on the site's clock, and beside it the same in UTC."""
    if row.get(f"{name}_gmt"):
        return read.moment(row, path, f"{name}_gmt", default, UTC)
    return read.moment(row, path, name, default, work.zone if _is_answer(row) else UTC)


def _categories(row: Mapping[str, Any], path: str, work: _Import) -> list[int]:
    """Ids of a product's categories; one that only a record of the API names is made."""
    if row.get("category_ids") is not None:
        return read.numbers(row["category_ids"], f"{path}.category_ids", read.SMALL_ID)
    numbers = []
    for index, item in enumerate(row.get("categories") or ()):
        place = f"{path}.categories.{index}"
        documents.check_keys(item, ("id", "name", "slug"), place)
        number = read.number(item, place, most=read.SMALL_ID)
        if number not in repository.categories.get_many([number]):
            name, slug = read.text(item, place, "name", required=True), read.text(item, place, "slug")
            repository.categories.create(now=work.now, id=number, name=name, slug=slug, origin=NAME)
        numbers.append(number)
    return numbers


def _load_other(number: int, row: Mapping[str, Any], *, now: datetime) -> None:
    """A product that cannot be booked: nothing but a name that answers so, and a count in its categories."""
    own = dict(site.extras(NAME))
    own["other_products"] = {**own.get("other_products", {}), str(number): dict(row)}
    site.save(now=now, dialect=NAME, extras=own)
    repository.reserve_id(number)


def _load_order(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = read.number(row, path)
    if number in repository.orders.get_many([number]):
        orders.delete(number, now=work.now, origin=NAME)
    orders.create(
        now=work.now,
        origin=NAME,
        id=number,
        status=read.text(row, path, "status") or "pending",
        customer_id=read.number(row, path, "customer_id", optional=True, most=read.SMALL_ID),
        currency=read.text(row, path, "currency") or site.current().currency,
        follows=True,
    )
    for index, item in enumerate(read.rows(row, "items")):
        place = f"{path}.items.{index}"
        item = read.mapping(item, place)
        product_id = read.number(item, place, "product_id", optional=True)
        service = repository.services.get_many([product_id]).get(product_id)
        orders.add_item(
            number,
            now=work.now,
            service_id=product_id,
            name=read.text(item, place, "name") or (service.name if service else ""),
            total=read.amount(item.get("total"), f"{place}.total"),
            id=read.number(item, place, optional=True) or None,
        )


def _load_booking(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = read.number(row, path)
    status = read.text(row, path, "status", required=True)
    if status not in booking_words.FROM_STATUS:
        raise Invalid(field=f"{path}.status", reason="choice", value=status)
    stored = bookings.get_many([number]).get(number)
    if stored is not None:
        if _says_less(row, stored):
            return
        bookings.delete(number, now=work.now, origin=NAME, replaced=True)
    created = _created(row, path, "date_created", work)
    modified = _created(row, path, "date_modified", work)
    counts, persons = read.person_counts(row, path)
    metadata: dict[str, Any] = {
        name: row[name]
        for name, usual in (
            ("google_calendar_event_id", "0"),
            ("local_timezone", ""),
            ("attendance_status", ""),
        )
        if row.get(name) not in (None, usual)
    }
    if counts or persons > 1 or row.get("person_counts"):
        metadata["persons"] = True
    core = booking_words.FROM_STATUS[status]
    if booking_words.TO_STATUS[core] != status:
        metadata["status"] = status
    start, end = read.wall(row, path, "start"), read.wall(row, path, "end")
    product_id = read.number(row, path, "product_id", optional=True)
    if start is None or end is None or not product_id:
        _load_shell(number, row, path, status, metadata, created, modified)
        return
    if end.second == 59:
        end += timedelta(seconds=1)
    if end <= start:
        raise Invalid(field=f"{path}.end", reason="range", value=row.get("end"))
    customer_id = read.number(row, path, "customer_id", optional=True, most=read.SMALL_ID)
    if customer_id and "_links" in row and not repository.customers.get_many([customer_id]):
        # The API has no list of customers: all that its bookings say of one is the number.
        repository.customers.create(now=work.now, id=customer_id, origin=NAME)
    order_id = read.number(row, path, "order_id", optional=True)
    item_id = read.number(row, path, "order_item_id", optional=True)
    if order_id and "_links" in row and not repository.orders.get_many([order_id]):
        # Nor has it orders.
        orders.create(now=work.now, id=order_id, origin=NAME, customer_id=customer_id)
        item_id = 0
    request = BookingRequest(
        service_id=product_id,
        wall_start=start,
        wall_end=end,
        origin=NAME,
        status=core,
        resource_id=read.number(row, path, "resource_id", optional=True),
        customer_id=customer_id,
        persons=persons,
        person_counts=counts,
        price=read.amount(row.get("cost"), f"{path}.cost"),
        order_id=order_id,
        order_item_id=item_id,
        parent_id=read.number(row, path, "parent_id", optional=True),
        note=read.text(row, path, "note", limit=100_000),
        all_day=bool(row.get("all_day")),
        overrides=SKIP_ALL,
        metadata=metadata,
    )
    request = restore_request(request, row, path)
    bookings.create(request, now=work.now, id=number, created_at=created)
    if modified != created:
        bookings.repository.update(number, now=modified)


def _created(row: Mapping[str, Any], path: str, name: str, work: _Import) -> datetime:
    found = read.stamp(row, path, name)
    return work.now if found is None else found.replace(tzinfo=work.zone).astimezone(UTC)


def _load_shell(
    number: int,
    row: Mapping[str, Any],
    path: str,
    status: str,
    metadata: Mapping[str, Any],
    created: datetime,
    modified: datetime,
) -> None:
    """A booking without product or times: the real server makes such; it takes no places."""
    repository.reserve_id(number)
    saving.save_shell(
        id=number,
        created_at=created,
        modified_at=modified,
        status=statuses.TRASHED if status == "trash" else statuses.DRAFT,
        metadata={**metadata, "status": status, "resource_id": read.number(row, path, "resource_id", optional=True)},
    )


#: The lists of a document, in the order in which they come in: the keys of an entry, and what stores one.
_LISTS: dict[str, tuple[Any, Callable[[dict[str, Any], str, _Import], None]]] = {
    "users": (shapes.User, _load_user),
    "categories": (shapes.Category, _load_category),
    "resources": (shapes.Resource, _load_resource),
    "products": (shapes.Product, _load_product),
    "orders": (shapes.Order, _load_order),
    "bookings": (shapes.Booking, _load_booking),
}
#: Everything of a document that is taken in, as the README lists it.
SECTIONS = (
    "global_availability", "weekly_schedule", "date_overrides", "users", "api_keys", "categories", "resources",
    "booking_relationships", "products", "orders", "bookings",
)  # fmt: skip
