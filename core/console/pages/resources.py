"""Resources: the list, and one with its hours, services and next bookings."""

import falcon

from core.console.pages.base import Page, newer_offset, offset_field, query_fields
from core.console.pages.services import AHEAD, MAX_BOOKINGS, MAX_EXCEPTIONS, PAGE_SIZE
from core.console.plain_words import describe_rule, week_table
from core.domain.statuses import CATALOG, DELETED
from core.domain.weekly_hours import is_weekly, painted_week
from core.services import booking_agenda, service_details
from core.services.booking_agenda import Choice
from core.services.conditions import Condition
from core.services.repository import locations, resources


class ResourcesPage(Page):
    """``/resources``: people and things by name, filtered by name and status."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = {name: query_fields(req).get(name, "")[:200] for name in ("q", "status")}
        offset = offset_field(query_fields(req))
        where: list[Condition] = [("status", "=", query["status"]) if query["status"] else ("status", "!=", DELETED)]
        if query["q"]:
            where.append((("name", "email"), "contains", query["q"]))
        page = resources.page(where, order=(("name", "asc"),), limit=PAGE_SIZE, offset=offset)
        self.show(
            req,
            resp,
            "resources.html",
            resources=page.items,
            total=page.total or 0,
            older=offset + PAGE_SIZE if (page.total or 0) > offset + PAGE_SIZE else None,
            newer=newer_offset(offset, PAGE_SIZE),
            query=query,
            statuses=CATALOG,
        )


class ResourcePage(Page):
    """``/resources/{id}``: one person or thing."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        resource = resources.get(id)
        now = self.console.clock()
        weekly = [rule for rule in resource.rules if is_weekly(rule)]
        self.show(
            req,
            resp,
            "resource.html",
            resource=resource,
            location=locations.get_many([resource.location_id]).get(resource.location_id),
            offered=service_details.services_of_resource(id),
            week=week_table(painted_week(weekly, open_by_default=True)) if weekly else None,
            exceptions=[describe_rule(rule) for rule in resource.rules if not is_weekly(rule)][:MAX_EXCEPTIONS],
            bookings=booking_agenda.entries(now, now + AHEAD, limit=MAX_BOOKINGS, choice=Choice(resource_id=id)),
        )
