"""What belongs to a service or a resource, for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain.records import Category, Extra, Location, PersonType, Resource, Service, ServiceResource, Variant
from core.services import catalog
from core.services.repository import categories, extras, locations, person_types, resources, services, variants

#: The most parts of each kind that are shown.
MAX_PARTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDetails:
    """A service's surroundings, at most ``MAX_PARTS`` of each kind."""

    categories: Sequence[Category]
    locations: Sequence[Location]
    links: Sequence[ServiceResource]
    resources: Mapping[int, Resource]
    variants: Sequence[Variant]
    person_types: Sequence[PersonType]
    extras: Sequence[Extra]


def details_of(service: Service) -> ServiceDetails:
    """Everything that belongs to a service."""
    links = catalog.resource_links(service_ids=[service.id])[:MAX_PARTS]
    category_ids = catalog.service_categories([service.id])[service.id][:MAX_PARTS]
    own = [("service_id", "=", service.id)]
    order = (("position", "asc"), ("id", "asc"))
    return ServiceDetails(
        categories=list(categories.get_many(category_ids).values()),
        locations=list(locations.get_many(service.locations[:MAX_PARTS]).values()),
        links=links,
        resources=resources.get_many(link.resource_id for link in links),
        variants=variants.page(own, order=order, limit=MAX_PARTS, count=False).items,
        person_types=person_types.page(own, order=order, limit=MAX_PARTS, count=False).items,
        extras=extras.page(own, order=order, limit=MAX_PARTS, count=False).items,
    )


def services_of_resource(resource_id: int) -> list[tuple[ServiceResource, Service]]:
    """The services that a resource is offered with, and what the link of each says."""
    links = catalog.resource_links(resource_ids=[resource_id])[:MAX_PARTS]
    offered = services.get_many(link.service_id for link in links)
    return [(link, offered[link.service_id]) for link in links if link.service_id in offered]
