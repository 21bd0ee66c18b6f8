"""Services, their extras and categories between the vendor's parameters and records and the core's."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.prices import plan_data
from frontdesk.records import Category, Extra, Service, ServiceResource
from frontdesk.statuses import ACTIVE
from frontdesk.wordpress import php
from plugins.bookingpress import schemas
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.prices import to_price_plan
from plugins.bookingpress.translate.settings_from_plan import DEFAULTS, derived_settings
from plugins.bookingpress.translate.values import (
    is_native,
    length_of,
    minutes_of,
    money_text,
    number,
    stored_extras,
)

#: The longest duration by unit, and how the vendor words it.
_LONGEST = {"m": (1440, "24 hours"), "h": (24, "24 hours"), "d": (30, "30 days")}
_NOTICES = (
    "minimum_time_required_before_booking",
    "minimum_time_required_before_rescheduling",
    "minimum_time_required_before_cancelling",
)
#: Settings that a record shows as they are stored.
_SHOWN_SETTINGS = (
    "service_duration_val",
    "service_duration_unit",
    "service_image",
    "service_image_name",
    "max_capacity",
    "min_capacity",
    "before_buffer_time",
    "before_buffer_time_unit",
    "after_buffer_time",
    "after_buffer_time_unit",
    "service_start_date",
    "service_expiration_date",
    "deposit_type",
)
_MOST_PERSONS = 1_000_000
#: Five hundred weeks, in minutes.
_LONGEST_NOTICE = 5_256_000
#: Settings of another dialect's service that this dialect stores itself; the rest stands in its plan.
FOREIGN_SETTINGS = ("deposit_type", "deposit_amount", "service_image", "service_image_name")


def read_service_name(params: Params) -> str:
    name = params.text("service_name")
    if not name:
        raise Refused(reason="no_service_name")
    if php.strlen(name) > 255:
        raise Refused(reason="service_name_too_long")
    return name


def read_price(params: Params, name: str) -> Decimal:
    """A price, which is never negative."""
    price = params.amount(name)
    if price < 0:
        raise Invalid(field=name, reason="range", value=str(price))
    return price


def read_settings(params: Params, previous: Mapping[str, Any], *, is_new: bool, partial: bool) -> dict[str, Any]:
    """The settings a service gets.

    Args:
        previous: What it has now, or the defaults.
        partial: Absent fields stay. Otherwise unit and image fall back to their defaults, as the vendor's handler has
            it; the other settings of the paid plugin stay when absent.
    """
    settings = dict(previous)
    if not partial:
        settings["service_duration_unit"] = "m"
        settings["service_image"] = settings["service_image_name"] = ""
    _read_duration(params, settings, is_new=is_new)
    _read_capacity(params, settings)
    _read_buffers(params, settings)
    _read_dates_and_notices(params, settings)
    _read_deposit(params, settings)
    for name in ("service_image", "service_image_name"):
        if name in params:
            settings[name] = params.text(name, longest=2000)
    return settings


def _read_duration(params: Params, settings: dict[str, Any], *, is_new: bool) -> None:
    if "service_duration_unit" in params:
        settings["service_duration_unit"] = params.choice("service_duration_unit", list(_LONGEST), default="m")
    duration = params.integer("service_duration_val")
    if duration or is_new:
        if duration <= 0:
            raise Invalid(field="service_duration_val", reason="range", value=duration)
        settings["service_duration_val"] = duration
    longest, limit = _LONGEST[settings["service_duration_unit"]]
    if settings["service_duration_val"] > longest:
        raise Refused(reason="duration_too_long", values={"limit": limit})


def _read_capacity(params: Params, settings: dict[str, Any]) -> None:
    for name in ("max_capacity", "min_capacity"):
        if name in params:
            settings[name] = params.number(name, 1, _MOST_PERSONS)
    if "min_capacity" in params and settings["min_capacity"] > settings["max_capacity"] > 0:
        raise Invalid(field="min_capacity", reason="range", value=settings["min_capacity"])


def _read_buffers(params: Params, settings: dict[str, Any]) -> None:
    for name in ("before_buffer_time", "after_buffer_time"):
        if f"{name}_unit" in params:
            settings[f"{name}_unit"] = params.choice(f"{name}_unit", ("m", "h"), default="m")
        if name in params:
            settings[name] = params.integer(name)
        if not 0 <= minutes_of(settings[name], settings[f"{name}_unit"]) <= 1440:
            raise Invalid(field=name, reason="range", value=settings[name])


def _read_dates_and_notices(params: Params, settings: dict[str, Any]) -> None:
    for name in _NOTICES:
        if name in params:
            notice = params.text(name) or "inherit"
            is_number = notice.isascii() and notice.isdigit() and int(notice) <= _LONGEST_NOTICE
            if notice not in ("inherit", "disabled") and not is_number:
                raise Invalid(field=name, reason="choice", value=notice)
            settings[name] = notice
    for name in ("service_start_date", "service_expiration_date"):
        if name in params:
            settings[name] = params.day(name)
    last = settings["service_expiration_date"]
    if settings["service_start_date"] and "" < last < settings["service_start_date"]:
        raise Invalid(field="service_expiration_date", reason="range", value=last)


def _read_deposit(params: Params, settings: dict[str, Any]) -> None:
    if "deposit_type" in params:
        settings["deposit_type"] = params.text("deposit_type").lower() or "percentage"
        if settings["deposit_type"] not in ("percentage", "fixed"):
            raise Invalid(field="deposit_type", reason="choice", value=settings["deposit_type"])
    if "deposit_amount" in params:
        amount = params.amount("deposit_amount")
        if amount < 0 or (settings["deposit_type"] == "percentage" and amount > 100):
            raise Invalid(field="deposit_amount", reason="range", value=str(amount))
        settings["deposit_amount"] = f"{amount:f}"


def read_extras(items: Sequence[Mapping[str, Any]]) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
    """The extras of a service in their order: id (0 for a new one), core's fields, and this dialect's own."""
    extras = []
    for position, item in enumerate(items):
        params = Params(item)
        path = f"extra_services.{position}"
        name = params.text("name", longest=255)
        price = params.amount("price")
        unit = params.text("duration_unit") or "m"
        duration = params.integer("duration")
        max_quantity = params.integer("max_qty")
        if not name:
            raise Invalid(field=f"{path}.name", reason="missing")
        minutes = minutes_of(duration, unit)
        if price < 0 or unit not in ("m", "h") or not 0 <= minutes <= 1440 or not 0 <= max_quantity <= 1000:
            raise Invalid(field=path, reason="range")
        fields = {"name": name, "price": price, "minutes": minutes, "max_quantity": max_quantity, "position": position}
        extras.append((params.integer("id"), fields, {"duration": duration, "duration_unit": unit}))
    return extras


def foreign_price_plan(settings: Mapping[str, Any], price: Decimal) -> dict[str, Any]:
    """The stored price plan of another dialect's service once its price is set here."""
    return plan_data(to_price_plan({**settings, "service_price": price}))


