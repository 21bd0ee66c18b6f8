"""What every resource of this plugin shares: settings, clock, zone, the ways things are shown."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from core import Host
from core.domain.currency import exponent
from core.domain.records import Service
from core.domain.text import fold
from core.domain.zones import zone as zone_of
from core.services import catalog, repository
from core.services.price_plans import load_plan
from core.wordpress import dates, sanitize
from core.wordpress.money import money_format, price_html
from core.wordpress.phpjson import EMPTY_OBJECT
from core.wordpress.rest import RestRequest
from plugins.wc_bookings.settings import Settings
from plugins.wc_bookings.translate import catalog as words


class Shop:
    """Collaborators and small helpers, made once at start-up."""

    def __init__(self, host: Host) -> None:
        self.options: Settings = host.settings("wc_bookings").resolved()
        self.site = host.site
        self.clock = host.clock
        self.zone: tzinfo = zone_of(host.site.timezone)
        self.decimals = exponent(host.site.currency)
        self.strict = self.options.mode == "strict"
        self._money = money_format(
            host.site,
            bdi=self.options.product_record == "2.2.5",
        )
        self.shown = words.Shown(
            url=host.site.url.rstrip("/"),
            zone=self.zone,
            money=self.money,
            slug=sanitize.slug,
            record=self.options.product_record or "reference",
            person_details=bool(self.options.person_type_details),
            empty=EMPTY_OBJECT,
        )

    def money(self, amount: Decimal) -> str:
        """An amount as the platform's HTML."""
        return price_html(amount, self._money)

    def wall_now(self, now: datetime) -> datetime:
        """The site's wall clock."""
        return now.astimezone(self.zone).replace(tzinfo=None)

    def instant(self, wall: datetime) -> datetime:
        """The instant at which the site's clock shows this."""
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def moment(self, request: RestRequest, name: str) -> datetime | None:
        """A checked date-time parameter as an instant; on the site's clock unless ``dates_are_gmt``."""
        value = request.get(name)
        if not isinstance(value, str) or not value:
            return None
        return dates.parse_date_param(value, self.zone, gmt=bool(request.get("dates_are_gmt")))

    def chosen(self, request: RestRequest) -> list[tuple[Any, str, Any]]:
        """The conditions every collection knows: when made or changed, and which ids."""
        where: list[tuple[Any, str, Any]] = []
        for name, condition in (
            ("after", ">"),
            ("before", "<"),
            ("modified_after", ">"),
            ("modified_before", "<"),
        ):
            moment = self.moment(request, name)
            if moment is not None:
                where.append(("modified_at" if name.startswith("modified") else "created_at", condition, moment))
        for name, condition in (("include", "in"), ("exclude", "not_in")):
            if request.get(name):
                where.append(("id", condition, request.get(name)))
        return where

    def settings(self, service: Service) -> dict[str, Any]:
        """A service's bookings settings, complete."""
        return words.to_settings(service, self.around([service], related=False, categories=False)[service.id])

    def around(
        self, services: Iterable[Service], *, related: bool = True, categories: bool = True
    ) -> dict[int, words.Around]:
        """What belongs to these services, in a handful of queries however many they are."""
        wanted = list(services)
        ids = [service.id for service in wanted]
        chosen = catalog.service_categories(ids) if categories else {number: [] for number in ids}
        used = {number for numbers in chosen.values() for number in numbers}
        known = repository.categories.get_many(used)
        foreign = [one for one in wanted if not words.is_ours(one) and _counts_persons(one)]
        links: dict[int, list[Any]] = {}
        if any(service.plan.resources.choice != "none" for service in wanted):
            for link in catalog.resource_links(service_ids=ids):
                links.setdefault(link.service_id, []).append(link)
        types: dict[int, list[Any]] = {}
        if foreign:
            where = [("service_id", "in", [service.id for service in foreign])]
            for row in repository.person_types.list_all(where, order=(("position", "asc"), ("id", "asc"))):
                types.setdefault(row.service_id, []).append(row)
        neighbours = catalog.category_services(used) if related and used else {}
        return {
            service.id: words.Around(
                categories=sorted(
                    (known[number] for number in chosen[service.id] if number in known),
                    key=lambda category: (category.position, fold(category.name)),
                ),
                links=links.get(service.id, ()),
                person_types=types.get(service.id, ()),
                related=_related(service.id, chosen[service.id], neighbours),
                price_plan=_price_plan(service),
            )
            for service in wanted
        }


def _related(own: int, categories: Iterable[int], neighbours: Mapping[int, list[int]]) -> list[int]:
    """Up to five other products of the same categories; the real server picks them at random."""
    found = dict.fromkeys(n for category in categories for n in neighbours.get(category, ()) if n != own)
    return list(found)[:5]


def _counts_persons(service: Service) -> bool:
    """Can a service have person types?"""
    plan = service.plan
    steps = service.price_plan.get("steps") or ()
    priced = any(step.get("kind") == "persons" for step in steps)
    return bool(plan.persons.by_type or plan.persons.maximum or plan.capacity.units_per == "person" or priced)


def _price_plan(service: Service) -> Any:
    return None if words.is_ours(service) or not service.price_plan else load_plan(service.price_plan)
