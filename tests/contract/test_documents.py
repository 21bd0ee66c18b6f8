"""Documents between stores: they hold every booking once, and errors name the path of the value that is wrong."""

import copy
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db import database
from core.documents import check_storable
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid
from core.services import bookings, doctor, export_ownership
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import KINDS, fresh_url
from tests.contract import venues
from tests.contract.conftest import NOW

pytestmark = pytest.mark.slow

DIALECTS = sorted(DRIVERS)
STARTS = [
    datetime(2026, 3, 3) + timedelta(days=day, hours=hour) for day in range(12) for hour in (0, 9, 10, 14, 15, 16)
]


def book_across(venue) -> set[tuple[str, str]]:
    """A booking through every dialect on a service of every dialect, as far as they go together."""
    clients = venues.make_clients(venue)
    sold = set()
    for owner, owned in venues.services().items():
        for seller, client in clients.items():
            for service in owned:
                minutes = service.plan.length * {"hour": 60, "minute": 1}.get(service.plan.unit, 24 * 60)
                if any(client.book(service.id, start, minutes).booked for start in STARTS):
                    sold.add((seller, owner))
    return sold


@pytest.fixture
def furnished(tmp_path):
    """All four demos in one SQLite store, with bookings across."""
    with venues.venue_at(venues.open_venue("sqlite", tmp_path)) as venue:
        venues.furnish(venue)
        venue.sold = book_across(venue)
        yield venue


