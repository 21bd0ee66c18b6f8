"""``/wc-bookings/v2/weekly-schedule`` and ``/date-overrides`` (README.md, "Opening hours")."""

from frontdesk.wordpress import php
from frontdesk.wordpress.rest import RestRequest, RestResponse
from plugins.wc_bookings.handlers.base import payload
from plugins.wc_bookings.translate.opening_hours import to_overrides, to_week, to_weekday
from plugins.wc_bookings.usecases import opening_hours
from plugins.wc_bookings.usecases.context import Context


class OpeningHours:
    """Handlers of both routes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def week(self, request: RestRequest) -> RestResponse:
        return RestResponse(to_week(opening_hours.weekly_schedule()))

    def weekday(self, request: RestRequest) -> RestResponse:
        return RestResponse(to_weekday(request.int_param("id"), opening_hours.weekly_schedule()))

    def set_weekday(self, request: RestRequest) -> RestResponse:
        weekday = request.int_param("id")
        return RestResponse(to_weekday(weekday, opening_hours.set_weekday(self._context, weekday, payload(request))))

    def dates(self, request: RestRequest) -> RestResponse:
        return RestResponse(to_overrides(opening_hours.date_overrides()))

    def date(self, request: RestRequest) -> RestResponse:
        day = php.to_text(request.get("date"))
        return RestResponse({"date": day, "time_slots": opening_hours.date_override(day)})

    def add_date(self, request: RestRequest) -> RestResponse:
        day, slots = opening_hours.add_date(self._context, payload(request))
        return RestResponse({"date": day, "time_slots": slots}, 201)

    def set_date(self, request: RestRequest) -> RestResponse:
        day, slots = opening_hours.set_date(self._context, php.to_text(request.get("date")), payload(request))
        return RestResponse({"date": day, "time_slots": slots})

    def remove_date(self, request: RestRequest) -> RestResponse:
        day = php.to_text(request.get("date"))
        slots = opening_hours.remove_date(self._context, day)
        return RestResponse({"deleted": True, "previous": {"date": day, "time_slots": slots}})
