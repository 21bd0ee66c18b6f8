"""Official client libraries against a real server over plain HTTP, unchanged (issues 3 and 4)."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest

from frontdesk.testing.servers import command, environment, free_port, serving, write_config
from tests.clients.libraries import Login, missing, node_legacy, node_rest, python

pytestmark = pytest.mark.slow

BKAP, BOOKINGS = "bkap", "wc-bookings/v1"
WAYS = ("oauth", "basic", "query")
# Tests of one server share its products; each takes days of its own.
DAYS = count(1)


def node(library):
    return pytest.param(library, id=library.__name__)


def offer(config, name, document):
    source = config.parent / f"{name}.json"
    source.write_text(json.dumps(document))
    subprocess.run(
        command("--config", str(config), "import", name, str(source)),
        env=environment(),
        check=True,
        capture_output=True,
    )


def new_key(config, name, *more):
    made = subprocess.run(
        command("--config", str(config), "keys", "create", name, "--json", *more),
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    fields = json.loads(made.stdout)
    return fields["consumer_key"], fields["consumer_secret"]


EVERY_DAY = {f"booking_weekday_{number}": "on" for number in range(7)}
DESKS = {
    "products": [
        {
            "id": number,
            "title": f"Desk {number}",
            "price": "100",
            "_bkap_booking_type": "only_day",
            "booking_recurring": EVERY_DAY,
            "booking_recurring_lockout": dict.fromkeys(EVERY_DAY, 4),
        }
        for number in (68, 69)
    ]
}
ROOM = {
    "products": [
        {
            "id": 901,
            "type": "booking",
            "name": "Room",
            "status": "publish",
            "availability": [{"type": "time", "bookable": "yes", "priority": 10, "from": "08:00", "to": "20:00"}],
            "duration_type": "customer",
            "duration_unit": "hour",
            "min_duration": 1,
            "max_duration": 8,
            "block_cost": "20",
        }
    ]
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Where the server is, and pairs by path: one for all, one that only reads."""
    folder = tmp_path_factory.mktemp("official")
    port = free_port()
    config = write_config(
        folder,
        database={"url": f"sqlite:///{folder}/c.db", "durability": "normal"},
        site={"url": f"http://127.0.0.1:{port}"},
        plugins={"enabled": ["bkap", "wc_bookings"]},
    )
    offer(config, "bkap", DESKS)
    offer(config, "wc_bookings", ROOM)
    pairs = {
        path: (new_key(config, name), new_key(config, name, "--permissions", "read"))
        for path, name in ((BKAP, "bkap"), (BOOKINGS, "wc_bookings"))
    }
    with serving(config, workers=1, port=port) as (host, port, _):
        yield SimpleNamespace(url=f"http://{host}:{port}", pairs=pairs)


@pytest.fixture
def connect(server, library, way):
    """Open the library under test on a path, with the key for all or what is given."""
    if library is not python and (reason := missing()):
        pytest.skip(reason)

    def opened(path, pair=None):
        key, secret = pair or server.pairs[path][0]
        return library(Login(server.url, path, key, secret, way))

    return opened


def linked(reply, relation):
    """The parameters of a paging link that are not the signature's, and not the key's."""
    for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', reply.headers.get("link", "")):
        if rel == relation:
            query = parse_qsl(urlsplit(url).query)
            return {name: value for name, value in query if not name.startswith(("oauth_", "consumer_"))}
    return None


def walk(call, endpoint, params, shown):
    """Every page's records, following ``Link`` until it gives no next."""
    found = []
    for _ in range(20):
        reply = call("get", endpoint, params)
        assert reply.status == 200, reply
        found += shown(reply.body)
        params = linked(reply, "next")
        if params is None:
            return found
    raise AssertionError("paging does not end")


def next_day():
    return datetime.now(UTC).date() + timedelta(days=next(DAYS))


def both(*libraries):
    """Each library with each way to sign in."""

    def decorate(test):
        return pytest.mark.parametrize("way", WAYS)(pytest.mark.parametrize("library", libraries)(test))

    return decorate


modern = both(python, node(node_rest), node(node_legacy))
classic = both(python, node(node_legacy))