def essence(booking: Any) -> tuple[Any, ...]:
    return (
        booking.id, booking.service_id, booking.origin, booking.status, booking.wall_start, booking.wall_end,
        booking.persons, booking.quantity, booking.resource_id, booking.customer_id, booking.total,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_four_documents_together_carry_every_booking_and_its_origin(kind, tmp_path):
    with venues.venue_at(venues.open_venue(kind, tmp_path)) as venue:
        venues.furnish(venue)
        sold = book_across(venue)
        assert sold >= {(seller, owner) for seller in DIALECTS for owner in DIALECTS}
        clients = venues.make_clients(venue)
        # Some of them cancelled, some in the bin: all of them belong to somebody's document.
        listed = bookings.page(order=(("id", "asc"),)).items
        clients["bookablesites"].cancel(listed[0].id)
        clients["wc_bookings"].send("DELETE", f"/wp-json/wc-bookings/v1/bookings/{listed[1].id}")
        before = {booking.id: essence(booking) for booking in bookings.page().items}
        documents = {dialect: venues.dump(venue, dialect) for dialect in DIALECTS}
        assert export_ownership.count_exported_bookings().keys() <= set(DIALECTS)
        assert sum(export_ownership.count_exported_bookings().values()) == len(before)
    with venues.venue_at(fresh_url(kind, tmp_path, "second")) as venue:
        # What brings its own numbers comes before what only has names.
        for dialect in ("wc_bookings", "bkap", "bookingpress", "bookablesites"):
            venues.load(venue, dialect, documents[dialect])
        assert {booking.id: essence(booking) for booking in bookings.page().items} == before
        assert {dialect: venues.dump(venue, dialect) for dialect in DIALECTS} == documents
        assert doctor.examine(now=NOW).breaches == []


def answers(venue) -> dict[str, dict[str, list[Any]]]:
    """What ``GET`` answers for every collection, as a document of its dialect."""
    clients = venues.make_clients(venue)
    documents: dict[str, dict[str, list[Any]]] = {}
    for dialect, collections in venues.COLLECTIONS.items():
        for path, section in collections.items():
            paging = "" if dialect == "bkap" else "?per_page=100&limit=100"
            status, _, body = clients[dialect].send("GET", path + paging)
            assert status == 200, (path, body)
            records = body if isinstance(body, list) else body.get("data", body.get("items", body.get(section)))
            documents.setdefault(dialect, {})[section] = records
    return documents


def test_what_the_api_answers_can_be_imported_here_and_elsewhere(furnished, tmp_path):
    documents = answers(furnished)
    assert all(len(document) >= 3 for document in documents.values())
    before = {booking.id: essence(booking) for booking in bookings.page().items}
    for dialect, document in documents.items():
        venues.load(furnished, dialect, document)
    again = {booking.id: essence(booking) for booking in bookings.page().items}
    assert again.keys() == before.keys()
    assert {number: row[2] for number, row in again.items()} == {number: row[2] for number, row in before.items()}
    for dialect, document in documents.items():
        close_host()
        with venues.venue_at(fresh_url("sqlite", tmp_path, dialect)) as venue:
            counts = venues.load(venue, dialect, document)
            assert {name: counts[name] for name in document} == {name: len(rows) for name, rows in document.items()}
            assert doctor.examine(now=NOW).breaches == []


# -- documents that are wrong somewhere ------------------------------------------------------------------------------

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place of a document with what stands there; of a list, its first two entries."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value[:2]):
            yield from places(item, (*path, position))


def changed(document: Any, path: Path, value: Any) -> Any:
    other = copy.deepcopy(document)
    if not path:
        return value
    here = other
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = value
    return other


#: Free text, or what belongs to the caller: any key may stand there.
OPEN = {"custom_fields", "form_fields", "meta_data", "images", "package_images", "dimensions", "input", "versions"}
MAPS = {
    # Keys are numbers, dates or names that the document itself brings.
    "booking_recurring", "booking_recurring_lockout", "booking_specific_date", "_bkap_product_holidays",
    "_bkap_time_settings", "_bkap_resource_base_costs", "resource_base_costs", "resource_block_costs", "api_keys",
    "person_counts", "weekly_schedule", "date_overrides", "hours", "required_form_fields",
}  # fmt: skip


def attempt(venue, dialect: str, document: Any) -> Invalid | None:
    """Load it and undo it; the refusal, if that is what comes."""
    try:
        with database.atomic() as step:
            check_storable(document)
            venues.load(venue, dialect, json.loads(json.dumps(document)))
            step.rollback()
    except DomainError as error:
        refusal = error
    else:
        return None
    text = error_sentence(refusal)
    assert text.count("\n") == 0
    for code in ("(field=", "reason=", "Error", "object at", "None", "<class", "{'"):
        assert code not in text, text
    assert isinstance(refusal, Invalid), text
    return refusal


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_unknown_key_anywhere_is_refused_with_its_path_and_the_nearest_name(furnished, dialect):
    document = venues.dump(furnished, dialect)
    checked_places = 0
    for path, value in places(document):
        if not isinstance(value, dict) or set(path) & (OPEN | MAPS):
            continue
        known_key = next((key for key in value if isinstance(key, str) and len(key) > 5), None)
        key = f"{known_key[:-1]}x{known_key[-1]}" if known_key else "colour"
        error = attempt(furnished, dialect, changed(document, (*path, key), 1))
        where = ".".join(map(str, (*path, key)))
        assert error is not None, where
        assert error.field == where, (error.field, where, error.reason)
        if known_key:
            assert "did you mean" in str(error.reason), (where, error.reason)
        checked_places += 1
    assert checked_places > 5


IS_THOROUGH = "FRONTDESK_FUZZ" in os.environ
_SHARE = 7
#: Wrong values: one of every type.
WRONG = (
    None,
    True,
    -1,
    2**70,
    10**12,
    1.5,
    "",
    "x",
    "\ud83d\ude00" * 300,
    "99999999999999999999",
    [],
    [[]],
    {},
    {"id": {}},
)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_whatever_stands_anywhere_is_taken_or_refused_in_one_sentence(furnished, dialect, tmp_path):
    document = venues.dump(furnished, dialect)
    before = venues.whole(tmp_path / "before")
    for number, (path, _) in enumerate(places(document)):
        # All of them take a minute for each dialect (make fuzz); each place gets others, each value many places.
        for value in WRONG if IS_THOROUGH else WRONG[number % _SHARE :: _SHARE]:
            error = attempt(furnished, dialect, changed(document, path, value))
            if error is not None and path and error.field:
                assert error.field.split(".")[0] in document, (path, value, error.field)
    assert venues.whole(tmp_path / "after") == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_some_wrong_values_are_taken_or_refused_in_one_sentence(furnished, dialect):
    document = venues.dump(furnished, dialect)
    listed = [path for path, _ in places(document)]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(listed), st.sampled_from(WRONG))
    def change_one_value(path, value):
        attempt(furnished, dialect, changed(document, path, value))

    change_one_value()


#: Values that fit into columns of SQLite and not into all of PostgreSQL.
TOO_MUCH = (2**31, 10**12, "99999999999999999999", "x" * 300)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_too_much_for_a_column_is_refused_on_postgres_too(tmp_path, dialect):
    with venues.venue_at(venues.open_venue("postgres", tmp_path)) as venue:
        venues.furnish(venue)
        document = venues.dump(venue, dialect)
        checked_patterns = set()
        for path, value in places(document):
            pattern = tuple("*" if isinstance(part, int) else part for part in path)
            if isinstance(value, (dict, list)) or pattern in checked_patterns:
                continue
            checked_patterns.add(pattern)
            for wrong in TOO_MUCH:
                attempt(venue, dialect, changed(document, path, wrong))
        assert len(checked_patterns) > 20
