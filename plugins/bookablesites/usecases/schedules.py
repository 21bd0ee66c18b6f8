"""Working hours, special days and days off of employees; office hours and days off of the company."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from msgspec import to_builtins

from frontdesk import site
from frontdesk.database import writing
from frontdesk.errors import NotFound
from frontdesk.records import Resource
from frontdesk.repository import next_id, resources
from plugins.bookablesites.schemas import DayOffBody, SpecialDayBody, WeekBody
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.employees import WorkingTime, working_time_of, working_time_values
from plugins.bookablesites.translate.values import NAME
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.employees import office_hours

#: The strength of rules for company days off: above every rule of an employee, so that nothing opens on one.
_COMPANY_STRENGTH = 100


# -- weeks ----------------------------------------------------------------------------------------------------------


def get_working_hours(employee_id: int) -> dict[str, Any]:
    return {"data": working_time_of(resources.get(employee_id)).week}


def set_working_hours(employee_id: int, payload: WeekBody, context: Context) -> dict[str, Any]:
    with writing():
        record = resources.get(employee_id)
        week = schedule.to_week(to_builtins(payload.data))
        _save_working_time(record, replace(working_time_of(record), week=week), now=context.now())
    return {"data": week}


def get_office_hours() -> dict[str, Any]:
    return {"data": office_hours()}


def set_office_hours(payload: WeekBody, context: Context) -> dict[str, Any]:
    """Replace the week new employees start with; existing employees keep theirs."""
    week = schedule.to_week(to_builtins(payload.data))
    with writing():
        site.save(now=context.now(), dialect=NAME, extras={**site.extras(NAME), "office_hours": week})
    return {"data": week}


def _save_working_time(record: Resource, times: WorkingTime, *, now: datetime) -> None:
    """Store an employee's working time and compile its rules; existing appointments stay."""
    schedule.check_special_days(times.special_days)
    values = working_time_values(times, record.extras, hidden=record.status == "hidden")
    resources.update(record.id, now=now, **values)


# -- special days and days off of an employee -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DatedEntries:
    """One of the two lists of dated entries an employee has.

    Attributes:
        field: The field of ``WorkingTime``.
        kind: The name of one entry, for errors.
        to_entry: Makes an entry from fields and an id.
    """

    field: str
    kind: str
    to_entry: Callable[[Mapping[str, Any], int], dict[str, Any]]

    def of(self, record: Resource) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = getattr(working_time_of(record), self.field)
        return entries

    def save(self, record: Resource, entries: Sequence[dict[str, Any]], *, now: datetime) -> None:
        times = replace(working_time_of(record), **{self.field: _by_date(entries)})
        _save_working_time(record, times, now=now)

    def split(self, record: Resource, entry_id: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The entry with this id, and the others; raises NotFound."""
        entries = self.of(record)
        entry = next((entry for entry in entries if entry["id"] == entry_id), None)
        if entry is None:
            raise NotFound(kind=self.kind, id=entry_id)
        return entry, [other for other in entries if other["id"] != entry_id]


SPECIAL_DAYS = DatedEntries("special_days", "special day", schedule.to_special_day)
DAYS_OFF = DatedEntries("days_off", "day off", schedule.to_day_off)


def list_entries(entries: DatedEntries, employee_id: int) -> dict[str, Any]:
    return {"data": entries.of(resources.get(employee_id))}


def add_entry(
    entries: DatedEntries, employee_id: int, payload: SpecialDayBody | DayOffBody, context: Context
) -> dict[str, Any]:
    fields = to_builtins(payload.complete_fields())
    with writing():
        record = resources.get(employee_id)
        entry = entries.to_entry(fields, next_id())
        entries.save(record, [*entries.of(record), entry], now=context.now())
    return entry


def change_entry(
    entries: DatedEntries, employee_id: int, entry_id: int, payload: SpecialDayBody | DayOffBody, context: Context
) -> dict[str, Any]:
    with writing():
        record = resources.get(employee_id)
        current, others = entries.split(record, entry_id)
        entry = entries.to_entry({**current, **to_builtins(payload.sent_fields())}, entry_id)
        entries.save(record, [*others, entry], now=context.now())
    return entry


def delete_entry(entries: DatedEntries, employee_id: int, entry_id: int, context: Context) -> None:
    with writing():
        record = resources.get(employee_id)
        _, others = entries.split(record, entry_id)
        entries.save(record, others, now=context.now())


def _by_date(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: (entry["start_date"], entry["id"]))


# -- days off of the company ----------------------------------------------------------------------------------------


def company_days_off() -> list[dict[str, Any]]:
    """The days on which the whole company is closed."""
    return site.extras(NAME).get("days_off") or []


def save_company_days_off(entries: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Store them, with their rules among those of the site; the rules of other dialects stay."""
    ordered = _by_date(entries)
    other_rules = tuple(rule for rule in site.rules() if rule.label != schedule.LABEL)
    own_rules = schedule.to_off_rules(ordered, strength=_COMPANY_STRENGTH, label=schedule.LABEL)
    extras = {**site.extras(NAME), "days_off": ordered}
    site.save(now=now, rules=(*other_rules, *own_rules), dialect=NAME, extras=extras)


def list_company_days_off() -> dict[str, Any]:
    return {"data": company_days_off()}


def add_company_day_off(payload: DayOffBody, context: Context) -> dict[str, Any]:
    fields = to_builtins(payload.complete_fields())
    with writing():
        entry = schedule.to_day_off(fields, next_id())
        save_company_days_off([*company_days_off(), entry], now=context.now())
    return entry


def delete_company_day_off(entry_id: int, context: Context) -> None:
    with writing():
        entries = company_days_off()
        others = [entry for entry in entries if entry["id"] != entry_id]
        if len(others) == len(entries):
            raise NotFound(kind="day off", id=entry_id)
        save_company_days_off(others, now=context.now())
