"""What a list of bookings is narrowed to and how it is ordered, as conditions for the store."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.domain import statuses
from core.services import repository
from core.wordpress import php, sanitize
from core.wordpress.collections import parent_ids, post_order, searched_slug
from core.wordpress.rest import RestRequest, WPError
from plugins.wc_bookings.resources import booking_titles
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate.bookings import LISTED, core_statuses

Conditions = list[tuple[Any, str, Any]]
Order = tuple[tuple[str, str], ...]

#: Every booking's title consists of these and the time it was made.
_TITLE = ("booking", "&ndash;", "–", "@")
#: Farther than any booking is, and more than any costs.
_LAST_MINUTE = datetime(9999, 12, 31, 23, 58)
_MOST = Decimal(10**12)
_COMPARE = {
    "is": "=",
    "isNot": "!=",
    "lessThan": "<",
    "greaterThan": ">",
    "lessThanOrEqual": "<=",
    "greaterThanOrEqual": ">=",
}


def read(request: RestRequest, shop: Shop, *, filters: bool) -> tuple[Conditions, Order] | None:
    """Conditions and order of a list; None where nothing can match.

    Args:
        filters: Also what the second version filters by.
    """
    where: Conditions = []
    wanted = list(LISTED)
    if filters:
        wanted = _statuses(request, wanted)
    where.append(("status", "in", sorted(wanted)))
    where += shop.chosen(request)
    _parents(request, where)
    if shop.strict and not filters and request.get("search"):
        found = booking_titles.matching(php.to_text(request.get("search")), shop.zone)
    else:
        found = None
    slug = searched_slug(request)
    if slug:
        where.append(("id", "in", booking_titles.linked(slug, shop.zone)))
    if found is not None:
        where.append(("id", "in", found))
    elif not _search(request, where, by_name=filters):
        return None
    if filters:
        _filters(request, shop, where)
    return where, _order(request)


def _statuses(request: RestRequest, wanted: list[str]) -> list[str]:
    asked = request.get("booking_status")
    if not asked and request.namespace is not None and request.namespace.name.endswith("v1"):
        # Clients have always sent this one; unknown words find nothing rather than everything.
        asked = [text for text in sanitize.parse_list(request.get("status")) if text != "any"]
    if asked:
        wanted = core_statuses([php.to_text(item) for item in asked])
    without = request.get("booking_status_exclude")
    if without:
        wanted = [status for status in wanted if status not in core_statuses(list(without))]
    return wanted


def _parents(request: RestRequest, where: Conditions) -> None:
    """Undeclared on the real server, but read there: the order a booking belongs to. Of both the first counts."""
    for name, condition in (("parent", "in"), ("parent_exclude", "not_in")):
        wanted = parent_ids(request, name)
        if wanted:
            where.append(("order_id", condition, wanted))
            return


def _search(request: RestRequest, where: Conditions, *, by_name: bool) -> bool:
    """Words of the title; with ``by_name`` also names of products and customers. False: nothing can match."""
    words = [word.lower() for word in php.to_text(request.get("search") or "").split()][:20]
    words = [word for word in words if not any(word in part for part in _TITLE)]
    if not words:
        return True
    if not by_name:
        return False
    services = {row.id for row in repository.services.list_all([(("name",), "contains", words[0])])}
    fields = ("full_name", "email")
    people = {row.id for row in repository.customers.list_all([(fields, "contains", words[0])])}
    if services and not people:
        where.append(("service_id", "in", sorted(services)))
    elif people and not services:
        where.append(("customer_id", "in", sorted(people)))
    elif not services:
        return False
    else:
        where.append(("service_id", "in", sorted(services)))
    return True


def _filters(request: RestRequest, shop: Shop, where: Conditions) -> None:
    names = (("product", "service_id"), ("customer", "customer_id"), ("resource", "resource_id"))
    for name, column in names:
        for suffix, condition in (("", "in"), ("_exclude", "not_in")):
            value = request.get(f"{name}{suffix}")
            if value:
                where.append((column, condition, sanitize.id_list(value)))
    _aliases(request, where)
    for name, condition in (("start_date_before", "<"), ("start_date_after", ">")):
        moment = _wall(request, name)
        if moment is not None:
            where.append(("wall_start", condition, moment))
    exact = _wall(request, "start_date")
    if exact is not None:
        minute = min(exact.replace(second=0, microsecond=0), _LAST_MINUTE)
        where += [("wall_start", ">=", minute), ("wall_start", "<", minute + timedelta(minutes=1))]
    _cost(request, where)
    attended = request.get("attendance_status")
    if attended == "unattended":
        where.append(("status", "!=", statuses.COMPLETED))
    elif attended == "attended":
        where.append(("status", "=", statuses.COMPLETED))


def _aliases(request: RestRequest, where: Conditions) -> None:
    """Names that clients of the first version send in vain to the real server."""
    for name, column in (
        ("product_id", "service_id"),
        ("customer_id", "customer_id"),
        ("resource_id", "resource_id"),
    ):
        value = request.get(name)
        if value not in (None, "") and not isinstance(value, dict):
            where.append((column, "in", sanitize.id_list(value)))


def _wall(request: RestRequest, name: str) -> datetime | None:
    """A date-time parameter on the wall clock that bookings are kept in; an offset is dropped, not converted."""
    from core.wordpress import dates

    value = request.get(name)
    found = dates.parse_rfc3339(value) if isinstance(value, str) else None
    return None if found is None else found.replace(tzinfo=None)


def _cost(request: RestRequest, where: Conditions) -> None:
    value, operator = request.get("cost"), request.get("cost_operator") or "is"
    if value is None:
        return
    numbers = [php.to_number(item) for item in (value if isinstance(value, list) else sanitize.parse_list(value))]
    numbers = [number if number is None else max(-_MOST, min(number, _MOST)) for number in numbers]
    if operator == "between":
        if len(numbers) != 2 or None in numbers:
            text = "Cost value must be an array with exactly 2 numbers for between operators."
            raise WPError("rest_invalid_param", text, 400)
        low, high = sorted(number for number in numbers if number is not None)
        where += [("total", ">=", low), ("total", "<=", high)]
    elif numbers and numbers[0] is not None:
        where.append(("total", _COMPARE[operator], Decimal(numbers[0])))


def _order(request: RestRequest) -> Order:
    if request.get("orderby") == "title":
        # Bookings made in one minute have the same title; within it they come as they were made.
        return (("id", "asc"),)
    if request.get("orderby") == "slug":
        return (("id", "asc" if request.get("order") == "asc" else "desc"),)
    return post_order(request, {"start_date": "start", "cost": "total"})
