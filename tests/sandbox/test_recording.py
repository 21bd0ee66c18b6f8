"""Recording a site, replaying the recording, comparing two sites, and reading one out; the site is a second frontdesk."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from core.cli import cli
from core.recording.cases import Comparison, read_case_files
from core.recording.comparison import Answer, Pairs, compare, count_kinds
from core.recording.personal import hide_people
from core.recording.proxy import open_proxy
from core.recording.replay import replay
from core.recording.upstream import is_write
from frontdesk.testing.servers import wait_for
from frontdesk_sandbox import start
from tests.plugins.wc_bookings.test_golden import DIFFERENT
from tests.sandbox.clients import CLIENTS, TEN
from tests.sandbox.conftest import NOW

pytestmark = pytest.mark.slow

PLUGINS = Path(__file__).parent.parent / "plugins"
RECORDED = PLUGINS / "wc_bookings" / "recorded"
WC = "/wp-json/wc-bookings/v1"


@dataclass
class Done:
    """What a command printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Commands set up the logging of their process; these run in that of the tests."""
    monkeypatch.setattr("core.logs.configure", lambda level="info": None)


def frontdesk(*words: object) -> Done:
    outcome = CliRunner().invoke(cli, [*map(str, words)])
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return Done(outcome.exit_code, outcome.stdout, outcome.stderr)


@contextmanager
def running(*words: object) -> Iterator[dict]:
    """A proxy; yields its ready line, and adds what it said at its end."""
    opened, said, ready = queue.Queue(), [], {}

    def open_and_tell(bind, exchange):
        server = open_proxy(bind, exchange)
        opened.put(server)
        return server

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.recording.proxy.open_proxy", open_and_tell)
        patch.setattr("core.cli.recording.print_result", lambda value, *_: ready.update(value))
        patch.setattr("click.echo", lambda text, **_: said.append(text))
        command = [*map(str, words)]
        thread = threading.Thread(target=lambda: cli.main(command, standalone_mode=False))
        thread.start()
        server = opened.get(timeout=20)
        wait_for(lambda: ready)
        try:
            yield ready
        finally:
            server.shutdown()
            thread.join(20)
            ready["end"] = "\n".join(said)


def in_a_process(*words: object, **options) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "core.cli", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, timeout=170, **options)


# -- the project's own recordings -------------------------------------------------------------------------------------


def test_the_recordings_of_the_real_site_get_the_verdicts_of_the_projects_tests():
    done = frontdesk("diff", RECORDED, "--json")
    summary = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout[:3000]
    assert summary["cases"] == 543
    assert {entry["case"] for entry in summary["different"]} == set(DIFFERENT)
    assert all(entry["expected"] for entry in summary["different"])


def test_the_documented_samples_are_the_same():
    plan = Path(__file__).parent / "plans" / "bkap_golden.json"
    done = frontdesk("diff", PLUGINS / "bkap" / "golden", "--plan", plan)
    assert done.returncode == 0, done.stdout[:3000]
    assert done.stdout.strip() == "28 cases, 28 the same, 0 different"


def test_a_changed_recording_is_found_out(tmp_path):
    """A wrong number, status, type, key and order are five kinds of difference."""
    document = json.loads((RECORDED / "bookings_read.json").read_text())
    cases = document["cases"][:8]
    lists = [case for case in cases if isinstance(case["response"].get("body"), list) and case["response"]["body"]]
    body = lists[0]["response"]["body"]
    body[0]["id"] += 1
    body[1]["cost"] = 5
    del body[2]["status"]
    body[3]["colour"] = "red"
    body[4] = dict(reversed(body[4].items()))
    lists[1]["response"]["status"] = 418
    (tmp_path / "bookings_read.json").write_text(json.dumps({"cases": cases}))
    (tmp_path / "replay.json").write_text((RECORDED / "replay.json").read_text())
    (tmp_path / "state.json").write_text((RECORDED / "state.json").read_text())

    done = frontdesk("diff", tmp_path / "bookings_read.json", "--json")

    summary = json.loads(done.stdout)
    assert done.returncode == 1
    assert summary["unexpected"] == 2
    assert {"status", "value", "type", "extra", "missing", "order"} <= set(summary["kinds"])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{}", "is no case file"),
        ("{", "is not valid JSON"),
        ('{"cases": [{"request": {"method": "GET", "url": "/"}, "response": {"status": 200}}]}', "--dialect"),
        ('{"plan": {"dialct": "x"}, "cases": [{"request": {}, "response": {}}]}', "unknown field"),
        (
            '{"plan": {"dialect": "bkap"}, "cases": [{"request": {"method": "GET", "url": "/", "auth": "me"},'
            ' "response": {"status": 200}}]}',
            "which neither plan nor state has",
        ),
    ],
)
def test_what_is_no_case_file_is_one_sentence(tmp_path, content, sentence):
    file = tmp_path / "cases.json"
    file.write_text(content)
    done = frontdesk("diff", file)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


# -- a round trip -----------------------------------------------------------------------------------------------------


def exercise(dialect: str, sandbox, url: str) -> None:
    """Call a site through a proxy: read, book twice, be refused."""

    class Aimed:
        """The sandbox's keys at another address."""

        def settings(self, name):
            settings = sandbox.settings(name)
            return type(settings)(name, url, settings.prefixes, settings.fields, send)

    def send(method, path, body):
        reply = requests.request(method, url + path, data=body, headers={"Content-Type": "application/json"}, timeout=5)
        return reply.status_code, reply.json()

    client = CLIENTS[dialect](Aimed())
    if dialect in ("bkap", "wc_bookings"):
        # A signature holds for one address; through a proxy a client signs in with its pair.
        client.api.is_ssl = True
    client.list()
    client.book()
    client.book()
    client.list()
    requests.get(f"{url}{client.path}", timeout=5)
    requests.get(f"{url}{client.path}/999999", timeout=5)


