"""The official clients, unchanged, against a real server over plain HTTP."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from woocommerce import API

from plugins.wc_bookings import demo
from tests.servers import command, environment, serving, write_config

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The server's URL and a full and a read-only key."""
    folder = tmp_path_factory.mktemp("clients")
    config = write_config(
        folder,
        database={"url": f"sqlite:///{folder / 'store.db'}"},
        server={"access_log": False},
        plugins={"enabled": ["wc_bookings"]},
    )
    document = folder / "demo.json"
    document.write_text(json.dumps(demo.DOCUMENT))

    def run(*words: str) -> str:
        done = subprocess.run(
            command("--config", str(config), *words),
            capture_output=True,
            text=True,
            env=environment(),
            cwd=folder,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("import", "wc_bookings", str(document))
    full = json.loads(run("keys", "create", "wc_bookings", "--json"))
    reader = json.loads(run("keys", "create", "wc_bookings", "--permissions", "read", "--json"))
    with serving(config) as (host, port, _):
        yield f"http://{host}:{port}", full, reader


def api(site, *, secret: str | None = None, reader: bool = False) -> API:
    url, full, read_only = site
    key = read_only if reader else full
    return API(
        url=url,
        consumer_key=key["consumer_key"],
        consumer_secret=secret or key["consumer_secret"],
        wp_api=True,
        version="wc-bookings/v1",
        timeout=30,
    )


def stamp(hour: int) -> int:
    return int((demo.weekday_start(datetime.now(UTC), hour) - datetime(1970, 1, 1)).total_seconds())


def test_the_python_client_does_everything(site):
    client = api(site)
    made = client.post("bookings", {"product_id": 1101, "start": stamp(9), "end": stamp(11), "status": "confirmed"})
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    assert client.get(f"bookings/{number}").json()["start"] == stamp(9)
    assert client.put(f"bookings/{number}", {"status": "paid"}).json()["status"] == "paid"
    product = client.post("products", {"name": "Hall", "duration_unit": "day", "block_cost": 80}).json()
    assert client.put(f"products/{product['id']}", {"qty": 2}).json()["qty"] == 2
    batch = client.post("bookings/batch", {"update": [{"id": number, "note": "x"}], "delete": [number]}).json()
    assert [len(batch["update"]), len(batch["delete"])] == [1, 1]
    assert client.delete(f"products/{product['id']}", params={"force": True}).status_code == 200
    slots = client.get("products/slots", params={"product_ids": "1101", "min_date": "tomorrow", "max_date": "+8 days"})
    assert slots.json()["count"] > 0


def test_the_python_client_walks_pages_by_link(site):
    client = api(site)
    made = [
        client.post(
            "bookings", {"product_id": 1102, "start": stamp(hour), "end": stamp(hour + 2), "persons": {"1103": 1}}
        )
        for hour in (10, 12, 14, 16)
    ]
    assert {one.status_code for one in made} == {201}
    seen, page = [], client.get("bookings", params={"per_page": 3, "product": "1102", "orderby": "id", "order": "asc"})
    while True:
        seen += [one["id"] for one in page.json()]
        if "next" not in page.links:
            break
        # The link carries the signature of its own request; a client signs the page anew.
        number = page.links["next"]["url"].rpartition("page=")[2].split("&")[0]
        page = client.get(
            "bookings", params={"per_page": 3, "product": "1102", "orderby": "id", "order": "asc", "page": number}
        )
    assert seen == [one.json()["id"] for one in made]


def test_a_wrong_secret_and_a_read_only_key(site):
    wrong = api(site, secret="cs_wrong").get("bookings")
    assert (wrong.status_code, wrong.json()["message"]) == (
        401,
        "Invalid signature - provided signature does not match.",
    )
    assert api(site, reader=True).get("bookings").status_code == 200
    refused = api(site, reader=True).post("bookings", {})
    assert refused.status_code == 401
    assert refused.json()["message"] == "The API key provided does not have write permissions."


def test_basic_and_query_keys_over_plain_http(site):
    url, full, _ = site
    pair = (full["consumer_key"], full["consumer_secret"])
    base = f"{url}/wp-json/wc-bookings/v1/bookings"
    assert requests.get(base, auth=pair, timeout=30).status_code == 200
    assert (
        requests.get(base, params={"consumer_key": pair[0], "consumer_secret": pair[1]}, timeout=30).status_code == 200
    )
    wrong = requests.get(base, auth=(pair[0], "cs_wrong"), timeout=30)
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Consumer secret is invalid.")


def test_the_printed_command_books(site):
    url, full, _ = site
    line = demo.curl(url, full, 1101, now=datetime.now(UTC))
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True, env=os.environ)
    assert json.loads(done.stdout)["product_id"] == 1101, done.stdout


@pytest.mark.slow
def test_the_javascript_client_does_everything(site, tmp_path):
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node is not there")
    install = subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "@woocommerce/woocommerce-rest-api@1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    if install.returncode:
        pytest.skip(f"the package cannot be installed here: {install.stderr[-300:]}")
    script = tmp_path / "client.cjs"
    shutil.copy(HERE / "client.cjs", script)
    url, full, reader = site
    facts = {"url": url, "full": full, "reader": reader, "start": stamp(18), "product": 1101}
    done = subprocess.run(
        ["node", str(script), json.dumps(facts)], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {
        "created": 201,
        "read": facts["start"],
        "updated": "paid",
        "batch": 1,
        "next": True,
        "slots": True,
        "wrong": 401,
        "reader": 401,
        "deleted": 200,
    }
