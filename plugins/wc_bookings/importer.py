"""``frontdesk import wc_bookings`` and ``export``: a shop's whole state as JSON, described in the README.

Whatever has an id keeps it; what exists under that id is replaced. One wrong value refuses the whole document, and the
caller's transaction leaves nothing behind.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from core.db import writing
from core.domain import statuses
from core.domain.records import Booking, Service
from core.domain.requests import BookingRequest, Relax
from core.domain.site import Site
from core.domain.zones import zone as zone_of
from core.errors import DomainError, Invalid, NotFound
from core.services import bookings, catalog, keys, orders, records, site
from core.wordpress.keys import key_hash, truncated
from plugins.wc_bookings.auth import REALM
from plugins.wc_bookings.resources import saving
from plugins.wc_bookings.resources.hours import save_hours
from plugins.wc_bookings.translate import bookings as booking_words
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate.texts import wall_stamp

NAME = words.NAME
#: What a bookable product's ``type`` may be.
BOOKABLE = ("booking", "accommodation-booking")
_MAX_ID = 2**53
#: An imported booking is a fact: no rule speaks against it, not even capacity.
_FACT = Relax(
    grid=True, notice=True, past=True, start_weekday=True, duration=True, hours=True, persons=True, capacity=True
)
#: Sections of a document, in the order in which they come in.
SECTIONS = (
    "global_availability", "users", "api_keys", "categories", "resources", "booking_relationships", "products",
    "orders", "bookings",
)  # fmt: skip
#: Sections that say where a document comes from; nothing is read from them but formats.
ABOUT = ("now", "site", "versions", "note")


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
    given = _mapping(document, "")
    for name in given:
        if name not in SECTIONS and name not in ABOUT:
            raise Invalid(field=name, reason="unknown")
    with writing():
        work = _Import(now, zone_of(site.timezone), _relations(given))
        return {
            "global_availability": _load_site(given, now=now),
            "users": _each(given, "users", work, _load_user),
            "api_keys": _load_keys(given, now=now),
            "categories": _each(given, "categories", work, _load_category),
            "resources": _each(given, "resources", work, _load_resource),
            "products": _each(given, "products", work, _load_product),
            "orders": _each(given, "orders", work, _load_order),
            "bookings": _each(given, "bookings", work, _load_booking),
        }


# -- reading values -------------------------------------------------------------------------------------------


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid(field=path or "document", reason="type", value=value)
    return value


def _rows(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(field=name, reason="type", value=value)
    return value


def _each(given: Mapping[str, Any], name: str, work: _Import, take: Callable[..., None]) -> int:
    found = _rows(given, name)
    for index, row in enumerate(found):
        path = f"{name}.{index}"
        try:
            take(_mapping(row, path), path, work)
        except Invalid as error:
            if error.field.startswith(path):
                raise
            raise Invalid(field=f"{path}.{error.field}", reason=error.reason, value=error.value) from error
        except DomainError as error:
            raise Invalid(field=path, reason=type(error).__name__, value=str(error)) from error
    return len(found)


def _id(row: Mapping[str, Any], path: str, name: str = "id", *, optional: bool = False) -> int:
    value = row.get(name)
    if optional and value in (None, "", 0, "0"):
        return 0
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.{name}", reason="type", value=value) from None
    if not 0 < number < _MAX_ID or isinstance(value, bool):
        raise Invalid(field=f"{path}.{name}", reason="range", value=value)
    return number


def _text(row: Mapping[str, Any], path: str, name: str, *, limit: int = 255, required: bool = False) -> str:
    value = row.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > limit or "\0" in value:
        raise Invalid(field=f"{path}.{name}", reason="type", value=value)
    if required and not value:
        raise Invalid(field=f"{path}.{name}", reason="missing")
    return value


def _amount(value: Any, path: str) -> Decimal:
    try:
        amount = Decimal(str(0 if value in (None, "") else value))
    except InvalidOperation:
        raise Invalid(field=path, reason="type", value=value) from None
    if not amount.is_finite() or abs(amount) > 10**12:
        raise Invalid(field=path, reason="range", value=value)
    return amount


def _moment(row: Mapping[str, Any], path: str, name: str, default: datetime) -> datetime:
    """A date with an offset, or a wall stamp."""
    value = row.get(name)
    if value in (None, ""):
        return default
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.{name}", reason="type", value=value) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _ids(value: Any, path: str) -> list[int]:
    if not isinstance(value, list):
        raise Invalid(field=path, reason="type", value=value)
    return [_id({"id": item}, path) for item in value]


# -- sections -------------------------------------------------------------------------------------------------


def _load_site(given: Mapping[str, Any], *, now: datetime) -> int:
    own = dict(site.extras(NAME))
    about = given.get("site")
    if about is not None:
        own["site"] = dict(_mapping(about, "site"))
    if "global_availability" not in given:
        site.save(now=now, dialect=NAME, extras=own)
        return 0
    rows = _rows(given, "global_availability")
    for index, row in enumerate(rows):
        _mapping(row, f"global_availability.{index}")
    own["global_availability"] = rows
    save_hours(own, now=now)
    return len(rows)


def _load_user(row: Mapping[str, Any], path: str, work: _Import) -> None:
    roles = row.get("roles") or []
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise Invalid(field=f"{path}.roles", reason="type", value=roles)
    saving.put(
        records.customers,
        _id(row, path),
        now=work.now,
        username=_text(row, path, "login"),
        email=_text(row, path, "email"),
        first_name=_text(row, path, "first_name"),
        last_name=_text(row, path, "last_name"),
        roles=roles,
    )


def _load_keys(given: Mapping[str, Any], *, now: datetime) -> int:
    found = _mapping(given.get("api_keys") or {}, "api_keys")
    for label, row in found.items():
        path = f"api_keys.{label}"
        row = _mapping(row, path)
        consumer_key = _text(row, path, "consumer_key", required=True)
        permissions = _text(row, path, "permissions", required=True)
        if permissions not in ("read", "write", "read_write"):
            raise Invalid(field=f"{path}.permissions", reason="choice", value=permissions)
        user = _id(row, path, "user_id", optional=True)
        owner = records.customers.many([user]).get(user)
        values: dict[str, Any] = {
            "secret": _text(row, path, "consumer_secret", required=True),
            "permissions": permissions,
            "user": str(user) if user else "",
            "roles": tuple(owner.roles) if owner else (("administrator",) if not user else ()),
            "label": str(label)[:255],
        }
        known = keys.find(REALM, key_hash(consumer_key))
        if known is not None:
            keys.change(known.id, **values)
        else:
            lookup, tail = key_hash(consumer_key), truncated(consumer_key)
            keys.create(realm=REALM, lookup=lookup, tail=tail, now=now, **values)
    return len(found)


def _load_category(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = _id(row, path)
    current = records.categories.many([number]).get(number)
    own = {name: row[name] for name in ("display", "image") if row.get(name) is not None}
    saving.put(
        records.categories,
        number,
        now=work.now,
        name=_text(row, path, "name", required=True),
        slug=_text(row, path, "slug"),
        parent_id=_id(row, path, "parent", optional=True),
        description=_text(row, path, "description", limit=100_000),
        position=int(_amount(row.get("menu_order"), f"{path}.menu_order")),
        extras={**(current.extras if current else {}), NAME: own},
    )


def _load_resource(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = _id(row, path)
    _text(row, path, "name", required=True)
    if not isinstance(row.get("availability") or [], list):
        raise Invalid(field=f"{path}.availability", reason="type", value=row.get("availability"))
    saving.save_resource(records.resources.many([number]).get(number), row, now=work.now, id=number)


def _relations(given: Mapping[str, Any]) -> dict[int, list[int]]:
    """Resources of each product, in order."""
    found: dict[int, list[tuple[int, int]]] = {}
    for index, row in enumerate(_rows(given, "booking_relationships")):
        path = f"booking_relationships.{index}"
        row = _mapping(row, path)
        place = int(_amount(row.get("sort_order"), f"{path}.sort_order"))
        pair = (place, _id(row, path, "resource_id"))
        found.setdefault(_id(row, path, "product_id"), []).append(pair)
    return {product: [number for _, number in sorted(pairs)] for product, pairs in found.items()}


def _load_product(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = _id(row, path)
    kind = _text(row, path, "type") or "booking"
    if kind not in BOOKABLE:
        _load_other(number, row, now=work.now)
        return
    settings = {**words.SETTING_DEFAULTS, **{k: v for k, v in row.items() if k in words.SETTING_DEFAULTS}}
    if kind == "accommodation-booking":
        settings["duration_unit"] = "night"
    if number in work.relations and not settings["resource_ids"]:
        settings["resource_ids"] = list(work.relations[number])
    settings["resource_ids"] = _ids(settings["resource_ids"] or [], f"{path}.resource_ids")
    created = _moment(row, path, "date_created", work.now)
    product = {**words.PRODUCT_DEFAULTS, **{k: v for k, v in row.items() if k in words.PRODUCT_DEFAULTS}}
    saving.save_product(
        records.services.many([number]).get(number),
        now=_moment(row, path, "date_modified", created),
        fields={
            "name": _text(row, path, "name", required=True),
            "slug": _text(row, path, "slug"),
            "description": _text(row, path, "description", limit=1_000_000),
            "summary": _text(row, path, "short_description", limit=1_000_000),
            "sku": _text(row, path, "sku", limit=100),
            "position": int(_amount(row.get("menu_order"), f"{path}.menu_order")),
        },
        product=product,
        settings=settings,
        vendor_status=_text(row, path, "status") or "publish",
        categories=_ids(row.get("category_ids") or [], f"{path}.category_ids"),
        id=number,
        created_at=created,
    )


def _load_other(number: int, row: Mapping[str, Any], *, now: datetime) -> None:
    """A product that cannot be booked: nothing but a name that answers so, and a count in its categories."""
    own = dict(site.extras(NAME))
    own["other_products"] = {**own.get("other_products", {}), str(number): dict(row)}
    site.save(now=now, dialect=NAME, extras=own)
    records.reserve_id(number)


def _load_order(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = _id(row, path)
    if number in records.orders.many([number]):
        orders.remove(number)
    orders.create(
        now=work.now,
        origin=NAME,
        id=number,
        status=_text(row, path, "status") or "pending",
        customer_id=_id(row, path, "customer_id", optional=True),
        currency=_text(row, path, "currency") or site.current().currency,
    )
    for index, item in enumerate(_rows(row, "items")):
        place = f"{path}.items.{index}"
        item = _mapping(item, place)
        product_id = _id(item, place, "product_id", optional=True)
        service = records.services.many([product_id]).get(product_id)
        orders.add_item(
            number,
            now=work.now,
            service_id=product_id,
            name=_text(item, place, "name") or (service.name if service else ""),
            total=_amount(item.get("total"), f"{place}.total"),
            id=_id(item, place, optional=True) or None,
        )


def _stamp(row: Mapping[str, Any], path: str, name: str) -> datetime | None:
    value = row.get(name)
    if value in (None, False, "", 0):
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**11:
        raise Invalid(field=f"{path}.{name}", reason="type", value=value)
    return booking_words.from_stamp(value)


def _wall(row: Mapping[str, Any], path: str, name: str) -> datetime | None:
    """``start_local`` where it is given, else ``start``."""
    text = row.get(f"{name}_local")
    if not text:
        return _stamp(row, path, name)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.{name}_local", reason="type", value=text) from None


def _load_booking(row: Mapping[str, Any], path: str, work: _Import) -> None:
    number = _id(row, path)
    status = _text(row, path, "status", required=True)
    if status not in booking_words.FROM_STATUS:
        raise Invalid(field=f"{path}.status", reason="choice", value=status)
    try:
        bookings.get(number)
    except NotFound:
        pass
    else:
        bookings.delete(number, now=work.now, origin=NAME)
    created = _created(row, path, "date_created", work)
    modified = _created(row, path, "date_modified", work)
    counts, persons = _person_counts(row, path)
    facets: dict[str, Any] = {
        name: row[name]
        for name, usual in (("google_calendar_event_id", "0"), ("local_timezone", ""), ("attendance_status", ""))
        if row.get(name) not in (None, usual)
    }
    if row.get("person_counts"):
        facets["persons"] = True
    core = booking_words.FROM_STATUS[status]
    if booking_words.TO_STATUS[core] != status:
        facets["status"] = status
    start, end = _wall(row, path, "start"), _wall(row, path, "end")
    product_id = _id(row, path, "product_id", optional=True)
    if start is None or end is None or not product_id:
        _load_shell(number, row, path, status, facets, created, modified)
        return
    if end.second == 59:
        end += timedelta(seconds=1)
    if end <= start:
        raise Invalid(field=f"{path}.end", reason="range", value=row.get("end"))
    request = BookingRequest(
        service_id=product_id,
        wall_start=start,
        wall_end=end,
        origin=NAME,
        status=core,
        resource_id=_id(row, path, "resource_id", optional=True),
        customer_id=_id(row, path, "customer_id", optional=True),
        persons=persons,
        person_counts=counts,
        price=_amount(row.get("cost"), f"{path}.cost"),
        order_id=_id(row, path, "order_id", optional=True),
        order_item_id=_id(row, path, "order_item_id", optional=True),
        parent_id=_id(row, path, "parent_id", optional=True),
        note=_text(row, path, "note", limit=100_000),
        all_day=bool(row.get("all_day")),
        relax=_FACT,
        facets=facets,
    )
    bookings.create(request, now=work.now, id=number, created_at=created)
    if modified != created:
        bookings.table.update(number, now=modified)


def _created(row: Mapping[str, Any], path: str, name: str, work: _Import) -> datetime:
    found = _stamp(row, path, name)
    return work.now if found is None else found.replace(tzinfo=work.zone).astimezone(UTC)


def _person_counts(row: Mapping[str, Any], path: str) -> tuple[dict[int, int], int]:
    given = row.get("person_counts") or []
    if not isinstance(given, (list, Mapping)):
        raise Invalid(field=f"{path}.person_counts", reason="type", value=given)
    try:
        pairs = given.items() if isinstance(given, Mapping) else ((0, count) for count in given)
        counts = {int(key): int(count) for key, count in pairs}
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.person_counts", reason="type", value=given) from None
    counts = {key: count for key, count in counts.items() if count > 0}
    total = min(sum(counts.values()), 10**6) or 1
    return {key: count for key, count in counts.items() if key}, total


def _load_shell(
    number: int,
    row: Mapping[str, Any],
    path: str,
    status: str,
    facets: Mapping[str, Any],
    created: datetime,
    modified: datetime,
) -> None:
    """A booking without product or times: the real server makes such; it takes no places."""
    records.reserve_id(number)
    saving.save_shell(
        id=number,
        created_at=created,
        modified_at=modified,
        status=statuses.TRASHED if status == "trash" else statuses.DRAFT,
        facets={**facets, "status": status, "resource_id": _id(row, path, "resource_id", optional=True)},
    )


# -- export ---------------------------------------------------------------------------------------------------


def dump(*, now: datetime, site: Site) -> dict[str, Any]:
    """Everything this dialect keeps, as ``load`` takes it. Secrets of keys do not go out."""
    zone = zone_of(site.timezone)
    services = [service for service in records.services.all() if words.is_ours(service)]
    links = catalog.links(service_ids=[service.id for service in services])
    ids = {link.resource_id for link in links}
    resources = [row for row in records.resources.all() if row.id in ids or words.own(row)]
    made = [booking for booking in _bookings() if booking.service_id in {s.id for s in services} | {0}]
    numbers = {booking.order_id for booking in made if booking.order_id}
    return {
        "now": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **_dump_site(),
        "users": [_dump_user(row) for row in records.customers.all()],
        "categories": [
            {k: v for k, v in words.to_category(row, 0).items() if k != "count"}
            for row in records.categories.all()
        ],
        "resources": [words.to_resource(row) for row in resources],
        "booking_relationships": [
            {"product_id": link.service_id, "resource_id": link.resource_id, "sort_order": link.position}
            for link in links
        ],
        "products": [*_dump_products(services), *_dump_others()],
        "orders": _dump_orders(numbers),
        "bookings": [_dump_booking(booking, zone) for booking in made],
    }


def _bookings() -> Iterable[Booking]:
    return bookings.page(order=(("id", "asc"),), count=False).items


def _dump_site() -> dict[str, Any]:
    own = site.extras(NAME)
    return {name: own[name] for name in ("site", "global_availability") if name in own}


def _dump_user(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "login": row.username,
        "email": row.email,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "roles": list(row.roles),
    }


def _dump_products(services: Sequence[Service]) -> Iterable[dict[str, Any]]:
    categories = catalog.service_categories([service.id for service in services])
    for service in services:
        # The stored settings, not what links or limits would make of them: they come in again as they went out.
        settings = {**words.SETTING_DEFAULTS, **words.own(service)["settings"]}
        yield {
            "id": service.id,
            "type": words.product_type(service),
            "name": service.name,
            "slug": service.slug,
            "status": words.to_status(service),
            "date_created": service.created_at.isoformat(),
            "date_modified": service.modified_at.isoformat(),
            "description": service.description,
            "short_description": service.summary,
            "sku": service.sku,
            "menu_order": service.position,
            "category_ids": categories[service.id],
            **words.to_product_data(service),
            **settings,
        }


def _dump_others() -> list[dict[str, Any]]:
    return [dict(row) for row in site.extras(NAME).get("other_products", {}).values()]


def _dump_orders(numbers: Iterable[int]) -> list[dict[str, Any]]:
    found = records.orders.many(numbers)
    lines = orders.items(found)
    return [
        {
            "id": order.id,
            "status": order.status,
            "customer_id": order.customer_id,
            "currency": order.currency,
            "items": [
                {"id": item.id, "product_id": item.service_id, "name": item.name, "total": str(item.total)}
                for item in lines[order.id]
            ],
        }
        for order in found.values()
    ]


def _dump_booking(booking: Booking, zone: tzinfo) -> dict[str, Any]:
    shown = booking_words.to_booking(booking, zone)
    if booking_words.own(booking).get("shell"):
        return shown
    end = booking.wall_end
    if booking.all_day and wall_stamp(end) % 86_400 == 0:
        end -= timedelta(seconds=1)
    return {
        **shown,
        "note": booking.note,
        "attendance_status": booking_words.own(booking).get("attendance_status", ""),
        "start_local": booking.wall_start.isoformat(sep=" "),
        "end_local": end.isoformat(sep=" "),
    }
