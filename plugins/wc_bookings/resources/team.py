"""``/wc-bookings/v2/resources/team-members``: the people a product is booked with (section 9.2)."""

from datetime import date
from typing import Any

from core.db import writing
from core.domain.records import Resource
from core.http.openapi import operation
from core.services import catalog, repository
from core.wordpress import php, sanitize
from core.wordpress.rest import (
    CREATE,
    DELETE,
    EDIT,
    READ,
    Endpoint,
    Item,
    RestRequest,
    RestResponse,
    RestRoute,
    WPError,
)
from core.wordpress.schema import Arg, arg
from plugins.wc_bookings.auth import managers
from plugins.wc_bookings.resources import saving
from plugins.wc_bookings.resources.arguments import FORCE, ID
from plugins.wc_bookings.resources.hours import refused
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate import hours

NAME = words.NAME
_BASE = "resources/team-members"
_ITEM = r"/resources/team-members/(?P<id>[\d]+)"
_STATUSES = ["publish", "trash"]


def _writes(*, creating: bool) -> dict[str, Arg]:
    texts = ("role", "email", "phone_number", "image_url", "description", "note")
    return {
        "name": arg(required=creating, check=True, clean=sanitize.text_field, type="string"),
        "status": arg(check=True, type="string", enum=_STATUSES),
        "qty": arg(check=True, type=["integer", "string"]),
        **{name: arg(check=True, clean=sanitize.textarea_field, type="string") for name in texts},
        "image_id": arg(check=True, type="integer"),
        "availability_source": arg(check=True, type="string", enum=["team_member", "store"]),
        "availability": arg(check=True, clean=None, type="object"),
        "product_booking_ids": arg(check=True, type="array", items={"type": "integer"}),
    }


class Team:
    """Handlers of the team's routes. People another dialect made are listed, read and changed here as well."""

    def routes(self) -> list[RestRoute]:
        statuses = arg(check=True, type="array", items={"type": "string", "enum": _STATUSES})
        listing = {
            "page": arg(check=True, clean=sanitize.absint, type="integer", default=1, minimum=1),
            "per_page": arg(check=True, clean=sanitize.absint, type="integer", default=10, minimum=1, maximum=100),
            "search": arg(check=True, clean=sanitize.text_field, type="string"),
            "include_status": statuses,
            "exclude_status": statuses,
        }
        return [
            RestRoute(
                f"/{_BASE}",
                [
                    Endpoint(READ, self.browse, listing, managers("list"), per_item=False),
                    Endpoint(CREATE, self.create, _writes(creating=True), managers("create"), per_item=False),
                ],
            ),
            RestRoute(
                _ITEM,
                [
                    Endpoint(READ, self.read, ID, managers("view"), per_item=False),
                    Endpoint(EDIT, self.update, {**ID, **_writes(creating=False)}, managers("edit"), per_item=False),
                    Endpoint(DELETE, self.delete, FORCE, managers("delete"), per_item=False),
                ],
            ),
        ]

    # -- reading ------------------------------------------------------------------------------------------------

    def browse(self, request: RestRequest) -> RestResponse:
        wanted = set(request.get("include_status") or ["publish"]) - set(request.get("exclude_status") or ())
        where: list[tuple[Any, str, Any]] = [("kind", "=", "staff")]
        if "trash" not in wanted:
            where.append(("status", "!=", "trashed"))
        elif "publish" not in wanted:
            where.append(("status", "=", "trashed"))
        if request.get("search"):
            where.append((("name", "email"), "contains", php.to_text(request.get("search"))))
        if not wanted:
            return RestResponse([], total=0)
        paging = request.paging()
        page = repository.resources.page(where, limit=paging.per_page, offset=paging.offset)
        links = _services([one.id for one in page.items])
        items = [Item(_shown(one, links.get(one.id, [])), _links(request, one.id)) for one in page.items]
        return RestResponse(items, total=page.total or 0)

    def _get(self, request: RestRequest, missing: int = 404) -> Resource:
        number = request.int_param("id")
        found = repository.resources.get_many([number]).get(number)
        if found is None or found.kind != "staff":
            raise WPError("woocommerce_rest_bookable_resource_invalid_id", "Invalid ID.", missing)
        return found

    def read(self, request: RestRequest) -> RestResponse:
        return self._one(request, self._get(request))

    def _one(self, request: RestRequest, member: Resource, status: int = 200) -> RestResponse:
        shown = _shown(member, _services([member.id]).get(member.id, []))
        return RestResponse(shown, status, links=_links(request, member.id))

    # -- writing ------------------------------------------------------------------------------------------------

    def create(self, request: RestRequest) -> RestResponse:
        with writing():
            values = _values(request, None)
            member = repository.resources.create(now=request.now, kind="staff", origin=NAME, **values)
            self._offer(request, member)
        response = self._one(request, member, 201)
        response.headers["Location"] = request.url(f"{_BASE}/{member.id}")
        return response

    def update(self, request: RestRequest) -> RestResponse:
        before = self._get(request, 400)
        with writing():
            values = _values(request, before)
            if values.get("status") == "trashed" != before.status:
                catalog.refuse_if_booked(resource_id=before.id)
            member = repository.resources.update(before.id, now=request.now, **values)
            self._offer(request, member)
        return self._one(request, member)

    def _offer(self, request: RestRequest, member: Resource) -> None:
        """Offer the person with these products and no others, where the request says which."""
        wanted = request.get("product_booking_ids")
        if wanted is None:
            saving.recompile(_services([member.id]).get(member.id, []), now=request.now)
            return
        current = _services([member.id]).get(member.id, [])
        for number in {*wanted, *current}:
            saving.offer_resource(number, member.id, offered=number in wanted, now=request.now)

    @operation(statuses=[410])
    def delete(self, request: RestRequest) -> RestResponse:
        """Into the trash, or for good; the answer is the person as it was."""
        member = self._get(request)
        response = self._one(request, member)
        if request.get("force"):
            saving.delete_resource(member, now=request.now)
        elif member.status == "trashed":
            text = "The bookable_resource has already been deleted."
            raise WPError("woocommerce_rest_already_trashed", text, 410)
        else:
            with writing():
                catalog.refuse_if_booked(resource_id=member.id)
                repository.resources.update(member.id, now=request.now, status="trashed")
        return response


