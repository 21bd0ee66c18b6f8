"""Conditions that every list of records understands, for core's queries."""

from collections.abc import Mapping
from typing import Any

from frontdesk.wordpress import dates
from plugins.wc_bookings.usecases.context import Context

Condition = tuple[Any, str, Any]
Order = tuple[tuple[str, str], ...]

_DATES = (("after", ">"), ("before", "<"), ("modified_after", ">"), ("modified_before", "<"))


def common_conditions(context: Context, params: Mapping[str, Any]) -> list[Condition]:
    """When a record was created or changed (on the shop's clock unless ``dates_are_gmt``), and its id."""
    where: list[Condition] = []
    for name, operator in _DATES:
        value = params.get(name)
        if isinstance(value, str) and value:
            moment = dates.parse_date_param(value, context.zone, gmt=bool(params.get("dates_are_gmt")))
            if moment is not None:
                column = "modified_at" if name.startswith("modified") else "created_at"
                where.append((column, operator, moment))
    for name, operator in (("include", "in"), ("exclude", "not_in")):
        if params.get(name):
            where.append(("id", operator, params[name]))
    return where
