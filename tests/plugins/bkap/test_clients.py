"""The official Python client against a real server over plain HTTP, unchanged (issue 4)."""

import pytest
from woocommerce import API

from core import app as host
from core import db
from core.config import load_config
from core.db import writing
from core.services import site
from tests.plugins.bkap.conftest import close_shop, product
from tests.servers import serving, write_config
from tests.stores import open_store


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Where the server is, and a key."""
    folder = tmp_path_factory.mktemp("client")
    url = open_store("sqlite", folder)
    path = write_config(folder, database={"url": url}, plugins={"enabled": ["bkap"]})
    config = load_config(path)
    manager = host.start(config, migrate=True)
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    with writing():
        manager.importers["bkap"].load({"products": [product(68), product(69)]}, site=site.current(), now=now)
    make = manager.credentials["bkap"].create
    pairs = [
        make(label="t", permissions=word, user=None, expires_at=None, now=now)[1] for word in ("read_write", "read")
    ]
    db.close_database()
    with serving(path, workers=1) as (name, port, _):
        yield f"http://{name}:{port}", pairs
    close_shop()


@pytest.fixture(params=["oauth", "query"])
def client(server, request):
    """Over plain HTTP the client signs; with a query pair it goes unsigned."""
    url, pairs = server
    pair = pairs[0]
    more = {"query_string_auth": True} if request.param == "query" else {}
    return API(
        url=url,
        consumer_key=pair["consumer_key"],
        consumer_secret=pair["consumer_secret"],
        wp_api=False,
        version="v3",
        timeout=20,
        **more,
    )


def test_a_booking_from_create_to_delete(client):
    body = {
        "product_id": 68,
        "price": 150,
        "start_date": "2021-09-24",
        "end_date": "2021-09-24",
        "quantity": 1,
    }
    created = client.post("bkap/bookings", body)
    assert created.status_code == 200, created.text
    number = created.json()["booking_id"]
    client.post("bkap/bookings", {**body, "product_id": 69})

    listed = client.get("bkap/bookings", params={"product_id": 68, "limit": 1})
    assert [one["booking_id"] for one in listed.json()["bookings"]] == [number]
    assert listed.headers["X-WC-Total"] == "1"
    assert client.put(f"bkap/bookings/{number}", {"status": "paid"}).json()["status"] == "paid"
    assert client.get("bkap/bookings", params={"status": "paid"}).json()["count"] == 1
    assert client.delete(f"bkap/bookings/{number}").json() == {"message": "Booking has been deleted"}
    assert client.get(f"bkap/bookings/{number}").status_code == 404


def test_products_and_availability(client):
    assert client.get("bkap/products/count").json() == {"count": 2}
    found = client.get("bkap/bookings/availability", params={"product_id": 68, "start_date": "2030-09-24"})
    assert found.json() == [[{"date": "2030-09-24", "availability": "Unlimited"}]]
    assert client.get("").json()["store"]["version"] == "3.1.0"


def test_a_wrong_secret_and_a_key_that_only_reads(server):
    url, pairs = server
    wrong = API(url=url, consumer_key=pairs[0]["consumer_key"], consumer_secret="cs_x", wp_api=False, version="v3")
    assert wrong.get("bkap/bookings").status_code == 401
    reader = API(
        url=url,
        consumer_key=pairs[1]["consumer_key"],
        consumer_secret=pairs[1]["consumer_secret"],
        wp_api=False,
        version="v3",
    )
    assert reader.get("bkap/bookings").status_code == 200
    assert reader.delete("bkap/bookings/1").status_code == 401