@pytest.mark.parametrize("dialect", CLIENTS)
def test_a_recording_of_a_second_frontdesk_replays_without_a_difference(tmp_path, dialect):
    cases, state = tmp_path / "cases.json", tmp_path / "state.json"
    with start(dialects=[dialect], now=NOW, strict=False) as site:
        state.write_text(json.dumps(site.dump(dialect)[dialect]))
        words = ["--upstream", site.url, "--dialect", dialect, "--state", state, "--now", NOW, "--allow-writes"]
        with running("record", cases, *words) as ready:
            exercise(dialect, site, ready["url"])
        settings = site.settings(dialect)
    text = cases.read_text()
    for secret in settings.fields.values():
        assert secret not in text
    assert "ada@example.com" not in text
    assert "mira@example.org" not in text
    (file,) = read_case_files([cases])
    assert len(file.cases) >= 6
    assert {case["response"]["status"] for case in file.cases} - {200, 201}
    document = json.loads(text)
    # The second site is the lenient one that was recorded.
    document["plan"]["strict"] = False
    cases.write_text(json.dumps(document))

    done = frontdesk("diff", cases)

    assert done.returncode == 0, done.stdout
    assert ", 0 different" in done.stdout


def test_a_site_is_only_read_unless_told_otherwise(tmp_path):
    with start(dialects=["wc_bookings"], now=NOW) as site:
        login = (site.settings("wc_bookings").key, site.settings("wc_bookings").secret)
        words = ["--upstream", site.url, "--dialect", "wc_bookings"]
        with running("record", tmp_path / "cases.json", *words) as ready:
            url = f"{ready['url']}{WC}/bookings"
            body = {"product_id": 1101, "start": TEN, "end": TEN + 3600, "status": "paid"}
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                refused = requests.request(method, url, json=body, auth=login, timeout=5)
                assert refused.status_code == 403
                assert "--allow-writes" in refused.json()["error"]
            assert requests.get(url, auth=login, timeout=5).json() == []
        site.journal.assert_called("GET", times=1)
        site.journal.assert_called(times=1)
    assert ready["end"].endswith(": 1 cases")
    assert (tmp_path / "cases.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("GET", "/x", False),
        ("HEAD", "/x", False),
        ("POST", "/x", True),
        ("DELETE", "/x/token", True),
        ("POST", "/auth/token?x=1", False),
        ("POST", "/tokens", True),
    ],
)
def test_what_changes_a_site(method, url, expected):
    assert is_write(method, url) is expected


