"""``docs/sandbox/``: the five minutes are walked, the recipes run, and every list is complete."""

import os
import re
import subprocess
import sys

import pytest

from core.cli.sandbox import sandbox as command
from core.recording.cases import Comparison, Plan
from core.recording.comparison import KINDS
from core.sandbox.clock import SIGNING
from core.sandbox.control import RESOURCES
from core.sandbox.faults import CONNECTION_KINDS, ERRORS, REFUSAL_KINDS, WEBHOOK_KINDS, Fault
from core.sandbox.journal import Entry
from frontdesk_sandbox import Sandbox
from tests import ROOT

pytestmark = pytest.mark.slow

DOCS = ROOT / "docs" / "sandbox"
EXAMPLE = ROOT / "examples" / "client_tests"


def blocks(name: str, language: str = "python") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / name).read_text(), re.MULTILINE | re.DOTALL)


def run_tests(folder) -> subprocess.CompletedProcess[str]:
    plugins = ["-p", "pytest_frontdesk", "-p", "no:cacheprovider"]
    env = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join([str(folder), str(EXAMPLE), str(ROOT)]),
    }
    line = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(folder), "-c", os.devnull, *plugins, str(folder)]
    return subprocess.run(line, cwd=folder, env=env, capture_output=True, text=True, timeout=170)


def test_the_five_minutes_end_with_a_red_and_then_two_green_tests(tmp_path):
    client, tests, better, *_ = blocks("README.md")
    (tmp_path / "client.py").write_text(client)
    (tmp_path / "test_client.py").write_text(tests)
    first = run_tests(tmp_path)
    assert "1 failed, 1 passed" in first.stdout, first.stdout
    assert "KeyError: 'id'" in first.stdout
    assert "frontdesk journal" in first.stdout
    assert "-> 409 [full]" in first.stdout

    (tmp_path / "client.py").write_text(better)
    second = run_tests(tmp_path)
    assert "2 passed" in second.stdout, second.stdout


#: What a reader has: a client with these methods, a receiver, and a salon with one employee.
PRELUDE = """
import json
import threading
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from booking_client import BookablesitesClient, Full, KeyRefused, Unreachable
from booking_client import BookingPressClient as Press


@pytest.fixture(scope="session")
def frontdesk_options(tmp_path_factory):
    hours = [{"weekday": day, "periods": [{"start": "09:00", "end": "17:00"}]} for day in range(1, 6)]
    salon = {
        "employees": [{"key": "ola", "first_name": "Ola", "last_name": "Reyes", "working_hours": hours}],
        "services": [{"name": "Haircut", "duration": 3600, "price": 45, "employees": [{"key": "ola"}]}],
    }
    seed = tmp_path_factory.mktemp("seed") / "salon.json"
    seed.write_text(json.dumps({"bookablesites": salon}))
    return {"now": "2026-03-02T10:00:00Z", "seed": str(seed)}


class Client:
    def __init__(self, frontdesk, sleep=lambda seconds: None, timeout=5):
        settings = frontdesk.settings("bookablesites")
        self.inner = BookablesitesClient(settings.url, settings.key, settings.secret, timeout=timeout, sleep=sleep)
        self.service = frontdesk.services["Haircut"]
        self.bookings = self.inner.bookings

    def free_times(self, day=date(2026, 3, 11)):
        try:
            times = self.inner.free_times(self.service, day)
        except Unreachable as error:
            raise requests.Timeout(str(error)) from None
        return [datetime.combine(day, datetime.strptime(text, "%H:%M").time()) for text in times]

    def book(self):
        if not self.inner._token:
            self.inner._sign_in()
        return self.inner.book(self.service, datetime(2026, 3, 11, 11), "ada@example.com")

    def listen(self, url):
        self.inner.listen("appointment.booked", url)


class BookingPressClient:
    def __init__(self, base_url, key):
        self.inner = Press(base_url, key)

    def free_times(self):
        return self.inner.free_times(1, date(2026, 3, 11))


def make_client(frontdesk, **options):
    client = Client(frontdesk, **options)
    if not frontdesk.faults():
        client.inner._sign_in()
    return client


def fill_the_week(frontdesk):
    make_client(frontdesk).book()


@pytest.fixture
def receiver():
    statuses = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.end_headers()

        def log_message(self, *args):
            pass

    class Receiver:
        def answer_with(self, *given):
            statuses[:] = given

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver = Receiver()
    receiver.url = f"http://127.0.0.1:{server.server_port}/"
    yield receiver
    server.shutdown()
    server.server_close()


"""


def test_the_recipes_run_as_they_stand(tmp_path):
    recipes = blocks("recipes.md")
    assert len(recipes) == 8
    shared = [recipe for recipe in recipes if "def frontdesk_options" not in recipe]
    for number, group in enumerate([shared, [recipe for recipe in recipes if recipe not in shared]]):
        folder = tmp_path / f"recipes{number}"
        folder.mkdir()
        (folder / "test_recipes.py").write_text(PRELUDE + "\n\n".join(group))
        done = run_tests(folder)
        assert done.returncode == 0, done.stdout[-5000:]
        assert f"{len(group)} passed" in done.stdout


def test_every_fault_is_explained():
    text = (DOCS / "faults.md").read_text()
    table = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert {*CONNECTION_KINDS, *REFUSAL_KINDS, *WEBHOOK_KINDS} <= table
    for name in set(ERRORS) - set(REFUSAL_KINDS):
        assert f"`{name}`" in text, name
    for name in Fault.__struct_fields__:
        assert f"`{name}`" in text or f'"{name}"' in text, name


def test_every_request_of_the_control_api_is_explained():
    text = (DOCS / "control.md").read_text()
    for template, resource in RESOURCES.items():
        path = template.replace("{name}", "NAME").replace("{fault_id:int}", "ID") or "/_sandbox"
        for method in ("get", "post", "put", "delete"):
            if hasattr(resource, f"on_{method}"):
                assert f"`{method.upper()} {path}`" in text, (method, path)
    for field in Entry.__dataclass_fields__:
        if field not in ("size",):
            assert f"`{field}`" in text, field
    assert all(word in text for word in SIGNING)


def test_every_option_is_explained():
    text = (DOCS / "README.md").read_text()
    for option in command.params:
        assert any(name in text for name in option.opts), option.name
    for name in ("keep", "return_to", "load", "dump", "fail", "reset", "new_key", "settings"):
        assert hasattr(Sandbox, name)
        assert f".{name}(" in text, name


def test_every_part_of_a_plan_and_kind_of_difference_is_explained():
    text = (DOCS / "real-site.md").read_text()
    for name in (*Plan.__struct_fields__, *Comparison.__struct_fields__, *KINDS):
        if name not in ("files", "base", "compare", "new_ids", "hide_people"):
            assert f"`{name}`" in text, name
