"""How operators see and change products (README, "Changes by operators")."""

from datetime import datetime
from typing import Any

from frontdesk import ServiceEditor, repository
from frontdesk.records import Service, ServiceChange, ServiceOffer
from plugins.bkap.schemas import NAME
from plugins.bkap.translate.product_settings import is_own_product
from plugins.bkap.translate.products import to_service_fields
from plugins.bkap.translate.service_changes import to_offer, with_capacity, with_hours, with_price
from plugins.bkap.translate.values import format_amount
from plugins.bkap.usecases import products, queries
from plugins.bkap.usecases.context import Context


def service_editor(context: Context) -> ServiceEditor:
    return ServiceEditor(
        dialect=NAME,
        show=lambda service_id: products.read_product(context, service_id),
        offer=_offer,
        change=lambda service, change, now: _change(context, service, change, now=now),
    )


def _offer(service: Service) -> ServiceOffer | None:
    if not is_own_product(service):
        return None
    return to_offer(service, queries.settings_with_resources(service))


def _change(context: Context, service: Service, change: ServiceChange, *, now: datetime) -> None:
    fields: dict[str, Any] = {
        name: value for name, value in (("name", change.name), ("status", change.status)) if value is not None
    }
    settings = before = queries.settings_with_resources(service)
    price, own_fields = service.price, {}
    if change.price is not None:
        price, settings = change.price, with_price(settings, change.price)
        if "regular_price" in service.extras.get(NAME, {}):
            own_fields["regular_price"] = format_amount(price, context.site.currency)
    if change.hours is not None:
        settings = with_hours(settings, change.hours)
    if change.capacity is not None:
        settings = with_capacity(settings, change.capacity)
    if settings != before or price != service.price:
        fields |= to_service_fields(settings, price=price, extras=service.extras, own_fields=own_fields)
    repository.services.update(service.id, now=now, **fields)