def native_price_plan(
    service: Service,
    extras: Iterable[Extra],
    links: Iterable[ServiceResource],
    location_entries: Mapping[int, Mapping[str, Any]],
    tax_percentage: Decimal,
) -> dict[str, Any]:
    """The stored price plan of a service of this dialect.

    Args:
        location_entries: What locations say of this service, by location id.
    """
    plan = to_price_plan(
        {
            **service_settings(service),
            "service_id": service.id,
            "service_price": service.price,
            "extra_services": [to_extra(extra) for extra in extras],
        },
        staff=[
            {
                "staffmember_id": link.resource_id,
                "assigned_service_list": [{"assign_service_id": link.service_id, "assign_service_price": link.price}],
            }
            for link in links
        ],
        locations=[{"location_id": id, "services": [entry]} for id, entry in location_entries.items()],
        tax_percentage=tax_percentage,
    )
    return plan_data(plan)


def service_settings(service: Service, links: Sequence[ServiceResource] = ()) -> dict[str, Any]:
    """The vendor's settings of any service: its own, or derived from its plan."""
    if is_native(service):
        return {**DEFAULTS, **stored_extras(service)}
    capacities = [link.capacity for link in links if link.capacity is not None]
    derived = derived_settings(service, staff_capacity=max(capacities) if capacities else None)
    stored = {
        name: value
        for name, value in stored_extras(service).items()
        if name in ("deposit_type", "deposit_amount", "service_image", "service_image_name")
    }
    return {**derived, **stored}


def to_service(
    service: Service,
    index: int,
    *,
    links: Sequence[ServiceResource],
    extras: Sequence[Extra],
    category: tuple[int, str],
    settings: SiteSettings,
    symbol: str,
) -> schemas.Service:
    """A service as the vendor lists it; ``category`` is id and name, 0 and "" for none."""
    own_settings = service_settings(service, links)
    shared_settings: dict[str, Any] = {name: own_settings[name] for name in _SHOWN_SETTINGS}
    shared_settings |= {name: str(own_settings[name]) for name in _NOTICES}
    return schemas.Service(
        id=index,
        service_id=service.id,
        service_name=service.name,
        service_price=number(service.price),
        service_formatted_price=money_text(service.price, settings, symbol),
        category_id=category[0],
        category_name=category[1],
        service_description=service.description,
        service_position=service.position,
        show_service_on_site=service.status == ACTIVE,
        **shared_settings,
        deposit_amount=number(Decimal(own_settings["deposit_amount"])),
        extra_services=[to_extra(extra) for extra in extras],
        assigned_staffmembers=[link.resource_id for link in links],
    )


def to_extra(extra: Extra) -> dict[str, Any]:
    amount, unit = length_of(extra.minutes, False)
    stored = stored_extras(extra)
    if stored and minutes_of(stored["duration"], stored["duration_unit"]) == extra.minutes:
        amount, unit = stored["duration"], stored["duration_unit"]
    return {
        "id": extra.id,
        "name": extra.name,
        "price": number(extra.price),
        "duration": amount,
        "duration_unit": unit,
        "max_qty": extra.max_quantity,
    }


# -- categories --------------------------------------------------------------------------------------------------------


def read_category_name(params: Params) -> str:
    name = params.text("service_category_name", longest=255)
    if not name:
        raise Refused(reason="no_category_name")
    return name


def to_category(category: Category, index: int, services: int) -> schemas.Category:
    return schemas.Category(
        id=index,
        category_id=category.id,
        category_name=category.name,
        total_services=services,
        category_position=category.position,
    )