def test_a_recorder_ends_at_ctrl_c_with_its_file_written(tmp_path, fresh_server):
    """As users run it, in a process of its own; and the replay too."""
    cases, state = tmp_path / "cases.json", tmp_path / "state.json"
    state.write_text(json.dumps(fresh_server.dump("wc_bookings")["wc_bookings"]))
    words = [
        "record",
        cases,
        "--upstream",
        fresh_server.url,
        "--dialect",
        "wc_bookings",
        "--state",
        state,
        "--now",
        NOW,
    ]
    line = [sys.executable, "-m", "core.cli", *map(str, words), "--json"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = json.loads(process.stdout.readline())["url"]
    for _ in range(3):
        assert requests.get(f"{url}{WC}/products/slots?product_ids=1101", timeout=5).status_code == 200
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert said.strip() == f"{cases}: 3 cases"
    assert process.returncode == 0
    document = json.loads(cases.read_text())
    document["plan"]["strict"] = False
    cases.write_text(json.dumps(document))
    done = in_a_process("diff", cases)
    assert done.stdout.strip() == "3 cases, 3 the same, 0 different"


def test_a_proxy_refuses_what_it_cannot_bound(tmp_path, fresh_server):
    with running("record", tmp_path / "c.json", "--upstream", fresh_server.url, "--dialect", "wc_bookings") as ready:
        url = f"{ready['url']}{WC}/bookings"
        assert requests.post(url, data=iter([b"x"]), timeout=5).status_code == 411
        headers = {"Content-Length": str(10**9)}
        with pytest.raises(requests.RequestException):
            requests.post(url, headers=headers, data=b"x", timeout=1).raise_for_status()
        assert requests.options(url, timeout=5).status_code == 200
        assert requests.head(url, timeout=5).content == b""


def test_a_proxy_without_comparing_asks_one_site(fresh_server):
    words = ["--upstream", fresh_server.url, "--other", "http://127.0.0.1:1", "--dialect", "wc_bookings"]
    with running("proxy", *words) as ready:
        url = f"{ready['url']}{WC}"
        assert requests.get(f"{url}/products/slots?product_ids=1101", timeout=5).status_code == 200
        assert requests.post(f"{url}/bookings", json={}, timeout=5).status_code == 403
    assert ready["end"] == "0 compared, 0 different, 0 written"


def test_the_other_site_may_be_away(tmp_path, fresh_server):
    log = tmp_path / "log.jsonl"
    words = ["--upstream", fresh_server.url, "--other", "http://127.0.0.1:1", "--dialect", "wc_bookings"]
    with running("proxy", *words, "--compare", "--log", log) as ready:
        url = f"{ready['url']}{WC}/products/slots?product_ids=1101"
        assert requests.get(url, timeout=5).status_code == 200
    assert "does not answer" in log.read_text()


def test_a_site_that_does_not_answer_is_502(tmp_path):
    words = ["--upstream", "http://127.0.0.1:1", "--dialect", "wc_bookings"]
    with running("record", tmp_path / "cases.json", *words) as ready:
        reply = requests.get(f"{ready['url']}{WC}/bookings", timeout=5)
    assert reply.status_code == 502
    assert "does not answer" in reply.json()["error"]


# -- two sites --------------------------------------------------------------------------------------------------------


def test_a_proxy_answers_from_one_site_and_compares_with_the_other(tmp_path):
    log, key_file, other_key = tmp_path / "log.jsonl", tmp_path / "key.json", tmp_path / "other.json"
    with start(dialects=["wc_bookings"], now=NOW) as old, start(dialects=["wc_bookings"], now=NOW) as new:
        for site, file in ((old, key_file), (new, other_key)):
            file.write_text(json.dumps(dict(site.settings("wc_bookings").fields)))
        words = ["--upstream", old.url, "--other", new.url, "--dialect", "wc_bookings", "--compare", "--log", log]
        words += ["--key-file", key_file, "--other-key-file", other_key, "--allow-writes"]
        with running("proxy", *words) as ready:
            url = f"{ready['url']}{WC}"
            login = ("ck_any", "cs_any")
            slots = requests.get(f"{url}/products/slots?product_ids=1101", timeout=5)
            assert requests.get(f"{url}/bookings", auth=login, timeout=5).json() == []
            assert not log.exists()
            body = {"product_id": 1101, "start": TEN, "end": TEN + 3600, "status": "paid"}
            assert requests.post(f"{url}/bookings", json=body, auth=login, timeout=5).status_code == 201
            listed = requests.get(f"{url}/bookings", auth=login, timeout=5)
        # What changes something went to the answering site alone.
        old.journal.assert_called("POST", times=1)
        new.journal.assert_called("POST", times=0)
        new.journal.assert_called("GET", times=3)
    assert slots.status_code == 200
    assert len(listed.json()) == 1
    (line,) = log.read_text().splitlines()
    entry = json.loads(line)
    assert entry["path"] == f"{WC}/bookings"
    assert any("missing [0]" in difference for difference in entry["differences"])
    assert ready["end"].strip() == "3 compared, 1 different, 1 written"


# -- reading a site out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["wc_bookings", "bkap"])
def test_a_site_that_was_read_out_can_be_served(tmp_path, dialect):
    """The same lists, slots and prices come from the copy as from the site."""
    file, key_file = tmp_path / "shop.json", tmp_path / "key.json"
    with start(now=NOW) as site:
        client = CLIENTS[dialect](site)
        assert client.book().status_code in (200, 201)
        key_file.write_text(json.dumps(dict(site.settings(dialect).fields)))
        done = frontdesk("pull", file, "--upstream", site.url, "--dialect", dialect, "--key-file", key_file, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["products"] >= 1
        site.journal.assert_called("POST", times=1)
        original = answers(dialect, client, site.url)
        if dialect == "bkap":
            # That API does not tell how many places a night has: whoever reads the document adds them.
            document = json.loads(file.read_text())
            document["products"] = [{**one, **PLACES} for one in document["products"] if one["id"] == 1201]
            file.write_text(json.dumps(document))
        with start(dialects=[dialect], seed=file, now=NOW) as copy:
            copied = answers(dialect, CLIENTS[dialect](copy), copy.url)
    assert copied == original


PLACES = {"_bkap_date_lockout": 3, "_bkap_all_data_unavailable": ""}


def answers(dialect: str, client, url: str) -> list:
    """What a client sees, without addresses and without the moments of writing."""
    if dialect == "wc_bookings":
        slots = "products/slots?product_ids=1101,1102&min_date=2026-03-10&max_date=2026-03-13"
        replies = [client.api.get(path) for path in ("bookings", "products/categories", slots)]
    else:
        query = {"product_id": 1201, "start_date": "2026-03-09", "end_date": "2026-03-14"}
        replies = [client.list(), client.api.get("bkap/bookings/availability", params=query)]
    assert [reply.status_code for reply in replies] == [200] * len(replies)
    return [json.loads(reply.text.replace(url.replace("/", "\\/"), "").replace(url, "")) for reply in replies]


def test_a_site_that_refuses_the_key_is_one_sentence(tmp_path, server):
    key_file = tmp_path / "key.json"
    key_file.write_text('{"consumer_key": "ck_x", "consumer_secret": "cs_x"}')
    words = ["--upstream", server.url, "--dialect", "bkap", "--key-file", key_file]
    done = frontdesk("pull", tmp_path / "shop.json", *words)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "answers 401" in done.stderr
    assert not (tmp_path / "shop.json").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--upstream", "shop.example", "--dialect", "bkap"], "must be an address"),
        (["--upstream", "http://127.0.0.1:1", "--dialect", "bkapp"], "did you mean 'bkap'"),
        (["--upstream", "http://127.0.0.1:1", "--dialect", "bookingpress"], "cannot be read out"),
        (["--upstream", "http://127.0.0.1:1", "--dialect", "bkap"], "does not answer"),
        (["--upstream", "http://x.test", "--dialect", "bkap", "--key-file", "none.json"], "none.json: cannot be read"),
    ],
)
def test_what_pull_refuses_is_one_sentence(tmp_path, words, sentence):
    done = frontdesk("pull", tmp_path / "shop.json", *words)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert sentence in done.stderr


