"""The calendar: day, week and month over all dialects."""

from datetime import date, datetime, time, timedelta
from typing import Any

import falcon

from core.console.pages.base import Page, by_name, date_field, id_field, query_fields
from core.domain.claims import UNLIMITED
from core.domain.zones import zone as zone_of
from core.errors import AnswerTooLarge, DomainError, Invalid
from core.http.responses import send_json
from core.services import availability, booking_agenda
from core.services.booking_agenda import Choice, Entry
from core.services.repository import locations, resources, services, to_instant

#: The most bookings and slots of one answer.
MAX_ENTRIES, MAX_SLOTS = 2_000, 1_000
#: The most bookings of the list of a day.
MAX_LISTED = 500
#: Longer spans are answered with one entry per day.
LONGEST_DETAILED = timedelta(days=8)
LONGEST_SPAN = timedelta(days=45)
VIEWS = ("day", "week", "month")


class CalendarPage(Page):
    """``/calendar``: the page; without JavaScript it leads to the list of a day."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        zone = self.console.zone
        day = date_field(query, "date") or self.console.clock().astimezone(zone).date()
        choice = read_choice(query)
        view = query.get("view", "week")
        self.show(
            req,
            resp,
            "calendar.html",
            day=day,
            choice=choice,
            services=by_name(services),
            resources=by_name(resources),
            locations=by_name(locations),
            dialects=self.console.dialects,
            options={
                "entries": self.console.url("calendar", "entries"),
                "list": self.console.url("calendar", "list"),
                "booking": self.console.url("bookings"),
                "date": day.isoformat(),
                "view": view if view in VIEWS else "week",
                "colour": "status" if query.get("colour") == "status" else "dialect",
                "dialects": self.console.dialects,
                "mayMove": req.context.operator.may(self.writes),
                "now": self._wall_clock(self.console.clock()),
            },
            colour=query.get("colour", "dialect"),
        )

    def _wall_clock(self, instant: datetime) -> str:
        return instant.astimezone(self.console.zone).strftime("%Y-%m-%dT%H:%M:%S")


class DayPage(Page):
    """``/calendar/list``: the bookings of one day by time."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        zone = self.console.zone
        day = date_field(query, "date") or self.console.clock().astimezone(zone).date()
        begin = datetime.combine(day, time(), zone)
        end = datetime.combine(day + timedelta(days=1), time(), zone)
        self.show(
            req,
            resp,
            "day.html",
            day=day,
            before=day - timedelta(days=1),
            after=day + timedelta(days=1),
            entries=booking_agenda.entries(begin, end, limit=MAX_LISTED, choice=read_choice(query)),
            limit=MAX_LISTED,
        )


class EntriesPage(Page):
    """``/calendar/entries``: what the calendar's script asks for, as JSON; times are wall clocks of the site."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        begin, end = self._instant(query.get("start", "")), self._instant(query.get("end", ""))
        if not begin < end <= begin + LONGEST_SPAN:
            raise Invalid(field="end", reason="range", value=query.get("end"))
        choice = read_choice(query)
        if end - begin > LONGEST_DETAILED:
            send_json(resp, self._days(begin, end, choice))
            return
        entries = booking_agenda.entries(begin, end, limit=MAX_ENTRIES, choice=choice)
        answer = [self._entry(entry) for entry in entries]
        if choice.service_id:
            answer += self._free(begin, end, choice)
        send_json(resp, answer)

    def _instant(self, text: str) -> datetime:
        """A time on the site's wall clock as an instant."""
        try:
            wall = datetime.fromisoformat(text[:19])
        except ValueError:
            raise Invalid(field="start", reason="date_time", value=text[:40]) from None
        if not 1970 < wall.year < 9000:
            raise Invalid(field="start", reason="range", value=text[:40])
        return wall.replace(tzinfo=self.console.zone)

    def _wall_clock(self, epoch: int) -> str:
        return to_instant(epoch).astimezone(self.console.zone).strftime("%Y-%m-%dT%H:%M:%S")

    def _entry(self, entry: Entry) -> dict[str, Any]:
        parts = [entry.service, entry.resource, entry.customer]
        return {
            "id": entry.id,
            "title": " · ".join(part for part in parts if part) or f"Booking {entry.id}",
            "start": self._wall_clock(entry.start),
            "end": self._wall_clock(entry.end),
            "allDay": entry.all_day,
            "status": entry.status,
            "dialect": entry.origin,
            "persons": entry.persons,
        }

    def _days(self, begin: datetime, end: datetime, choice: Choice) -> list[dict[str, Any]]:
        days: list[date] = []
        day = begin.date()
        while day < end.date():
            days.append(day)
            day += timedelta(days=1)
        bounds = [datetime.combine(each, time(), self.console.zone) for each in [*days, day]]
        counts = booking_agenda.count_by_day(bounds, choice=choice)
        left = self._left_by_day(days, choice)
        return [
            {"day": day.isoformat(), "count": count, "left": left.get(day)}
            for day, count in zip(days, counts, strict=True)
            if count or day in left
        ]

    def _left_by_day(self, days: list[date], choice: Choice) -> dict[date, int]:
        """The places left on each day of the chosen service; nothing where they cannot be counted."""
        left: dict[date, int] = {}
        for slot in self._slots(days[0], days[-1], choice):
            if slot.capacity < UNLIMITED:
                day = date.fromordinal(slot.wall_start // 1440)
                left[day] = left.get(day, 0) + max(0, slot.remaining)
        return left

    def _free(self, begin: datetime, end: datetime, choice: Choice) -> list[dict[str, Any]]:
        """The slots of the chosen service, to be shown behind the bookings."""
        last = (end - timedelta(seconds=1)).date()
        return [
            {
                "id": f"slot-{slot.start}-{slot.resource_id}",
                "start": self._wall_clock(slot.start),
                "end": self._wall_clock(slot.end),
                "left": None if slot.capacity >= UNLIMITED else max(0, slot.remaining),
            }
            for slot in self._slots(begin.date(), last, choice)[:MAX_SLOTS]
        ]

    def _slots(self, first: date, last: date, choice: Choice) -> list[Any]:
        if not choice.service_id:
            return []
        try:
            return availability.list_slots(
                choice.service_id,
                first=first,
                last=last,
                now=self.console.clock(),
                resource_id=choice.resource_id or None,
                location_id=choice.location_id,
                per_resource=False,
            )
        except AnswerTooLarge:
            return []
        except DomainError:
            # A service that was deleted, or that a plugin refuses to offer, has bookings all the same.
            return []


def read_choice(query: dict[str, str]) -> Choice:
    """The filter that a query names."""
    return Choice(
        service_id=id_field(query, "service"),
        resource_id=id_field(query, "resource"),
        location_id=id_field(query, "location"),
        origin=query.get("dialect", "")[:64],
        status=query.get("status", "")[:20],
        everything=query.get("everything") == "1",
    )


def wall_clock_of(instant: datetime, zone: str) -> datetime:
    """An instant on the wall clock of a zone, naive."""
    return instant.astimezone(zone_of(zone)).replace(tzinfo=None)
