"""Commands that answer questions about what is stored."""

import json

import pytest
from click.testing import CliRunner

from core.cli import cli
from frontdesk.testing.host import close_host
from frontdesk.testing.servers import write_config
from tests.core.cli.test_cli import data, plain, sentence
from tests.core.conftest import HARBOUR, NOW, harbour_url
from tests.core.services.factories import book, service


@pytest.fixture
def run(tmp_path, request):
    """Run a command on a migrated store, which is open until the first one."""
    from core import db

    url = harbour_url("sqlite", tmp_path)
    path = write_config(
        tmp_path,
        database={"url": url, "durability": "normal"},
        sandbox={"now": NOW.isoformat()},
        plugins={"enabled": [HARBOUR]},
    )
    db.open_database(url, durability="normal")

    def command(*words: str):
        return CliRunner().invoke(cli, ["--config", str(path), *words], prog_name="frontdesk")

    yield command
    close_host()


def test_explain_prints_for_people_and_for_programs(run):
    room = service(1)
    booking = book(room.id)

    text = plain(run("explain", str(room.id), "2026-03-03T09:00"))
    explained = data(run("explain", str(room.id), "2026-03-03T09:00", "--json"))

    assert text.splitlines()[:2] == [
        f"Room ({room.id}), 2026-03-03 09:00 to 2026-03-03 10:00, UTC",
        "cannot be booked; 0 of 1 places left",
    ]
    assert f"Taken by booking {booking.id}." in text
    assert "  10  price of the booking (step 1)" in text
    assert explained["bookable"] is False
    assert explained["choices"][0]["causes"][0]["claims"][0]["booking_id"] == booking.id
    assert explained["price"]["lines"][0]["amount"] == "10"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["999", "2026-03-03T09:00"], "There is no service 999."),
        (["1", "soon"], 'start: is no date with a time ("soon").'),
        (["1", "2026-03-03"], "start: needs a time too, such as 2026-03-03T10:00."),
        (["1", "2026-03-03T09:00", "--persons", "0"], "persons: is out of range (0)."),
        (["1", "2026-03-03T09:00", "--resource", "77"], "There is no resource 77."),
        (["1", "2026-03-03T09:00", "--blocks", "-5"], None),
        (["1", "0001-01-01T00:00"], None),
        (["1", "9999-12-31T23:59", "--blocks", "99999999999"], None),
        (["99999999999999999999", "2026-03-03T09:00"], ""),
    ],
)
def test_explain_answers_everything_in_sentences(run, words, text):
    service()

    result = run("explain", *words)

    if text is None:
        assert "cannot be booked" in plain(result)
    else:
        assert text in sentence(result)


def test_an_explanation_in_json_has_no_reprs(run):
    room = service()

    text = run("explain", str(room.id), "2026-03-03T09:30", "--json").stdout

    assert json.loads(text)["choices"][0]["causes"][0]["code"] == "grid"
    assert "Decimal" not in text
    assert "datetime" not in text


MARCH = ["--from", "2026-03-01", "--to", "2026-03-31"]


@pytest.mark.parametrize("name", ["bookings", "revenue", "utilisation"])
def test_a_report_prints_for_people_programs_and_spreadsheets(run, name):
    book(service(5, name="=Room").id)

    text = plain(run("report", name, *MARCH))
    printed = data(run("report", name, *MARCH, "--json"))
    table = plain(run("report", name, *MARCH, "--csv"))

    assert "=Room" in text.splitlines()[1]
    assert printed["rows"][0]["label"] == "=Room"
    assert printed["columns"] == list(printed["rows"][0])
    assert table.splitlines()[0] == ",".join(printed["columns"])
    assert ",'=Room," in table


def test_a_report_of_too_many_days_is_refused_in_a_sentence(run):
    result = run("report", "bookings", "--from", "2026-01-01", "--to", "2028-01-01")

    assert "366" in sentence(result)
    assert "last: ends before it begins" in sentence(
        run("report", "revenue", "--from", "2026-03-02", "--to", "2026-03-01")
    )


@pytest.fixture
def mira(run):
    from core.services.repository import customers

    return customers.create(now=NOW, first_name="Mira", last_name="Holt", email="mira@example.org").id


def test_a_person_is_found_exported_and_erased(run, mira, tmp_path):
    booking = book(service().id, customer_id=mira)
    file = tmp_path / "mira.json"

    assert "Mira Holt" in plain(run("privacy", "find", "holt"))
    assert data(run("privacy", "find", "mira@", "--json"))[0]["id"] == mira
    assert json.loads(plain(run("privacy", "export", "--email", "mira@example.org")))["bookings"][0]["id"] == booking.id
    assert "written" in plain(run("privacy", "export", "--customer", str(mira), "--to", str(file)))
    assert file.stat().st_mode & 0o077 == 0
    refused = sentence(run("privacy", "erase", "--customer", str(mira), "--yes"))
    assert refused == f"The person is needed by a booking {booking.id} that is still to come."
    assert "customer: 1 changed" in plain(run("privacy", "erase", "--customer", str(mira), "--yes", "--keep-upcoming"))
    assert plain(run("privacy", "erase", "--customer", str(mira), "--yes")) == "nothing left to erase\n"
    assert data(run("privacy", "find", "holt", "--json")) == []


def test_nobody_is_erased_without_a_yes(run, mira):
    result = run("privacy", "erase", "--customer", str(mira))

    assert result.exit_code == 1
    assert data(run("privacy", "find", "holt", "--json"))[0]["name"] == "Mira Holt"


@pytest.mark.parametrize("verb", ["export", "erase"])
def test_who_is_meant_must_be_said(run, verb):
    assert run("privacy", verb).exit_code == 2
    assert sentence(run("privacy", verb, "--customer", "99", *(["--yes"] if verb == "erase" else []))) == (
        "There is no customer 99."
    )


def test_the_history_prints_sums_and_the_slowest_routes(run):
    from datetime import UTC, datetime

    from core.services.request_history import Count, record_sample

    assert plain(run("history")) == "nothing has been counted\n"
    counts = [
        Count("requests", ("harbour", "GET", "404"), 3),
        Count("route_requests", ("harbour", "/harbour/v1/notes", "404"), 3),
        Count("route_seconds", ("harbour", "/harbour/v1/notes"), 0.3),
    ]
    record_sample(counts, at=int(datetime.now(UTC).timestamp()), source="a")

    text = plain(run("history", "--period", "day"))
    printed = data(run("history", "--json"))

    assert text.splitlines()[:2] == ["requests harbour: 3", "failures 4xx: 3"]
    assert text.splitlines()[-1].split() == ["harbour", "/harbour/v1/notes", "3", "100.0"]
    assert sum(printed["requests"]["harbour"]) == 3
    assert printed["refused"][0]["status"] == 404