def _services(resource_ids: list[int]) -> dict[int, list[int]]:
    """Services by resource."""
    found: dict[int, list[int]] = {}
    for link in catalog.resource_links(resource_ids=resource_ids):
        found.setdefault(link.resource_id, []).append(link.service_id)
    return found


def _links(request: RestRequest, number: int) -> Any:
    return request.links(f"{_BASE}/{number}", _BASE)


def _shown(member: Resource, service_ids: list[int]) -> dict[str, Any]:
    kept = words.own(member)
    own = kept.get("hours") or {}
    weekly = own.get("weekly_schedule") or {}
    overrides = own.get("date_overrides") or {}
    return {
        "id": member.id,
        "status": "trash" if member.status == "trashed" else "publish",
        "name": member.name,
        "qty": member.capacity if member.capacity is not None else 1,
        "role": kept.get("role", ""),
        "email": member.email,
        "phone_number": member.phone,
        "image_id": kept.get("image_id", 0),
        "image_url": kept.get("image_url", ""),
        "description": member.description,
        "note": kept.get("note", ""),
        "availability_source": kept.get("availability_source", "team_member" if member.rules else "store"),
        "availability": {
            "weekly_schedule": [{"id": day, "time_slots": weekly.get(str(day), [])} for day in range(1, 8)],
            "date_overrides": [{"date": key, "time_slots": overrides[key]} for key in sorted(overrides)],
        },
        "product_booking_ids": service_ids,
    }


def _values(request: RestRequest, before: Resource | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    kept = dict(words.own(before)) if before is not None else {}
    for name, field in (
        ("name", "name"),
        ("email", "email"),
        ("phone_number", "phone"),
        ("description", "description"),
    ):
        if request.get(name) is not None:
            values[field] = php.to_text(request.get(name))[:255]
    if request.get("qty") not in (None, ""):
        values["capacity"] = max(1, min(10**6, php.intval(request.get("qty"))))
    elif before is None:
        values["capacity"] = 1
    if request.get("status") is not None:
        values["status"] = "trashed" if request.get("status") == "trash" else "active"
    for name in saving.MEMBER_FIELDS:
        if request.get(name) is not None:
            kept[name] = request.get(name)
    given = request.get("availability")
    if given is not None:
        kept["hours"] = _hours(given, kept.get("hours") or {})
        kept.setdefault("availability_source", "team_member")
    if given is not None or request.get("availability_source") is not None:
        values["rules"] = saving.member_rules(kept)
    values["extras"] = {**(before.extras if before is not None else {}), NAME: kept}
    return values


def _hours(given: Any, before: dict[str, Any]) -> dict[str, Any]:
    """Hours as stored, from lists of days and dates."""
    made = dict(before)
    try:
        for name, key in (("weekly_schedule", "id"), ("date_overrides", "date")):
            rows = given.get(name) if isinstance(given, dict) else None
            if rows is None:
                continue
            if not isinstance(rows, list):
                raise hours.HoursError("invalid_time_slots", f"{name} must be a list.")
            made[name] = dict(_entry(row, key) for row in rows)
    except hours.HoursError as error:
        raise refused(error) from None
    return made


def _entry(row: Any, key: str) -> tuple[str, list[dict[str, str]]]:
    if not isinstance(row, dict):
        raise hours.HoursError("invalid_time_slots", "Each entry must be an object.")
    slots = hours.read_slots(row.get("time_slots") or [])
    if key == "id":
        number = php.intval(row.get("id"))
        if not 1 <= number <= 7:
            raise hours.HoursError("invalid_time_slots", "A weekday is a number from 1 to 7.")
        return str(number), slots
    try:
        return date.fromisoformat(php.to_text(row.get("date"))).isoformat(), slots
    except ValueError:
        raise hours.HoursError("missing_date", "The date must be in the form YYYY-MM-DD.") from None
