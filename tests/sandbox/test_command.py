"""``frontdesk sandbox``: what it prints, how it ends, what it leaves, and what it refuses."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import cli
from core.sandbox.server import TemporaryStore
from frontdesk.testing.servers import serving, wait_for, write_config
from frontdesk_sandbox import SandboxError, process, start

pytestmark = pytest.mark.slow

WC = "/wp-json/wc-bookings/v1"


def run(*words: str, env: dict[str, str] | None = None, **options) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "core.cli", *words]
    return subprocess.run(
        line, capture_output=True, text=True, timeout=60, env={**os.environ, **(env or {})}, **options
    )


def folders(where: Path) -> list[Path]:
    return sorted(where.glob("frontdesk-*"))


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_the_ready_line_has_what_a_client_needs(server):
    ready = server.ready
    assert ready["control"] == f"{ready['url']}/_sandbox"
    assert set(ready["dialects"]) == {"bkap", "wc_bookings", "bookingpress", "bookablesites"}
    for fields in ready["dialects"].values():
        assert fields["prefixes"]
        assert "curl" in fields
    assert ready["dialects"]["wc_bookings"]["consumer_key"].startswith("ck_")
    assert ready["services"]["Meeting room"] == 1101


@pytest.mark.parametrize("dialect", ["bkap", "wc_bookings", "bookingpress", "bookablesites"])
def test_the_command_that_it_prints_books(fresh_server, dialect):
    done = subprocess.run(fresh_server.ready["dialects"][dialect]["curl"], shell=True, capture_output=True, timeout=30)
    assert done.returncode == 0
    fresh_server.journal.assert_called(
        "POST", "*booking*" if dialect != "bookingpress" else "*appointments", dialect=dialect
    )
    assert fresh_server.journal.calls("POST", dialect=dialect)[-1]["status"] in (200, 201), done.stdout


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A place of its own for what a sandbox makes."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_a_signal_and_leaves_nothing(temporary, number):
    child = process.launch(dialects=["bkap"])
    process.connect(child)
    assert folders(temporary)
    child.send_signal(number)
    assert child.wait(5) == 0
    assert folders(temporary) == []
    process.end(child)


def test_it_ends_with_its_parent(temporary):
    line = process.command_line(dialects=["bkap"])
    # The parent starts it, tells where it is, and is killed.
    text = "import subprocess,sys,time; p=subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", text, *line], stdout=subprocess.PIPE, text=True)
    lines = [parent.stdout.readline(), parent.stdout.readline()]
    child = int(next(line for line in lines if line.strip().isdigit()))
    ready = json.loads(next(line for line in lines if line.startswith("{")))
    assert get(ready["url"] + "/healthz")[0] == 200
    parent.kill()
    parent.wait()
    parent.stdout.close()

    def is_gone() -> bool:
        try:
            return Path(f"/proc/{child}/stat").read_text().split()[2] == "Z"
        except FileNotFoundError:
            return True

    wait_for(is_gone, 10)
    assert folders(temporary) == []


def test_what_a_killed_one_left_goes_with_the_next(temporary):
    child = process.launch(dialects=["bkap"])
    process.connect(child)
    (left,) = folders(temporary)
    child.kill()
    child.wait()
    assert left.exists()
    with start(dialects=["bkap"]) as other:
        # One that runs keeps its folder.
        TemporaryStore().remove()
        assert get(other.url + "/healthz")[0] == 200
        assert left not in folders(temporary)
        assert len(folders(temporary)) == 1
    process.end(child)


def test_a_store_that_is_named_stays_and_goes_on(tmp_path):
    store = tmp_path / "fresh_server.db"
    words = ["sandbox", "--json", "--dialect", "wc_bookings", "--store", str(store)]
    for _ in range(2):
        child = subprocess.Popen([sys.executable, "-m", "core.cli", *words], stdout=subprocess.PIPE, text=True)
        ready = json.loads(child.stdout.readline())
        assert ready["services"]["Meeting room"] == 1101
        child.terminate()
        child.wait(5)
        child.stdout.close()
    assert store.exists()


REFUSED = {
    "a configuration": (["--config", "x.toml", "sandbox"], "takes no --config"),
    "an unknown dialect": (["sandbox", "--dialect", "bkapp"], "did you mean 'bkap'?"),
    "an unknown seed": (["sandbox", "--seed", "none.json"], "none.json: cannot be read"),
    "an address": (["sandbox", "--bind", "8000"], "--bind must be HOST:PORT"),
    "a socket file": (["sandbox", "--bind", "unix:x"], "--bind must be HOST:PORT"),
    "a time without a zone": (["sandbox", "--now", "2026-03-02T10:00:00"], "--now needs a zone"),
    "a time": (["sandbox", "--now", "tomorrow"], "--now must be an instant"),
    "a zone": (["sandbox", "--timezone", "Europe/Berln"], "did you mean 'Europe/Berlin'?"),
}


@pytest.fixture
def invoke(monkeypatch, tmp_path):
    """Run the command in this process; ``serve`` only announces and cleans up."""
    monkeypatch.setattr("core.cli.sandbox.hurry", lambda: None)
    monkeypatch.setattr("core.logs.configure", lambda level="info": None)
    monkeypatch.setattr("gc.freeze", lambda: None)

    def serve(app, config, listener, *, announce, clean_up):
        announce()
        clean_up()
        listener.close()

    monkeypatch.setattr("core.sandbox.server.serve", serve)
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(cli, [*map(str, words)])


@pytest.mark.parametrize(("words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_it_refuses_is_one_sentence(invoke, words, sentence):
    done = invoke(*words)
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_people_are_told_where_it_serves(invoke, temporary):
    done = invoke("sandbox", "--dialect", "bkap", "--now", "2026-03-02T10:00:00Z", "--timezone", "Europe/Berlin")
    assert done.exit_code == 0, done.stderr
    assert "its control API at http://127.0.0.1:" in done.stdout
    assert "2026-03-10" in done.stdout
    assert folders(temporary) == []


SEEDS = {
    "one dialect's document": (["bkap"], '{"products": []}', ""),
    "documents by dialect": (["bkap", "wc_bookings"], '{"bkap": {"products": []}}', ""),
    "no JSON": (["bkap"], "{", "is not valid JSON"),
    "an unknown dialect": (
        ["bkap", "wc_bookings"],
        '{"bkapp": {}}',
        "no dialect is called 'bkapp'; did you mean 'bkap'?",
    ),
    "a mistake": (["bkap"], '{"bkap": {"prodcts": []}}', "the seed of bkap is refused"),
    "a list": (["bkap", "wc_bookings"], "[]", "no dialect is called"),
}


@pytest.mark.parametrize(("dialects", "content", "sentence"), SEEDS.values(), ids=SEEDS)
def test_seeds_are_read_or_refused_in_one_sentence(invoke, tmp_path, dialects, content, sentence):
    seed = tmp_path / "seed.json"
    seed.write_text(content)
    words = [word for dialect in dialects for word in ("--dialect", dialect)]
    done = invoke("sandbox", "--json", "--seed", seed, "--store", tmp_path / "s.db", *words)
    if sentence:
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
        assert sentence in done.stderr
    else:
        assert json.loads(done.stdout)["seed"] == str(seed)


def test_an_address_that_others_reach_is_warned_of():
    line = process.command_line(dialects=["bkap"], bind="0.0.0.0:0")
    child = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ready = json.loads(child.stdout.readline())
    assert ready["url"].startswith("http://127.0.0.1:")
    child.terminate()
    _, warning = child.communicate(timeout=10)
    assert "can use the control API, which asks for no key" in warning


def test_a_port_that_is_taken_is_one_sentence(server):
    done = run("sandbox", "--bind", server.url.removeprefix("http://"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot listen" in done.stderr


def test_a_seed_of_one_dialect_may_be_its_plain_document(tmp_path):
    seed = tmp_path / "shop.json"
    seed.write_text('{"products": [{"id": 5, "name": "Kayak", "type": "booking"}]}')
    with start(dialects=["wc_bookings"], seed=seed) as sandbox:
        assert sandbox.services == {"Kayak": 5}


def test_a_dump_is_a_seed(fresh_server, tmp_path):
    seed = tmp_path / "all.json"
    seed.write_text(json.dumps(fresh_server.dump()))
    with start(seed=seed) as other:
        assert set(other.services) == set(fresh_server.services)


def test_a_seed_with_a_mistake_is_one_sentence(tmp_path):
    seed = tmp_path / "shop.json"
    seed.write_text('{"wc_bookings": {"prodcts": []}}')
    with pytest.raises(SandboxError, match="did you mean 'products'"), start(seed=seed):
        raise AssertionError


def test_an_empty_seed_has_keys_and_nothing_else():
    with start(seed="empty", dialects=["bkap"]) as sandbox:
        assert sandbox.services == {}
        assert sandbox.settings("bkap").secret


# -- nothing of this on a normal server -------------------------------------------------------------------------------


def test_a_store_with_data_of_a_server_is_refused(tmp_path):
    config = write_config(
        tmp_path, database={"url": f"sqlite:///{tmp_path}/shop.db"}, plugins={"enabled": ["wc_bookings"]}
    )
    assert run("--config", str(config), "keys", "create", "wc_bookings").returncode == 0
    before = (tmp_path / "shop.db").read_bytes()

    done = run("sandbox", "--store", str(tmp_path / "shop.db"), "--dialect", "wc_bookings")

    assert done.returncode == 1
    assert "is no sandbox's" in done.stderr
    with sqlite3.connect(tmp_path / "shop.db") as store:
        assert store.execute("SELECT COUNT(*) FROM credential").fetchone() == (1,)
    assert before


def test_the_environment_of_a_server_does_not_lead_a_sandbox_to_its_store(tmp_path):
    store = tmp_path / "shop.db"
    child = subprocess.Popen(
        [sys.executable, "-m", "core.cli", "sandbox", "--json", "--dialect", "bkap"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "FRONTDESK__DATABASE__URL": f"sqlite:///{store}"},
    )
    assert json.loads(child.stdout.readline())["url"]
    child.terminate()
    child.wait(5)
    child.stdout.close()
    assert not store.exists()


@pytest.mark.parametrize("key", ["control", "faults", "strict", "seed"])
def test_a_server_with_settings_of_the_sandbox_does_not_start(tmp_path, key):
    config = write_config(tmp_path, sandbox={key: True}, plugins={"enabled": ["bkap"]})
    done = run("--config", str(config), "serve")
    assert done.returncode == 1
    assert f"sandbox.{key}: is for the command frontdesk sandbox" in done.stderr


def test_a_server_does_not_serve_the_store_of_a_sandbox(tmp_path):
    store = tmp_path / "fresh_server.db"
    child = subprocess.Popen(
        [sys.executable, "-m", "core.cli", "sandbox", "--json", "--dialect", "bkap", "--store", str(store)],
        stdout=subprocess.PIPE,
        text=True,
    )
    child.stdout.readline()
    child.terminate()
    child.wait(5)
    child.stdout.close()
    config = write_config(tmp_path, database={"url": f"sqlite:///{store}"}, plugins={"enabled": ["bkap"]})
    done = run("--config", str(config), "serve", "--bind", "127.0.0.1:0")
    assert done.returncode == 1
    assert "is a sandbox's" in done.stderr


def test_a_normal_server_has_no_control_api(tmp_path):
    config = write_config(
        tmp_path, plugins={"enabled": ["bkap", "wc_bookings"]}, sandbox={"now": "2026-03-02T10:00:00Z"}
    )
    with serving(config, workers=1) as (host, port, _):
        for path in ("", "/", "/clock", "/reset", "/journal", "/faults", "/dump"):
            for method in ("GET", "POST", "PUT", "DELETE"):
                request = urllib.request.Request(f"http://{host}:{port}/_sandbox{path}", method=method)
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(request)
                refused.value.close()
                assert refused.value.code == 404, (method, path)


def test_a_normal_server_loads_nothing_of_the_sandbox():
    text = "import core.gunicorn_engine, core.app, core.worker, sys; print([n for n in sys.modules if 'sandbox' in n])"
    assert run("--version").returncode == 0
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
