"""``/wc-bookings/v2/weekly-schedule`` and ``/date-overrides``: when the shop is open (section 9.2)."""

from datetime import date
from typing import Any

from core.db import writing
from core.services import site
from core.wordpress import php
from core.wordpress.rest import CREATE, DELETE, READ, Endpoint, RestRequest, RestResponse, RestRoute, WPError
from core.wordpress.schema import arg
from plugins.wc_bookings.auth import managers
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate.hours import HoursError, read_slots, to_rules
from plugins.wc_bookings.translate.schedule import to_site_rules

NAME = words.NAME
_EDIT = ("PUT", "PATCH", "POST")
_DATE = r"/date-overrides/(?P<date>\d{4}-\d{2}-\d{2})"


def refused(error: HoursError) -> WPError:
    """A mistake in time slots as the API words it."""
    return WPError(error.code, error.message, 400)


def slots_of(request: RestRequest) -> list[dict[str, str]]:
    """The time slots a request brings.

    Raises:
        WPError: They are missing or wrong.
    """
    value = request.get("time_slots")
    if value is None:
        raise WPError("missing_time_slots", "Time slots are required.", 400)
    try:
        return read_slots(list(value.values()) if isinstance(value, dict) else value)
    except HoursError as error:
        raise refused(error) from None


def save_hours(own: dict[str, Any], *, now: Any) -> None:
    """Store the shop's hours and make its calendar rules anew."""
    rules = (
        *to_rules(own.get("weekly_schedule", {}), own.get("date_overrides", {})),
        *to_site_rules(own.get("global_availability", [])),
    )
    site.save(now=now, rules=rules, dialect=NAME, extras=own)


class Hours:
    """Handlers of both routes."""

    def routes(self) -> list[RestRoute]:
        see, edit = managers("list"), managers("edit")
        slots = {"time_slots": arg(clean=None)}
        day = {"id": arg(type="integer")}
        date_ = {"date": arg(type="string")}
        return [
            RestRoute("/weekly-schedule", [Endpoint(READ, self.week, {}, see, per_item=False)]),
            RestRoute(
                r"/weekly-schedule/(?P<id>[1-7])",
                [
                    Endpoint(READ, self.weekday, day, see, per_item=False),
                    Endpoint(_EDIT, self.set_weekday, {**day, **slots}, edit, per_item=False),
                ],
            ),
            RestRoute(
                "/date-overrides",
                [
                    Endpoint(READ, self.dates, {}, see, per_item=False),
                    Endpoint(CREATE, self.add_date, {**date_, **slots}, managers("create"), per_item=False),
                ],
            ),
            RestRoute(
                _DATE,
                [
                    Endpoint(READ, self.date, date_, see, per_item=False),
                    Endpoint(_EDIT, self.set_date, {**date_, **slots}, edit, per_item=False),
                    Endpoint(DELETE, self.remove_date, date_, managers("delete"), per_item=False),
                ],
            ),
        ]

    # -- week ---------------------------------------------------------------------------------------------------

    def week(self, request: RestRequest) -> RestResponse:
        weekly = site.extras(NAME).get("weekly_schedule", {})
        return RestResponse([_day(number, weekly) for number in range(1, 8)])

    def weekday(self, request: RestRequest) -> RestResponse:
        return RestResponse(_day(request.int_param("id"), site.extras(NAME).get("weekly_schedule", {})))

    def set_weekday(self, request: RestRequest) -> RestResponse:
        number, slots = request.int_param("id"), slots_of(request)
        with writing():
            own = dict(site.extras(NAME))
            own["weekly_schedule"] = {**own.get("weekly_schedule", {}), str(number): slots}
            save_hours(own, now=request.now)
        return RestResponse(_day(number, own["weekly_schedule"]))

    # -- dates --------------------------------------------------------------------------------------------------

    def dates(self, request: RestRequest) -> RestResponse:
        known = site.extras(NAME).get("date_overrides", {})
        return RestResponse([{"date": key, "time_slots": known[key]} for key in sorted(known)])

    def _known(self, request: RestRequest) -> tuple[str, dict[str, Any]]:
        key, known = php.to_text(request.get("date")), site.extras(NAME).get("date_overrides", {})
        if key not in known:
            raise WPError("date_not_found", "There is no override for this date.", 404)
        return key, known

    def date(self, request: RestRequest) -> RestResponse:
        key, known = self._known(request)
        return RestResponse({"date": key, "time_slots": known[key]})

    def add_date(self, request: RestRequest) -> RestResponse:
        key = php.to_text(request.get("date") or "")
        if not key:
            raise WPError("missing_date", "A date is required.", 400)
        return self._save(request, key, 201)

    def set_date(self, request: RestRequest) -> RestResponse:
        self._known(request)
        return self._save(request, php.to_text(request.get("date")), 200)

    def _save(self, request: RestRequest, key: str, status: int) -> RestResponse:
        try:
            key = date.fromisoformat(key).isoformat()
        except ValueError:
            raise WPError("missing_date", "The date must be in the form YYYY-MM-DD.", 400) from None
        slots = slots_of(request)
        with writing():
            own = dict(site.extras(NAME))
            own["date_overrides"] = {**own.get("date_overrides", {}), key: slots}
            save_hours(own, now=request.now)
        return RestResponse({"date": key, "time_slots": slots}, status)

    def remove_date(self, request: RestRequest) -> RestResponse:
        key, known = self._known(request)
        with writing():
            own = dict(site.extras(NAME))
            own["date_overrides"] = {name: slots for name, slots in known.items() if name != key}
            save_hours(own, now=request.now)
        return RestResponse({"deleted": True, "previous": {"date": key, "time_slots": known[key]}})


def _day(number: int, weekly: dict[str, Any]) -> dict[str, Any]:
    return {"id": number, "time_slots": weekly.get(str(number), [])}
