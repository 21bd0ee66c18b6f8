"""Reports over bookings, on both databases."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.domain.requests import ChangeRequest
from core.domain.schedule import CalendarRule, CapacityRules, PersonRules, ResourceRules, SchedulePlan
from core.domain.site import Site
from core.errors import AnswerTooLarge, Invalid
from core.services import bookings, catalog, reports, site, utilisation
from core.services.repository import payments
from tests.core.services.factories import NOW, book, person, resource, service

MARCH, LAST = date(2026, 3, 1), date(2026, 3, 31)
MANY = SchedulePlan(capacity=CapacityRules(limit=50))


def at(day: int, hour: int = 9, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour)


def figures(report, *names):
    return {row.label: tuple(getattr(row, name) for name in names) for row in report.rows}


def test_bookings_are_counted_by_what_became_of_them(store):
    lesson = service(name="Lesson", plan=MANY)
    for status in ("pending", "confirmed", "unpaid", "paid", "completed", "hold", "draft"):
        book(lesson.id, status=status)
    for status in ("cancelled", "rejected", "no_show", "done", "deleted", "released"):
        bookings.set_status(book(lesson.id).id, status, now=NOW)

    (row,) = reports.bookings_report(MARCH, LAST).rows

    assert (row.made, row.open, row.attended, row.cancelled, row.no_show) == (9, 4, 2, 2, 1)
    assert (row.label, row.key, row.persons) == ("Lesson", lesson.id, 7)


def test_the_groups_of_a_report(store):
    ola = person()
    visit = service(name="Visit", plan=SchedulePlan(capacity=CapacityRules(limit=9)))
    room = service(name="Room", plan=MANY)
    catalog.set_resources(visit.id, [{"resource_id": ola.id}])
    book(visit.id, resource_id=ola.id, origin="quay")
    book(room.id, origin="quay")
    book(room.id, origin="pier", wall_start=at(1, month=4))

    def made(group):
        return figures(reports.bookings_report(MARCH, date(2026, 4, 30), group_by=group), "made")

    assert made("service") == {"Room": (2,), "Visit": (1,)}
    assert made("resource") == {"(none)": (2,), "Ola": (1,)}
    assert made("origin") == {"quay": (2,), "pier": (1,)}
    assert made("month") == {"2026-03": (2,), "2026-04": (1,)}


def test_dates_are_those_of_the_sites_zone(store):
    site.configure(Site(timezone="Asia/Tokyo"))
    room = service(plan=MANY, zone="UTC", rules=(CalendarRule(effect="open"),))
    book(room.id, wall_start=datetime(2026, 3, 31, 14))
    # In Tokyo it is April already.
    book(room.id, wall_start=datetime(2026, 3, 31, 15))

    assert reports.bookings_report(MARCH, LAST).rows[0].made == 1
    assert reports.bookings_report(date(2026, 4, 1), date(2026, 4, 1)).rows[0].made == 1
    by_month = reports.bookings_report(MARCH, date(2026, 4, 30), group_by="month")
    assert figures(by_month, "made") == {"2026-03": (1,), "2026-04": (1,)}


def test_a_report_may_go_by_the_day_of_creation(store):
    room = service(plan=MANY)
    book(room.id, wall_start=at(1, month=4))

    assert reports.bookings_report(MARCH, LAST, basis="created").rows[0].made == 1
    assert reports.bookings_report(MARCH, LAST, basis="start").rows == ()


def test_revenue_is_exact_and_by_currency(store):
    room = service(name="Room", plan=MANY, price=Decimal("0.10"))
    paid = [book(room.id, price=Decimal("0.10")) for _ in range(3)]
    bookings.set_status(book(room.id, price=Decimal("7.77")).id, "cancelled", now=NOW)
    site.configure(Site(currency="JPY"))
    book(room.id, price=Decimal(500))
    for booking, status in zip(paid, ("paid", "paid", "refunded"), strict=True):
        payments.create(now=NOW, booking_id=booking.id, status=status, currency="USD", paid=booking.total)

    report = reports.revenue_report(MARCH, LAST)

    assert [(row.currency, row.bookings, row.sold, row.cancelled, row.received) for row in report.rows] == [
        ("USD", 3, Decimal("0.30"), Decimal("7.77"), Decimal("0.20")),
        ("JPY", 1, Decimal(500), Decimal(0), Decimal(0)),
    ]
    assert str(report.rows[1].sold) == "500"


def test_amounts_whose_sum_is_beyond_a_column_are_added_up(store):
    room = service(plan=MANY)
    for _ in range(3):
        book(room.id, price=Decimal(9_000_000_000_000) + Decimal("0.99"))

    assert reports.revenue_report(MARCH, LAST).rows[0].sold == Decimal("27000000000002.97")


def test_a_report_ends_at_its_most_rows(store, monkeypatch):
    monkeypatch.setattr(reports, "MAX_ROWS", 2)
    for name in ("A", "B", "C"):
        book(service(name=name).id)

    report = reports.bookings_report(MARCH, LAST)

    assert (len(report.rows), report.is_cut) == (2, True)


WRONG = {
    "order": ({"first": LAST, "last": MARCH}, Invalid),
    "too many days": ({"first": MARCH, "last": MARCH + timedelta(days=366)}, AnswerTooLarge),
    "group": ({"group_by": "moon"}, Invalid),
    "year one": ({"first": date.min, "last": date.min}, Invalid),
    "last year": ({"first": date.max, "last": date.max}, Invalid),
}


@pytest.mark.parametrize("make", [reports.bookings_report, reports.revenue_report, utilisation.utilisation_report])
@pytest.mark.parametrize(("values", "error"), WRONG.values(), ids=WRONG)
def test_dates_and_groups_that_cannot_be_are_refused(store, make, values, error):
    with pytest.raises(error):
        make(**{"first": MARCH, "last": LAST, **values})


@pytest.mark.parametrize("group", reports.GROUPS)
def test_an_empty_store_has_empty_reports(store, group):
    assert reports.bookings_report(MARCH, LAST, group_by=group).rows == ()
    assert reports.revenue_report(MARCH, LAST, group_by=group).rows == ()
    rows = utilisation.utilisation_report(MARCH, LAST, group_by=group).rows
    assert [row.percent for row in rows] == ([None] if group == "month" else [])


def test_a_report_in_csv_runs_nothing_in_a_spreadsheet(store):
    book(service(name='=HYPERLINK("http://x")').id)

    text = reports.report_csv(reports.bookings_report(MARCH, LAST))

    header, row = csv.reader(io.StringIO(text, newline=""))
    assert header == ["key", "label", "made", "open", "attended", "cancelled", "no_show", "persons"]
    assert row[1:3] == ['\'=HYPERLINK("http://x")', "1"]


# Utilisation ----------------------------------------------------------------------------------------------------------


def used(**values):
    return utilisation.utilisation_report(date(2026, 3, 2), date(2026, 3, 6), **values)


def test_a_service_is_used_by_places_times_hours(store):
    plan = SchedulePlan(capacity=CapacityRules(limit=10, units_per="person"), persons=PersonRules(maximum=10))
    lesson = service(name="Lesson", plan=plan)
    book(lesson.id, persons=4)
    book(lesson.id, persons=6, wall_start=at(4))
    bookings.set_status(book(lesson.id, persons=5, wall_start=at(5)).id, "cancelled", now=NOW)

    (row,) = used().rows

    # Five days of eight hours with ten places.
    assert (row.bookings, row.sold_hours, row.offered_hours, row.percent) == (2, 10, 400, Decimal("2.50"))


def test_what_is_done_still_counts(store):
    room = service()
    bookings.set_status(book(room.id).id, "done", now=NOW)

    assert used().rows[0].sold_hours == 1


def test_a_stay_is_cut_to_the_dates_and_counts_days(store):
    flat = service(
        plan=SchedulePlan(unit="night", max_blocks=30, check_in_minute=900, check_out_minute=660),
        rules=(CalendarRule(effect="open"),),
    )
    book(flat.id, wall_start=datetime(2026, 3, 5, 15), blocks=10)

    (row,) = used().rows

    # The nights from Thursday and Friday, of five.
    assert (row.sold_hours, row.offered_hours, row.percent) == (48, 120, 40)


def test_a_person_is_busy_once_for_all_who_share_a_session(store):
    ola = person(capacity=5)
    plan = SchedulePlan(capacity=CapacityRules(limit=None), resources=ResourceRules(choice="automatic"))
    course = service(name="Course", plan=plan)
    catalog.set_resources(course.id, [{"resource_id": ola.id}])
    first = book(course.id)
    for _ in range(2):
        book(course.id)
    bookings.set_status(first.id, "cancelled", now=NOW)
    book(course.id, wall_start=at(4))

    (row,) = used(group_by="resource").rows

    assert (row.label, row.bookings, row.sold_hours, row.offered_hours) == ("Ola", 3, 2, 40)


def test_a_service_offers_what_its_resources_have(store):
    desks = [resource(f"Desk {number}") for number in (1, 2, 3)]
    plan = SchedulePlan(capacity=CapacityRules(limit=None), resources=ResourceRules(choice="automatic"))
    work = service(name="Work", plan=plan)
    catalog.set_resources(work.id, [{"resource_id": desk.id} for desk in desks])
    book(work.id)

    assert figures(used(), "sold_hours", "offered_hours") == {"Work": (1, 120)}
    assert figures(used(group_by="resource"), "offered_hours") == {f"Desk {number}": (40,) for number in (1, 2, 3)}


def test_a_resource_of_two_services_offers_its_time_once(store):
    ola = person()
    plan = SchedulePlan(resources=ResourceRules(choice="automatic"))
    for name in ("Cut", "Colour"):
        catalog.set_resources(service(name=name, plan=plan).id, [{"resource_id": ola.id}])

    assert used(group_by="resource").rows[0].offered_hours == 40


def test_dialects_and_months_share_what_is_offered(store):
    room = service()
    book(room.id, origin="quay")
    book(room.id, origin="pier", wall_start=at(4))
    service(name="Endless", plan=SchedulePlan(capacity=CapacityRules(limit=None)))

    assert figures(used(group_by="origin"), "sold_hours", "offered_hours") == {"quay": (1, 40), "pier": (1, 40)}
    march_and_april = utilisation.utilisation_report(date(2026, 3, 30), date(2026, 4, 2), group_by="month")
    assert figures(march_and_april, "sold_hours", "offered_hours") == {"2026-03": (0, 16), "2026-04": (0, 16)}


def test_a_service_without_a_limit_has_no_percentage(store):
    book(service(plan=SchedulePlan(capacity=CapacityRules(limit=None))).id)

    (row,) = used().rows

    assert (row.sold_hours, row.offered_hours, row.percent) == (1, None, None)


def test_a_booking_that_shares_anothers_places_is_not_counted_twice(store):
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=5)))
    book(room.id)
    book(room.id, service_units=0)

    assert used().rows[0].sold_hours == 1


def test_more_services_than_a_report_lays_out_are_left_out_and_said_to_be(store, monkeypatch):
    monkeypatch.setattr(utilisation, "MAX_SERVICES", 1)
    service(name="Old")
    service(name="New")

    assert [row.label for row in used().rows] == ["New"]
    assert used().is_cut
    monkeypatch.setattr(utilisation, "MAX_LAYOUT_DAYS", 1)
    assert used().rows == ()


def test_a_move_moves_the_hours(store):
    room = service()
    booking = book(room.id)
    bookings.update(booking.id, ChangeRequest(wall_start=at(9)), now=datetime(2026, 3, 2, 11, tzinfo=UTC))

    assert used().rows[0].sold_hours == 0