# -- comparing --------------------------------------------------------------------------------------------------------

RULES = Comparison(headers=("location",), ignore=("now",), by_presence=("related",), by_kind=("code",))


def kinds(recorded, other, *, known=(), headers=({}, {}), status=(200, 200)) -> dict[str, int]:
    one, two = Answer(status[0], headers[0], recorded), Answer(status[1], headers[1], other)
    return count_kinds(compare(one, two, RULES, Pairs(frozenset(known))))


@pytest.mark.parametrize(
    ("recorded", "other", "expected"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"value": 1}),
        ({"a": 1}, {"a": "1"}, {"type": 1}),
        ({"a": True}, {"a": 1}, {"type": 1}),
        ({"a": 1.0}, {"a": 1}, {}),
        ({"a": None}, {"a": ""}, {"type": 1}),
        ({"a": 1}, {}, {"missing": 1}),
        ({}, {"a": 1}, {"extra": 1}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"order": 1}),
        ([1, 2], [1], {"missing": 1}),
        ([1], [1, 2], {"extra": 1}),
        ([1, 2], [2, 1], {"value": 2}),
        ({"now": 1}, {"now": "x"}, {}),
        ({"now": 1}, {}, {}),
        ({"related": [1, 2]}, {"related": [9]}, {}),
        ({"related": [1, 2]}, {"related": []}, {"value": 1}),
        ({"code": "ab-12"}, {"code": "cd-34"}, {}),
        ({"code": "ab-12"}, {"code": "34"}, {"type": 1}),
        ({"id": 300}, {"id": 301}, {}),
        ([{"id": 300}, {"id": 300}], [{"id": 301}, {"id": 302}], {"value": 1}),
        ([{"id": 300}, {"id": 301}], [{"id": 5}, {"id": 5}], {"value": 1}),
        ({"id": 7}, {"id": 8}, {"value": 1}),
        ({"booking_id": "300"}, {"booking_id": "301"}, {}),
        ({"url": "https://x/b/300?p=1"}, {"url": "https://x/b/301?p=1"}, {}),
        ({"url": "https://x/b/300?p=1"}, {"url": "https://x/c/301?p=1"}, {"value": 1}),
        ({"id": 300, "url": "/b/300"}, {"id": 301, "url": "/b/302"}, {"value": 1}),
        ("text", "text", {}),
        ("text", {"a": 1}, {"type": 1}),
    ],
    ids=str,
)
def test_differences_by_kind(recorded, other, expected):
    assert kinds(recorded, other, known=(7, 8)) == expected


