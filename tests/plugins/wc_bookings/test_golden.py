"""Every recorded request gives the recorded answer (source: recordings of version 2.2.5, see golden/README.md).

Ids of new rows, times and random choices are compared by kind. What differs on purpose is listed in ``DIFFERENT``.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from core import db
from tests.plugins.wc_bookings.conftest import RECORDED, Shop

FILES = ["bookings_read", "resources", "categories", "products", "auth", "index", "bookings_write", "slots"]
ZONES = {"slots_tz_America_New_York": "America/New_York", "slots_tz_offset_5.5": "+05:30"}
#: Headers that clients use.
HEADERS = ("content-type", "x-wp-total", "x-wp-totalpages", "link", "location", "allow")

#: ``file:number`` -> why our answer differs on purpose.
DIFFERENT: dict[str, str] = {
    "index:3": "only the namespaces that are really served are listed, and no application passwords",
    "index:10": "TRACE: the web server in front of the recorded shop answered",
    "slots:133": "a stale answer of the vendor's cache, which forgets hide_unavailable",
}

#: Seed ids end here; what is higher was made by the requests.
_NEW = 237


def cases(name: str) -> list[dict[str, Any]]:
    return json.loads((RECORDED / f"{name}.json").read_text())["cases"]


#: Cases before which the recorder put the state back in a case that was left out of the given ones.
_RESET = {("auth", 55)}


def runs(name: str) -> list[list[int]]:
    """Groups of cases between two resets."""
    groups: list[list[int]] = []
    for index, case in enumerate(cases(name)):
        if case.get("before") == "reset" or (name, index) in _RESET or not groups:
            groups.append([])
        groups[-1].append(index)
    return groups


def plain(value: Any, key: str = "") -> Any:
    """A value without what differs from run to run."""
    if isinstance(value, dict):
        return {name: plain(inner, name) for name, inner in value.items() if name != "description"}
    if isinstance(value, list):
        if key == "related_ids":
            return "ids" if value else []
        return [plain(item) for item in value]
    if isinstance(value, str):
        return re.sub(r"/(bookings|products|categories)/(\d+)", _number, value)
    if key == "id" and isinstance(value, int) and value >= 22:
        return value if value < _NEW and value not in (22, 23) else "new"
    return value


def _number(match: re.Match[str]) -> str:
    index = int(match[2])
    new = index >= _NEW or (match[1] == "categories" and index in (22, 23))
    return f"/{match[1]}/{'new' if new else index}"


def body_of(response: Any) -> Any:
    if response.headers.get("content-type", "").startswith("application/json"):
        return json.loads(response.body) if response.body else ""
    return response.body.decode()


def recorded_body(recorded: dict[str, Any]) -> Any:
    return recorded["body"] if "body" in recorded else recorded.get("body_text", "")


def compare(case: dict[str, Any], response: Any) -> None:
    recorded = case["response"]
    if recorded["status"] >= 500:
        # A crash of the real server: anything but a crash is right.
        assert response.status_int < 500
        return
    assert response.status_int == recorded["status"]
    want, got = plain(recorded_body(recorded)), plain(body_of(response))
    assert got == want
    assert ordered(got) == ordered(want)
    headers = {name.lower(): value for name, value in response.headers.items()}
    for name in HEADERS:
        assert plain(headers.get(name)) == plain(recorded["headers"].get(name)), name


def ordered(value: Any) -> Any:
    """Keys of maps in their order."""
    if isinstance(value, dict):
        return [(name, ordered(inner)) for name, inner in value.items()]
    return [ordered(item) for item in value] if isinstance(value, list) else None


def send(shop: Shop, case: dict[str, Any]) -> Any:
    request = case["request"]
    auth = request.get("auth")
    raw = request["body_raw"].encode() if "body_raw" in request else None
    return shop.send(
        request["method"],
        request["url"],
        auth=tuple(auth) if isinstance(auth, list) else auth,
        body=request.get("body"),
        raw=raw,
        headers=request.get("headers"),
        scheme=request.get("scheme", "https"),
    )


def outcomes(name: str, folder: Path, timezone: str = "UTC", kind: str = "sqlite") -> dict[int, str]:
    """The problem of each case of a file; empty where the reply is right."""
    problems: dict[int, str] = {}
    all_cases = cases(name)
    for index, indexes in enumerate(runs(name)):
        run_folder = folder / str(index)
        run_folder.mkdir()
        shop = Shop(run_folder, kind, timezone, mode="strict").load()
        for case_index in indexes:
            try:
                compare(all_cases[case_index], send(shop, all_cases[case_index]))
            except Exception as error:
                problems[case_index] = f"{type(error).__name__}: {error}"
            else:
                problems[case_index] = ""
        db.close_database()
    return problems


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """Outcomes by file, each file replayed once."""
    by_name: dict[str, dict[int, str]] = {}

    def get(name: str) -> dict[int, str]:
        if name not in by_name:
            by_name[name] = outcomes(name, tmp_path_factory.mktemp(name), ZONES.get(name, "UTC"))
        return by_name[name]

    return get


ALL = [(name, number) for name in [*FILES, *ZONES] for number in range(len(cases(name)))]


@pytest.mark.parametrize("name, index", ALL, ids=[f"{name}:{index}" for name, index in ALL])
def test_the_recorded_request_gives_the_recorded_answer(replayed, request, name, index):
    reason = DIFFERENT.get(f"{name}:{index}")
    problem = replayed(name)[index]
    if reason:
        assert problem, f"no longer different: {reason}"
        pytest.xfail(reason)
    assert not problem, problem


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bookings_read", "bookings_write", "products", "categories", "slots"])
def test_the_recordings_replay_on_the_other_database(tmp_path, name):
    problems = outcomes(name, tmp_path, kind="postgres")
    wrong = {f"{name}:{index}": problem for index, problem in problems.items() if problem}
    assert set(wrong) == {key for key in DIFFERENT if key.startswith(f"{name}:")}, wrong
