"""Thousands of requests, right and wrong, at every operation of every dialect on both databases.

No answer is a 5xx, none takes three seconds, and each is what the OpenAPI document says. ``FRONTDESK_FUZZ`` is how many
requests there are in all; ``make fuzz`` sends 100,000.
"""

import io
import json
import os
import random
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from core import app as host
from core import db, demo
from core.config import parse_config
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import through_webtest
from frontdesk.testing.stores import KINDS, open_store
from tests.fuzz.answers import Document
from tests.fuzz.requests import Ids, Request, from_case, path_info, variations

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

TOTAL = int(os.environ.get("FRONTDESK_FUZZ", "3000"))
#: Where a line for every kind of failure goes as well, when it is named.
REPORT = os.environ.get("FRONTDESK_FUZZ_REPORT")
#: Requests that are made of one that Schemathesis made up, which costs more than answering does.
EACH = 10
SLOW_SECONDS = 3.0
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TABLES = (
    "service",
    "booking",
    "customer",
    "resource",
    "booking_order",
    "coupon",
    "location",
    "category",
    "extra",
    "package",
)
#: What a test server is never asked: it changes how the caller signs in.
LEFT_OUT = ("/auth/",)


@pytest.fixture(params=KINDS)
def shop(request, tmp_path):
    """All dialects over a demo business; unlimited calls."""
    url = open_store(request.param, tmp_path)
    plugins = {
        "enabled": list(DRIVERS),
        "bookablesites": {"calls_per_minute": 10**6, "writes_per_minute": 10**6},
        "bookingpress": {"rate_limit_minute": 0, "rate_limit_hour": 0},
    }
    tables = {"database": {"url": url, "durability": "normal"}, "server": {"access_log": False}}
    config = parse_config({**tables, "plugins": plugins}, source="test")
    manager = host.start(config, clock=lambda: NOW, migrate=True)
    demo.load_demo_documents(manager, now=NOW)
    yield host.create_app(config, clock=lambda: NOW, manager=manager), manager
    db.close_database()


def call(app, request: Request) -> tuple[int, dict[str, str], bytes, float]:
    """One request straight into the application, and how long it took."""
    env = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path_info(request.path),
        "QUERY_STRING": request.query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        upper = name.upper().replace("-", "_")
        if upper != "CONTENT_LENGTH":
            env[upper if upper == "CONTENT_TYPE" else f"HTTP_{upper}"] = value
    answers = []
    began = time.perf_counter()
    body = b"".join(app(env, lambda status, headers, *_: answers.append((status, headers))))
    seconds = time.perf_counter() - began
    status, headers = answers[-1]
    return int(status[:3]), {name.lower(): value for name, value in headers}, body, seconds


def known_ids() -> Ids:
    """The newest few of everything."""
    newest = "SELECT id FROM {} ORDER BY id DESC LIMIT 4"
    return Ids({table: [row[0] for row in db.fetch_all(newest.format(table))] for table in TABLES})


class Fuzzer:
    """One dialect under fire."""

    def __init__(self, app, dialect, credentials, rng) -> None:
        self._app, self._credentials, self._rng = app, credentials, rng
        self._description = json.loads(json.dumps(dialect.openapi()))
        self._document = Document(self._description)
        self.statuses: Counter[int] = Counter()
        self.failures: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0

    def operations(self):
        schema = schemathesis.openapi.from_dict(self._description)
        every = [result.ok() for result in schema.get_all_operations()]
        return [each for each in every if not any(part in each.path for part in LEFT_OUT)]

    def attack(self, operation, cases: int) -> None:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            examples = cases - cases // 2 if mode is GenerationMode.POSITIVE else cases // 2
            if examples:
                self._run(operation, mode, examples)

    def _run(self, operation, mode, examples: int) -> None:
        ids = known_ids()

        @seed(self._rng.randrange(2**32))
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def shoot(case):
            request = from_case(case, self._credentials)
            if request is None:
                return
            self.send(request, operation.path)
            rough = variations(request, operation.path, ids, self._rng)
            for _ in range(EACH - 1):
                self.send(next(rough), operation.path)

        # Some operations leave nothing to get wrong.
        with suppress(Unsatisfiable):
            shoot()

    def send(self, request: Request, template: str) -> None:
        try:
            status, headers, body, seconds = call(self._app, request)
        except Exception as error:
            self._note(template, request, f"the application raises {type(error).__name__}: {error}")
            return
        self.statuses[status] += 1
        if status >= 500 and status != 501:
            self._note(template, request, f"{status} {body[:120]!r}")
            return
        if seconds > SLOW_SECONDS:
            # A busy machine is no fault of the server's.
            seconds = call(self._app, request)[3]
            if seconds > SLOW_SECONDS:
                self._note(template, request, f"takes {seconds:.1f} s")
        self.slowest = max(self.slowest, seconds)
        complaint = self._document.complaint(request, status, headers, body)
        if complaint:
            self._note(template, request, complaint)

    def _note(self, template: str, request: Request, what: str) -> None:
        key = f"{request.method} {template}: {what}"
        self.counts[key] += 1
        self.failures.setdefault(key, str(request))

    def report(self) -> str:
        lines = [f"{self.counts[key]}x {key}\n      {example}" for key, example in sorted(self.failures.items())]
        return "\n".join(lines)


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_no_request_makes_a_dialect_fail(shop, name):
    app, manager = shop
    dialect = next(each for _, each in manager.dialects if each.name == name)
    _, fields = manager.credentials[name].create(label="fuzz", permissions=None, user=None, expires_at=None, now=NOW)
    from webtest import TestApp

    client = DRIVERS[name](through_webtest(TestApp(app)), dict(fields))
    kind = "postgres" if db.is_postgres() else "sqlite"
    fuzzer = Fuzzer(app, dialect, client.headers, random.Random(f"{name}/{kind}"))
    operations = fuzzer.operations()
    every = sum(1 for _, each in manager.dialects for path in each.openapi()["paths"].values() for _ in path)
    cases = max(1, round(TOTAL / len(KINDS) / every / EACH))
    for operation in operations:
        fuzzer.attack(operation, cases)

    sent = sum(fuzzer.statuses.values())
    summary = (
        f"{name} on {kind}: {sent} requests, {dict(sorted(fuzzer.statuses.items()))}, slowest {fuzzer.slowest:.2f} s"
    )
    print(summary)
    if REPORT:
        with Path(REPORT).open("a") as file:
            file.write(f"{summary}\n{fuzzer.report()}\n\n")
    assert sent >= len(operations)
    assert sum(number for status, number in fuzzer.statuses.items() if status < 300) > sent / 20, "hardly any went deep"
    assert not fuzzer.failures, f"{len(fuzzer.failures)} kinds\n{fuzzer.report()}"