def test_status_headers_and_crashes():
    assert kinds({}, {}, status=(200, 404)) == {"status": 1}
    assert kinds({}, {}, headers=({"location": "/b/300"}, {"location": "/b/301"})) == {}
    assert kinds({}, {}, headers=({"location": "/b/300"}, {})) == {"header": 1}
    assert kinds({}, {}, headers=({"x-other": "1"}, {})) == {}
    # Where the recorded site crashed, everything but a crash is right.
    assert kinds("", {"a": 1}, status=(500, 200)) == {}
    assert kinds("", {"a": 1}, status=(500, 503)) == {"status": 1}


def test_people_become_invented_ones():
    value = {
        "email": "ada@shop.example",
        "first_name": "Ada",
        "billing_phone": "+44 20 7946 0000",
        "note": "call ada@shop.example",
        "name": "Yoga class",
        "people": [{"customer_email": "ada@shop.example"}],
        "count": 3,
    }
    hidden = hide_people(value)
    assert hidden["email"] == hidden["people"][0]["customer_email"]
    assert hidden["email"].endswith("@example.org")
    assert hidden["name"] == "Yoga class"
    assert "Ada" not in json.dumps(hidden)
    assert "shop.example" not in json.dumps(hidden)
    assert "7946" not in json.dumps(hidden)
    # Hiding twice changes nothing, so a replay of the invented people compares equal.
    assert hide_people(hidden) == hidden


def test_a_replay_leaves_the_process_as_it_was(tmp_path):
    files = read_case_files([RECORDED / "resources.json"])
    first, second = replay(files[0]), replay(files[0])
    assert [verdict.differences for verdict in first] == [verdict.differences for verdict in second]
