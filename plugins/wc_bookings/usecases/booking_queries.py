"""Lists of bookings: conditions and order for core's query; titles and slugs (README.md, "Bookings").

Strict mode shows titles and slugs. The real server makes both of the time a row was stored; neither is stored here.
Imported bookings count as stored when they were imported, others when they were created. A title search or an order by
slug reads every booking; with more than ``MAX_BOOKINGS`` of them both are off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from frontdesk import bookings, repository, site, statuses
from frontdesk.records import Booking, Page
from frontdesk.wordpress import dates, php, sanitize, search
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate.bookings import LISTED_STATUSES, core_statuses
from plugins.wc_bookings.translate.values import NAME
from plugins.wc_bookings.usecases import booking_queries
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.queries import Condition, Order, common_conditions

#: Every booking's title consists of these and the time it was stored.
_TITLE_WORDS = ("booking", "&ndash;", "–", "@")
_MAX_SEARCH_WORDS = 20
#: Later than any booking, and more than any costs.
_LAST_MINUTE = datetime(9999, 12, 31, 23, 58)
_MAX_COST = Decimal(10**12)
_COST_OPERATORS = {
    "is": "=",
    "isNot": "!=",
    "lessThan": "<",
    "greaterThan": ">",
    "lessThanOrEqual": "<=",
    "greaterThanOrEqual": ">=",
}
#: Parameters of v2 and the columns they filter.
_ID_FILTERS = (("product", "service_id"), ("customer", "customer_id"), ("resource", "resource_id"))
MAX_BOOKINGS = 5000


@dataclass(frozen=True, slots=True)
class BookingList:
    """A list to read page by page.

    Attributes:
        where: The conditions; None where no booking can match.
        ranks: The rank of each booking by id, for an order that core cannot sort by.
    """

    where: list[Condition] | None
    order: Order
    ranks: dict[int, int] | None = None

    def page(self, limit: int, offset: int) -> Page[Booking]:
        """The bookings from ``offset`` on, at most ``limit`` of them."""
        if self.where is None:
            return Page([], 0)
        return bookings.page(self.where, order=self.order, limit=limit, offset=offset)


def query(context: Context, params: Mapping[str, Any], order: Order, *, version: int) -> BookingList:
    """The list that a request asks for. Carts and the trash are left out unless a filter asks for them.

    Args:
        params: Beside the declared parameters, ``slug`` is a slug and ``parent`` and ``parent_exclude`` list order ids.
        order: The platform's order; titles and slugs are ordered here.
        version: Of the API: 2 has filters, 1 has them where the settings say so.
    """
    order_by, direction = params.get("orderby"), "asc" if params.get("order") == "asc" else "desc"
    ranks = None
    if order_by == "title":
        # Bookings stored in one minute have one title.
        order = (("id", "asc"),)
    elif order_by == "slug":
        order = (("id", direction),)
        if context.strict and version == 1:
            ranks = booking_queries.slug_ranks(context.zone, descending=direction == "desc")
    return BookingList(_conditions(context, params, version), order, ranks)


def _conditions(context: Context, params: Mapping[str, Any], version: int) -> list[Condition] | None:
    has_filters = version == 2 or bool(context.options.v1_filters)
    listed = _filtered_statuses(params, version) if has_filters else LISTED_STATUSES
    where: list[Condition] = [("status", "in", sorted(listed)), *common_conditions(context, params)]
    # Undeclared on the real server, but read there; the first of both counts.
    if params.get("parent"):
        where.append(("order_id", "in", params["parent"]))
    elif params.get("parent_exclude"):
        where.append(("order_id", "not_in", params["parent_exclude"]))
    booking_ids = None
    if context.strict and not has_filters and params.get("search"):
        booking_ids = booking_queries.ids_by_title(php.to_text(params["search"]), context.zone)
    if params.get("slug"):
        where.append(("id", "in", booking_queries.ids_by_slug(params["slug"], context.zone)))
    if booking_ids is not None:
        where.append(("id", "in", booking_ids))
    else:
        search = _search_conditions(params, by_name=has_filters)
        if search is None:
            return None
        where += search
    return where + _filter_conditions(params) if has_filters else where


def _filtered_statuses(params: Mapping[str, Any], version: int) -> list[str]:
    """Core statuses by ``booking_status`` and ``booking_status_exclude``; clients of v1 send ``status``."""
    listed = list(LISTED_STATUSES)
    names = params.get("booking_status")
    if not names and version == 1:
        # An unknown status matches nothing rather than everything.
        names = [name for name in sanitize.parse_list(params.get("status")) if name != "any"]
    if names:
        listed = core_statuses([php.to_text(name) for name in names])
    if params.get("booking_status_exclude"):
        excluded = core_statuses(list(params["booking_status_exclude"]))
        listed = [status for status in listed if status not in excluded]
    return listed


def _search_conditions(params: Mapping[str, Any], *, by_name: bool) -> list[Condition] | None:
    """Match the words of the title; with ``by_name`` also names of products and customers. None: nothing matches."""
    words = [word.lower() for word in php.to_text(params.get("search") or "").split()][:_MAX_SEARCH_WORDS]
    words = [word for word in words if not any(word in part for part in _TITLE_WORDS)]
    if not words:
        return []
    if not by_name:
        return None
    service_ids = {service.id for service in repository.services.list_all([(("name",), "contains", words[0])])}
    fields = ("full_name", "email")
    customer_ids = {customer.id for customer in repository.customers.list_all([(fields, "contains", words[0])])}
    if service_ids:
        return [("service_id", "in", sorted(service_ids))]
    return [("customer_id", "in", sorted(customer_ids))] if customer_ids else None


def _filter_conditions(params: Mapping[str, Any]) -> list[Condition]:
    """The filters of v2."""
    where: list[Condition] = []
    for name, column in _ID_FILTERS:
        for suffix, operator in (("", "in"), ("_exclude", "not_in")):
            value = params.get(f"{name}{suffix}")
            if value:
                where.append((column, operator, sanitize.id_list(value)))
    for name, column in _ID_FILTERS:
        # Names that clients of v1 send; the real server ignores them.
        value = params.get(f"{name}_id")
        if value not in (None, "") and not isinstance(value, dict):
            where.append((column, "in", sanitize.id_list(value)))
    for name, operator in (("start_date_before", "<"), ("start_date_after", ">")):
        moment = _wall_clock(params, name)
        if moment is not None:
            where.append(("wall_start", operator, moment))
    start = _wall_clock(params, "start_date")
    if start is not None:
        minute = min(start.replace(second=0, microsecond=0), _LAST_MINUTE)
        where += [("wall_start", ">=", minute), ("wall_start", "<", minute + timedelta(minutes=1))]
    where += _cost_conditions(params)
    attendance = params.get("attendance_status")
    if attendance in ("attended", "unattended"):
        where.append(("status", "=" if attendance == "attended" else "!=", statuses.COMPLETED))
    return where


def _wall_clock(params: Mapping[str, Any], name: str) -> datetime | None:
    """A date-time as the digits of the shop's clock; an offset is dropped, not converted."""
    value = params.get(name)
    moment = dates.parse_rfc3339(value) if isinstance(value, str) else None
    return None if moment is None else moment.replace(tzinfo=None)