def hour(day, number):
    """A wall clock as that platform counts it."""
    return int(datetime(day.year, day.month, day.day, number, tzinfo=UTC).timestamp())


def reservation(day, at, **more):
    return {"product_id": 901, "start": hour(day, at), "end": hour(day, at + 1), "status": "confirmed", **more}


@modern
def test_bookings_from_create_to_delete(connect):
    day = next_day()
    with connect(BOOKINGS) as call:
        made = [call("post", "bookings", body=reservation(day, at)) for at in (9, 10, 11, 12, 13)]
        assert [one.status for one in made] == [201] * 5, made[0]
        assert made[0].headers["location"].endswith(f"/{BOOKINGS}/bookings/{made[0].body['id']}")
        numbers = [one.body["id"] for one in made]
        assert call("post", "bookings", body=reservation(day, 9)).status == 409

        asked = {"per_page": 2, "start_date_after": f"{day}T00:00:00", "start_date_before": f"{day}T23:00:00"}
        assert walk(call, "bookings", asked, lambda body: [one["id"] for one in body]) == numbers[::-1]
        first = call("get", "bookings", asked)
        assert (first.headers["x-wp-total"], first.headers["x-wp-totalpages"]) == ("5", "3")

        assert call("get", f"bookings/{numbers[0]}").body["start"] == hour(day, 9)
        moved = call("put", f"bookings/{numbers[0]}", body={"start": hour(day, 15), "end": hour(day, 16)})
        assert (moved.status, moved.body["start"]) == (200, hour(day, 15)), moved

        batch = {
            "create": [reservation(day, 9), reservation(day, 10)],
            "update": [{"id": numbers[1], "status": "paid"}],
            "delete": [numbers[2]],
        }
        done = call("post", "bookings/batch", body=batch)
        assert done.status == 200, done
        assert done.body["create"][0]["start"] == hour(day, 9)
        assert done.body["create"][1]["error"]["code"] == "woocommerce_bookings_rest_invalid_booking"
        assert [one["status"] for one in done.body["update"]] == ["paid"]
        assert [one["id"] for one in done.body["delete"]] == [numbers[2]]

        gone = call("delete", f"bookings/{numbers[3]}", {"force": "true"})
        assert (gone.status, gone.body["id"]) == (200, numbers[3])
        assert call("get", f"bookings/{numbers[3]}").status == 404


