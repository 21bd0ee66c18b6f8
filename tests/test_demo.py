"""``frontdesk demo`` as a stranger runs it: every printed command books, and every dialect books everything."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import requests

from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import Driver
from frontdesk.testing.servers import command, environment, free_port, stop, wait_until_up
from tests import ROOT

pytestmark = pytest.mark.slow

#: Where each dialect's reply to its command says that it booked.
BOOKED = {"bkap": "booking_id", "wc_bookings": "id", "bookingpress": "appointment_id", "bookablesites": "id"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The running demo with the project's own configuration, in a folder of its own."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    config = shutil.copy(ROOT / "config.toml", folder)
    words = command("--config", str(config), "demo", "--bind", f"127.0.0.1:{port}", "--json")
    log = folder / "demo.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    with process:
        try:
            line = process.stdout.readline()
            assert line, log.read_text()
            wait_until_up(port, process, str(log))
            yield SimpleNamespace(facts=json.loads(line), folder=folder, config=config)
        finally:
            stop(process)


def client(demo, dialect: str) -> Driver:
    """A small client of the dialect, with the printed key."""

    def send(method, path, headers, body):
        reply = requests.request(method, demo.facts["url"] + path, headers=headers, data=body, timeout=30)
        return reply.status_code, {name.lower(): value for name, value in reply.headers.items()}, reply.content

    return DRIVERS[dialect](send, demo.facts["dialects"][dialect])


def doctor(demo) -> subprocess.CompletedProcess:
    words = command("--config", str(demo.config), "doctor")
    return subprocess.run(words, cwd=demo.folder, env=environment(), capture_output=True, text=True, timeout=60)


def test_it_has_all_dialects_and_a_small_business(demo):
    assert set(demo.facts["dialects"]) == set(DRIVERS)
    assert {"Meeting room", "Guest room", "Yoga class", "Haircut"} <= set(demo.facts["services"])


def test_its_console_lets_the_printed_operator_in(demo):
    console = demo.facts["console"]
    with requests.Session() as browser:
        page = browser.get(f"{console['url']}/sign-in", timeout=30).text
        token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
        fields = {"name": console["name"], "password": console["password"], "form_token": token}
        answer = browser.post(f"{console['url']}/sign-in", data=fields, timeout=30)
        assert answer.status_code == 200
        assert "Sign out" in answer.text


@pytest.mark.parametrize("dialect", sorted(BOOKED))
def test_each_printed_command_books_and_the_books_stay_right(demo, dialect):
    if not shutil.which("curl"):
        pytest.skip("curl is not installed here, so the printed commands were not tried")
    done = subprocess.run(
        demo.facts["dialects"][dialect]["curl"], shell=True, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    number = json.loads(done.stdout).get(BOOKED[dialect])
    assert isinstance(number, int), done.stdout
    assert client(demo, dialect).read(number)[0] == 200
    # Links lead to where the demo serves, not to where the configuration would.
    assert "127.0.0.1:8000" not in done.stdout
    assert doctor(demo).returncode == 0, doctor(demo).stdout


@pytest.mark.parametrize("name, hour, minutes", [("Meeting room", 9, 60), ("Yoga class", 15, 60), ("Haircut", 11, 60)])
def test_one_service_is_booked_through_all_dialects(demo, name, hour, minutes):
    """Each sees what the others left: a seat in the class goes to each, the room and the stylists run out."""
    service = demo.facts["services"][name]
    today = datetime.now(UTC)
    thursday = (today + timedelta(days=17 - today.weekday())).replace(
        hour=hour, minute=0, second=0, microsecond=0, tzinfo=None
    )
    clients = [client(demo, dialect) for dialect in DRIVERS]
    places = {"Meeting room": 1, "Yoga class": 12, "Haircut": 2}[name]
    for sold, seller in enumerate(clients):
        if places == 12:
            # A single count of seats, which all four show alike.
            assert {one.left(service, thursday) for one in clients} == {places - sold}, seller.name
        outcome = seller.book(service, thursday, minutes)
        assert outcome.booked is (sold < places), (seller.name, outcome)
        assert outcome.booked or seller.is_refusal(outcome), (seller.name, outcome)
    assert doctor(demo).returncode == 0, doctor(demo).stdout
