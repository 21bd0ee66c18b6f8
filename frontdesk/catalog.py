"""Links between what is on offer (resources and categories of services), and deleting any of it safely."""

from core.services.catalog import (
    category_services,
    delete_category,
    delete_customer,
    delete_location,
    delete_record,
    delete_resource,
    delete_service,
    first_categories,
    has_upcoming_bookings,
    lock_email,
    refuse_if_booked,
    resource_links,
    service_categories,
    set_categories,
    set_resources,
    set_services,
)

__all__ = [
    "category_services",
    "delete_category",
    "delete_customer",
    "delete_location",
    "delete_record",
    "delete_resource",
    "delete_service",
    "first_categories",
    "has_upcoming_bookings",
    "lock_email",
    "refuse_if_booked",
    "resource_links",
    "service_categories",
    "set_categories",
    "set_resources",
    "set_services",
]