@modern
def test_products_and_slots(connect):
    day = next_day()
    with connect(BOOKINGS) as call:
        name = "Räume & Säle* (50%)"
        made = call("post", "products", body={"name": name, "duration_unit": "hour", "cost": 5})
        assert (made.status, made.body["name"]) == (201, name), made
        number = made.body["id"]
        # Signed parameters with everything that encodes differently somewhere.
        found = call("get", "products", {"search": "Säle* (50%)", "orderby": "id", "order": "asc"})
        assert number in [one["id"] for one in found.body], found
        assert call("put", f"products/{number}", body={"qty": 3}).body["qty"] == 3
        assert call("delete", f"products/{number}", {"force": "true"}).status == 200
        assert call("get", f"products/{number}").status == 404

        asked = {"product_ids": "901", "min_date": f"{day}T00:00", "max_date": f"{day}T23:59"}
        slots = call("get", "products/slots", asked)
        assert slots.status == 200, slots
        assert [one["date"][11:13] for one in slots.body["records"]] == [f"{at:02}" for at in range(8, 20)]
        assert call("post", "bookings", body=reservation(day, 9)).status == 201
        relative = call("get", "products/slots", {**asked, "min_date": "tomorrow", "max_date": "+8 days"})
        assert relative.body["count"] > 0, relative
        again = call("get", "products/slots", asked).body["records"]
        assert [one["date"][11:13] for one in again if one["available"] < 1] == ["09"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("library", [node(node_rest)])
def test_lists_as_this_library_writes_them(connect):
    day = next_day()
    with connect(BOOKINGS) as call:
        numbers = [call("post", "bookings", body=reservation(day, at)).body["id"] for at in (9, 10, 11)]
        found = call("get", "bookings", {"include": numbers[:2], "orderby": "id", "order": "asc"})
        assert [one["id"] for one in found.body] == numbers[:2], found


@modern
def test_the_second_version_tells_what_is_free(connect, server):
    day = next_day()
    with connect("wc-bookings/v2", server.pairs[BOOKINGS][0]) as call:
        asked = {"start_date": f"{day}T00:00:00", "end_date": f"{day + timedelta(days=1)}T00:00:00"}
        found = call("get", "products/901/availability", asked)
        assert found.status == 200, found
        assert next(iter(found.body["availability"][f"{day:%Y-%m}"][f"{day}"])) == "08:00:00"


@modern
def test_who_may_not(connect, server, way):
    (key, _), reader = server.pairs[BOOKINGS]
    with connect(BOOKINGS, (key, "cs_wrong")) as call:
        refused = call("get", "bookings")
        assert (refused.status, refused.body["message"]) == (
            401,
            "Invalid signature - provided signature does not match."
            if way == "oauth"
            else "Consumer secret is invalid.",
        )
    with connect(BOOKINGS, reader) as call:
        assert call("get", "bookings").status == 200
        refused = call("post", "bookings", body=reservation(next_day(), 9))
        assert (refused.status, refused.body["code"]) == (401, "woocommerce_rest_authentication_error")
        assert refused.body["message"] == "The API key provided does not have write permissions."
        assert call("delete", "bookings/1", {"force": "true"}).status == 401


def desk(day, **more):
    return {"product_id": 68, "price": 150, "start_date": f"{day}", "end_date": f"{day}", "quantity": 1, **more}


@classic
def test_classic_bookings_from_create_to_delete(connect):
    day = next_day()
    with connect(BKAP) as call:
        made = [call("post", "bkap/bookings", body=desk(day)) for _ in range(3)]
        assert [one.status for one in made] == [200] * 3, made[0]
        numbers = {one.body["booking_id"] for one in made}
        assert call("post", "bkap/bookings", body=desk(day, product_id=69)).status == 200

        asked = {"product_id": 68, "start_date": f"{day}", "end_date": f"{day}"}
        assert call("get", "bkap/bookings/availability", asked).body == [[{"date": f"{day}", "availability": 1}]]
        price = call("get", "bkap/bookings/price", {**asked, "quantity": 2})
        assert (price.status, float(price.body["total_price_calculated"])) == (200, 200), price

        page = {**asked, "limit": 2}
        first = call("get", "bkap/bookings", page)
        assert (first.headers["x-wc-total"], first.headers["x-wc-totalpages"]) == ("3", "2")
        found = walk(call, "bkap/bookings", page, lambda body: [one["booking_id"] for one in body["bookings"]])
        assert (len(found), set(found)) == (3, numbers)

        number = found[0]
        assert call("put", f"bkap/bookings/{number}", body={"status": "paid"}).body["status"] == "paid"
        assert call("get", "bkap/bookings", {**asked, "status": "paid"}).body["count"] == 1
        assert call("delete", f"bkap/bookings/{number}").body == {"message": "Booking has been deleted"}
        assert call("get", f"bkap/bookings/{number}").status == 404
        assert call("get", "bkap/bookings/availability", asked).body[0][0]["availability"] == 2


@classic
def test_classic_products_and_index(connect):
    with connect(BKAP) as call:
        # The room of the other dialect is a product, too.
        assert call("get", "bkap/products/count").body == {"count": 3}
        # As the vendor's readers write it: brackets in the name.
        found = call("get", "bkap/products", {"fields[0]": "product_id", "fields[1]": "title"})
        assert found.status == 200, found
        assert call("get", "").body["store"]["version"] == "3.1.0"


@classic
def test_who_may_not_classic(connect, server):
    (key, _), reader = server.pairs[BKAP]
    with connect(BKAP, (key, "cs_wrong")) as call:
        refused = call("get", "bkap/bookings")
        assert (refused.status, refused.body["errors"][0]["code"]) == (401, "woocommerce_api_authentication_error")
    with connect(BKAP, reader) as call:
        assert call("get", "bkap/bookings").status == 200
        assert call("post", "bkap/bookings", body=desk(next_day())).status == 401
        assert call("delete", "bkap/bookings/1").status == 401