def _cost_conditions(params: Mapping[str, Any]) -> list[Condition]:
    value, operator = params.get("cost"), params.get("cost_operator") or "is"
    if value is None:
        return []
    amounts = [php.to_number(item) for item in (value if isinstance(value, list) else sanitize.parse_list(value))]
    costs = [max(-_MAX_COST, min(amount, _MAX_COST)) for amount in amounts if amount is not None]
    if operator == "between":
        if len(amounts) != 2 or len(costs) != 2:
            raise Refused("cost_range")
        return [("total", ">=", min(costs)), ("total", "<=", max(costs))]
    if amounts and amounts[0] is not None:
        return [("total", _COST_OPERATORS[operator], costs[0])]
    return []


# -- titles and slugs --------------------------------------------------------------------------------------------------


def title(booking: Booking, zone: tzinfo) -> str:
    """``Booking &ndash; Mar 02, 2026 @ 10:00 AM``, on the clock of ``zone``."""
    imported = site.extras(NAME).get("imported") or {}
    stored_at = booking.created_at
    if booking.id <= imported.get("bookings", 0):
        stored_at = datetime.fromisoformat(imported["at"])
    return f"Booking &ndash; {stored_at.astimezone(zone):%b %d, %Y @ %I:%M %p}"


def ids_by_title(phrase: str, zone: tzinfo) -> list[int] | None:
    """Ids of the bookings whose title matches a search; None with too many bookings to search."""
    titles = _titles(zone)
    if titles is None:
        return None
    words = search.parse_search(phrase.lower())
    matches = {
        title: all((word.text in title.lower()) != word.is_excluded for word in words) for title in set(titles.values())
    }
    return [booking_id for booking_id, title in titles.items() if matches[title]]


def ids_by_slug(slug: str, zone: tzinfo) -> list[int]:
    """Ids of the bookings with this slug; none with too many bookings to search."""
    return [booking_id for booking_id, other in (_slugs(zone) or {}).items() if other == slug]


def slug_ranks(zone: tzinfo, *, descending: bool) -> dict[int, int] | None:
    """The rank of each booking in the order of the slugs; None with too many bookings.

    Slugs of one title end in a number, and numbers are ordered as text.
    """
    slugs = _slugs(zone)
    if slugs is None:
        return None
    booking_ids = sorted(slugs, key=slugs.__getitem__, reverse=descending)
    return {booking_id: rank for rank, booking_id in enumerate(booking_ids)}


def _titles(zone: tzinfo) -> dict[int, str] | None:
    """Every booking's title in the order of the ids; None with too many bookings."""
    page = bookings.page(order=(("id", "asc"),), limit=MAX_BOOKINGS + 1, count=False).items
    return None if len(page) > MAX_BOOKINGS else {booking.id: title(booking, zone) for booking in page}


def _slugs(zone: tzinfo) -> dict[int, str] | None:
    titles = _titles(zone)
    if titles is None:
        return None
    slug_of = {title: sanitize.slug(title) for title in set(titles.values())}
    uses: dict[str, int] = {}
    slugs = {}
    for booking_id, title_ in titles.items():
        uses[title_] = uses.get(title_, 0) + 1
        slugs[booking_id] = slug_of[title_] if uses[title_] == 1 else f"{slug_of[title_]}-{uses[title_]}"
    return slugs
