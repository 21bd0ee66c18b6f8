"""``/services`` (fact sheet, section 6.5)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal

from core.domain.records import Service
from core.domain.schedule import SchedulePlan
from core.errors import Invalid
from core.http.openapi import operation
from core.services import catalog
from core.services.repository import categories, extras, resources
from core.services.repository import locations as location_table
from core.services.repository import services as table
from core.wordpress import php
from plugins.bookingpress.errors import NOTICE, WENT_WRONG, Refused, in_use, notice
from plugins.bookingpress.resources import compiling
from plugins.bookingpress.resources.base import Listing, Params, Things, simple_page, words
from plugins.bookingpress.schemas import Service as ServiceRecord
from plugins.bookingpress.translate.bookings import BLOCKING
from plugins.bookingpress.translate.catalog import SHOWN, is_own, own, service_settings, to_service, with_own
from plugins.bookingpress.translate.prices import to_price_plan
from plugins.bookingpress.translate.schedule import DEFAULTS, touched_plan
from plugins.bookingpress.translate.values import NAME, minutes_of

_LONGEST = {"m": (1440, "24 hours"), "h": (24, "24 hours"), "d": (30, "30 days")}
_NOTICES = (
    "minimum_time_required_before_booking",
    "minimum_time_required_before_rescheduling",
    "minimum_time_required_before_cancelling",
)
_MOST_PLACES = 1_000_000
_BODY = {
    **dict.fromkeys(("service_name", "service_description", "service_image", "service_image_name"), str),
    "service_price": Decimal,
    **dict.fromkeys(("service_category", "category_id", "service_position", "service_duration_val"), int),
    "service_duration_unit": Literal[tuple(_LONGEST)],
    **dict.fromkeys(("max_capacity", "min_capacity", "before_buffer_time", "after_buffer_time"), int),
    **dict.fromkeys(("before_buffer_time_unit", "after_buffer_time_unit"), Literal["m", "h"]),
    **dict.fromkeys(_NOTICES, int | Literal["inherit", "disabled"]),
    **dict.fromkeys(("service_start_date", "service_expiration_date"), date),
    "show_service_on_site": bool,
    "deposit_type": Literal["percentage", "fixed"],
    "deposit_amount": Decimal,
    "extra_services": [
        {
            **dict.fromkeys(("id", "duration", "max_qty"), int),
            "name": str,
            "price": Decimal,
            "duration_unit": Literal["m", "h"],
        }
    ],
    "assigned_staffmembers": [int],
}


class Services(Things):
    group = "services"
    shown_names = SHOWN["services"]
    update_names = ("service_update_id", "update_id")
    sorts: ClassVar = {
        "id": "id",
        "service_id": "id",
        "service_name": "name",
        "service_price": "price",
        "service_position": "position",
    }

    @operation(query=dict.fromkeys(("category_id", "staffmember_id", "location_id"), int), reply=[ServiceRecord])
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        given = listing.params
        where: list[Any] = [("status", "!=", "trashed"), *words(listing.search, ("name",))]
        if given.id("category_id"):
            inside = catalog.category_services([given.id("category_id")])
            where.append(("id", "in", next(iter(inside.values()), [])))
        if given.id("staffmember_id"):
            links = catalog.resource_links(resource_ids=[given.id("staffmember_id")])
            where.append(("id", "in", [link.service_id for link in links]))
        if given.id("location_id"):
            number = given.id("location_id")
            where.append(("id", "in", [one.id for one in table.list_all() if number in one.locations]))
        found, total = simple_page(table, listing, where)
        return self._records(found), total

    @operation(reply=ServiceRecord)
    def one(self, id: int) -> tuple[Any, int]:
        service = table.get(id)
        return self._records([service])[0], service.version

    def _records(self, found: list[Service]) -> list[Any]:
        numbers = [service.id for service in found]
        filed = catalog.first_categories(numbers)
        linked: dict[int, list[Any]] = {}
        for link in catalog.resource_links(service_ids=numbers):
            linked.setdefault(link.service_id, []).append(link)
        offered: dict[int, list[Any]] = {}
        for extra in extras.list_all([("service_id", "in", numbers)], order=(("position", "asc"), ("id", "asc"))):
            offered.setdefault(extra.service_id, []).append(extra)
        settings = self.shop.settings
        return [
            to_service(
                service,
                index,
                links=linked.get(service.id, []),
                extras=offered.get(service.id, []),
                category=filed.get(service.id, (0, "")),
                settings=settings,
                symbol=self.shop.symbol,
            )
            for index, service in enumerate(found, 1)
        ]

    # -- writing ------------------------------------------------------------------------------------------------

    @operation(body=_BODY, reply=NOTICE)
    def create(self, given: Params) -> Any:
        made = create_service(given, now=self.shop.now)
        return notice("Service has been added successfully.", service_id=made)

    @operation(body=_BODY, reply=NOTICE)
    def update(self, id: int, given: Params, *, gentle: bool) -> Any:
        before = table.get_many([id]).get(id)
        if before is None:
            raise Refused(msg=WENT_WRONG, status=404)
        self._update(before, given, gentle=gentle)
        return notice("Service has been updated successfully.", service_id=id)

    def _update(self, before: Service, given: Params, *, gentle: bool) -> None:
        now = self.shop.now
        links = catalog.resource_links(service_ids=[before.id])
        old = service_settings(before, links)
        new = read_settings(given, old, is_new=False, gentle=gentle)
        values: dict[str, Any] = {}
        if not gentle or "service_name" in given:
            values["name"] = read_name(given)
        if not gentle or "service_price" in given:
            values["price"] = read_price(given)
        if not gentle or "service_description" in given:
            values["description"] = given.html("service_description")
        if "show_service_on_site" in given:
            values["status"] = "publish" if given.flag("show_service_on_site", default=True) else "hidden"
        if not gentle or "service_category" in given:
            catalog.set_categories(before.id, read_category(given))
        if is_own(before):
            table.update(before.id, now=now, extras=with_own(before, **new), **values)
        else:
            # Another dialect's service keeps its own rules; only what was changed here is changed in its plan.
            values["plan"] = touched_plan(before.plan, old, new)
            if values.get("price", before.price) != before.price:
                plain = {**new, "service_price": values["price"]}
                values["price_plan"] = _plan_data(plain)
            kept = ("deposit_type", "deposit_amount", "service_image", "service_image_name")
            table.update(before.id, now=now, extras=with_own(before, **{name: new[name] for name in kept}), **values)
        store_parts(before.id, given, now=now)
        compiling.services([before.id], now=now)

    def delete(self, id: int, expected_version: int | None) -> Any:
        if not table.get_many([id]):
            raise Refused(msg="Either service already deletd or service id not found.", status=404)
        ahead = catalog.has_upcoming_bookings(
            now=self.shop.now, service_id=id, statuses=BLOCKING, ends_after=self.shop.midnight
        )
        if ahead:
            raise Refused(msg=in_use("service"), variant="warning")
        now = self.shop.now
        catalog.delete_service(id, now=now)
        for place in location_table.list_all():
            listed = own(place).get("services") or []
            if any(entry["service_id"] == id for entry in listed):
                rest = [entry for entry in listed if entry["service_id"] != id]
                location_table.update(place.id, now=now, extras=with_own(place, services=rest))
        return notice("Services has been deleted successfully.", service_id=id)


def _plan_data(plain: Mapping[str, Any]) -> dict[str, Any]:
    from core.domain.price_plan import plan_data

    return plan_data(to_price_plan(plain))


def create_service(given: Params, *, now: Any, id: int | None = None, more: Mapping[str, Any] | None = None) -> int:
    """Store a service of this dialect with its parts and compile it; returns its id.

    Args:
        id: Kept when given (imports).
        more: Settings that no route takes (hours, days off).
    """
    name, price, filed = read_name(given), read_price(given), read_category(given)
    settings = read_settings(given, DEFAULTS, is_new=True, gentle=False)
    last = table.page(order=(("position", "desc"),), limit=1, count=False).items
    made = table.create(
        now=now,
        id=id,
        name=name,
        price=price,
        description=given.html("service_description"),
        status="publish" if given.flag("show_service_on_site", default=True) else "hidden",
        position=given.whole("service_position")
        if "service_position" in given
        else (last[0].position + 1 if last else 0),
        plan=SchedulePlan(),
        origin=NAME,
        extras={NAME: {**settings, **(more or {})}},
    )
    catalog.set_categories(made.id, filed)
    store_parts(made.id, given, now=now)
    compiling.services([made.id], now=now)
    return made.id


def read_name(given: Params) -> str:
    name = given.text("service_name")
    if not name:
        raise Refused(msg="Please add valid data for add service.")
    if php.strlen(name) > 255:
        raise Refused(msg="Service name is too long...")
    return name


def read_price(given: Params) -> Any:
    price = given.amount("service_price")
    if price < 0:
        raise Invalid(field="service_price", reason="range", value=str(price))
    return price


def read_category(given: Params) -> list[int]:
    number = given.id("service_category")
    if number and not categories.get_many([number]):
        raise Refused(msg="Category not found", status=404)
    return [number] if number else []


def read_settings(given: Params, old: Mapping[str, Any], *, is_new: bool, gentle: bool) -> dict[str, Any]:
    """The settings a service gets.

    Args:
        old: What it has now, or the defaults.
        gentle: Absent fields stay. Otherwise unit and image fall back to their defaults, as the vendor's handler has
            it; the other settings of the paid plugin stay when absent.
    """
    new = dict(old)
    if not gentle:
        new["service_duration_unit"] = "m"
        new["service_image"] = new["service_image_name"] = ""
    if "service_duration_unit" in given:
        new["service_duration_unit"] = given.text("service_duration_unit") or "m"
    if new["service_duration_unit"] not in _LONGEST:
        raise Invalid(field="service_duration_unit", reason="choice", value=new["service_duration_unit"])
    amount = given.whole("service_duration_val")
    if amount or is_new:
        if amount <= 0:
            raise Invalid(field="service_duration_val", reason="range", value=amount)
        new["service_duration_val"] = amount
    most, named = _LONGEST[new["service_duration_unit"]]
    if new["service_duration_val"] > most:
        raise Refused(msg=f"Service time duration cannot be greater than {named}.")
    for name in ("max_capacity", "min_capacity"):
        if name in given:
            new[name] = given.whole(name)
            if not 1 <= new[name] <= _MOST_PLACES:
                raise Invalid(field=name, reason="range", value=new[name])
    if "min_capacity" in given and new["min_capacity"] > new["max_capacity"] > 0:
        raise Invalid(field="min_capacity", reason="range", value=new["min_capacity"])
    for name in ("before_buffer_time", "after_buffer_time"):
        if f"{name}_unit" in given:
            new[f"{name}_unit"] = given.text(f"{name}_unit") or "m"
            if new[f"{name}_unit"] not in ("m", "h"):
                raise Invalid(field=f"{name}_unit", reason="choice", value=new[f"{name}_unit"])
        if name in given:
            new[name] = given.whole(name)
        if not 0 <= minutes_of(new[name], new[f"{name}_unit"]) <= 1440:
            raise Invalid(field=name, reason="range", value=new[name])
    for name in _NOTICES:
        if name in given:
            value = given.text(name) or "inherit"
            if value not in ("inherit", "disabled") and not (
                value.isascii() and value.isdigit() and int(value) <= 5_256_000
            ):
                raise Invalid(field=name, reason="choice", value=value)
            new[name] = value
    for name in ("service_start_date", "service_expiration_date"):
        if name in given:
            new[name] = given.day(name)
    if new["service_start_date"] and "" < new["service_expiration_date"] < new["service_start_date"]:
        raise Invalid(field="service_expiration_date", reason="range", value=new["service_expiration_date"])
    if "deposit_type" in given:
        new["deposit_type"] = given.text("deposit_type").lower() or "percentage"
        if new["deposit_type"] not in ("percentage", "fixed"):
            raise Invalid(field="deposit_type", reason="choice", value=new["deposit_type"])
    if "deposit_amount" in given:
        amount_due = given.amount("deposit_amount")
        if amount_due < 0 or (new["deposit_type"] == "percentage" and amount_due > 100):
            raise Invalid(field="deposit_amount", reason="range", value=str(amount_due))
        new["deposit_amount"] = f"{amount_due:f}"
    for name in ("service_image", "service_image_name"):
        if name in given:
            new[name] = given.text(name, longest=2000)
    return new


def store_parts(service_id: int, given: Params, *, now: Any) -> None:
    """Extras and staff of a service, where the caller names them; each list replaces the one before."""
    if given.has("extra_services"):
        _store_extras(service_id, given.items("extra_services"), now=now)
    if given.has("assigned_staffmembers"):
        wanted = given.ids("assigned_staffmembers")
        missing = set(wanted) - set(resources.get_many(wanted))
        if missing:
            raise Invalid(field="assigned_staffmembers", reason="unknown", value=min(missing))
        known = {link.resource_id: link for link in catalog.resource_links(service_ids=[service_id])}
        catalog.set_resources(
            service_id,
            [
                {
                    "resource_id": number,
                    **(
                        {
                            name: getattr(known[number], name)
                            for name in (
                                "base_cost",
                                "block_cost",
                                "price",
                                "capacity",
                                "min_capacity",
                                "extras",
                            )
                        }
                        if number in known
                        else {"extras": {NAME: {}}}
                    ),
                }
                for number in wanted
            ],
        )
        compiling.staff(wanted, now=now)


def _store_extras(service_id: int, items: Any, *, now: Any) -> None:
    before = {extra.id: extra for extra in extras.list_all([("service_id", "=", service_id)])}
    kept = set()
    for position, item in enumerate(items):
        entry = Params(item)
        path = f"extra_services.{position}"
        name = entry.text("name", longest=255)
        price = entry.amount("price")
        unit = entry.text("duration_unit") or "m"
        length = entry.whole("duration")
        most = entry.whole("max_qty")
        if not name:
            raise Invalid(field=f"{path}.name", reason="missing")
        if price < 0 or unit not in ("m", "h") or not 0 <= minutes_of(length, unit) <= 1440 or not 0 <= most <= 1000:
            raise Invalid(field=path, reason="range")
        values = {
            "name": name,
            "price": price,
            "minutes": minutes_of(length, unit),
            "max_quantity": most,
            "position": position,
        }
        number = php.intval(item.get("id") or 0)
        metadata = {"duration": length, "duration_unit": unit}
        if number in before:
            extras.update(number, now=now, extras=with_own(before[number], **metadata), **values)
        else:
            number = extras.create(
                now=now,
                id=number if item.get("keep_id") else None,
                service_id=service_id,
                origin=NAME,
                extras={NAME: metadata},
                **values,
            ).id
        kept.add(number)
    for number in before.keys() - kept:
        extras.delete(number)
