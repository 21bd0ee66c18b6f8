"""How operators see and change products (README.md, "Changes by operators")."""

from datetime import datetime
from typing import Any

from frontdesk import ServiceEditor, repository, site
from frontdesk.errors import NotFound
from frontdesk.records import Service, ServiceChange, ServiceOffer
from plugins.wc_bookings.translate.product_records import to_product
from plugins.wc_bookings.translate.products import has_settings, to_settings
from plugins.wc_bookings.translate.service_changes import to_offer, to_payload
from plugins.wc_bookings.translate.values import NAME
from plugins.wc_bookings.usecases import product_queries, products
from plugins.wc_bookings.usecases.context import Context


def service_editor(context: Context) -> ServiceEditor:
    return ServiceEditor(
        dialect=NAME,
        show=lambda service_id: _show(context, service_id),
        offer=_offer,
        change=lambda service, change, now: _change(context, service, change, now=now),
    )


def _show(context: Context, service_id: int) -> dict[str, Any]:
    view = products.get(service_id, {}, related=False)
    if view is None:
        raise NotFound(kind="service", id=service_id)
    return to_product(view.service, view.related, context.product_format, now=context.clock())


def _settings(service: Service) -> dict[str, Any]:
    return to_settings(service, product_queries.related_records([service], related=False)[service.id])


def _offer(service: Service) -> ServiceOffer | None:
    return to_offer(service, _settings(service), site.rules()) if has_settings(service) else None


def _change(context: Context, service: Service, change: ServiceChange, *, now: datetime) -> None:
    payload = to_payload(change, _settings(service))
    if payload:
        products.update(context, service.id, payload, {service.id: service}, related=False)
    if change.status is not None:
        repository.services.update(service.id, now=now, status=change.status)
