"""Each dialect's OpenAPI document is valid, has exactly what is served, and describes what real clients send and get."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from webtest import TestApp

from core import app as host
from core import db
from core.config import parse_config
from core.domain.schedule import SchedulePlan
from core.http.dialect import methods_of_resource
from core.services import repository
from core.wordpress.legacy import LegacyRequest
from plugins.bookablesites.handlers import base
from plugins.bookablesites.translate.params import canonical
from plugins.bookingpress.translate.params import Params
from tests.contract.clients import CLIENTS, through_webtest
from tests.contract.conftest import NOW, START, make_service

DIALECTS = sorted(CLIENTS)


@pytest.fixture(scope="module")
def manager(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('openapi')}/store.db"
    plugins = {"enabled": list(CLIENTS), "bookablesites": {"calls_per_minute": 9999, "writes_per_minute": 9999}}
    plugins["bookingpress"] = {"rate_limit_minute": 0}
    yield host.start(
        parse_config({"database": {"url": url}, "plugins": plugins}, source="test"), clock=lambda: NOW, migrate=True
    )
    db.close_database()


@pytest.fixture(scope="module")
def app(manager):
    return TestApp(host.create_app(parse_config({}, source="test"), clock=lambda: NOW, manager=manager))


def dialect_of(manager, name):
    return next(dialect for _, dialect in manager.dialects if dialect.name == name)


def client_of(manager, app, name, send=None):
    made = manager.credentials[name].create(label="test", permissions=None, user=None, expires_at=None, now=NOW)
    return CLIENTS[name](send or through_webtest(app), dict(made[1]))


@pytest.fixture(params=DIALECTS)
def described(request, manager):
    dialect = dialect_of(manager, request.param)
    return dialect, json.loads(json.dumps(dialect.openapi()))


class Description:
    """A document that can be asked about requests and replies."""

    def __init__(self, document):
        self.document = document
        self.paths = {
            path: re.compile(re.sub(r"{\w+}", "[^/]+", path) + r"\Z")
            for path in sorted(document["paths"], key=lambda path: path.count("{"))
        }

    def operation(self, method, url):
        path = urlsplit(url).path
        return self.document["paths"][next(known for known, pattern in self.paths.items() if pattern.match(path))][
            method.lower()
        ]

    def find(self, method, url):
        """The operation, or None."""
        path = urlsplit(url).path.rstrip("/")
        known = next((known for known, pattern in self.paths.items() if pattern.match(path)), None)
        return self.document["paths"][known].get(method.lower()) if known else None

    def check(self, schema, value):
        whole = {**schema, "components": self.document["components"]}
        Draft202012Validator.check_schema(whole)
        Draft202012Validator(whole).validate(value)

    def check_request(self, method, url, headers, body):
        operation = self.operation(method, url)
        known = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
        for name, text in parse_qsl(urlsplit(url).query):
            schema = known[name]["schema"]
            whole = schema.get("items", schema).get("type") == "integer"
            value = int(text) if whole else text
            self.check(schema, [value] if schema.get("type") == "array" else value)
        if body:
            described = operation["requestBody"]["content"][headers["Content-Type"]]["schema"]
            properties = described.get("properties") or self.struct(described)["properties"]
            assert set(json.loads(body)) <= set(properties)
            self.check(described, json.loads(body))

    def struct(self, schema):
        return self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]

    def check_reply(self, method, url, status, reply):
        answer = self.operation(method, url)["responses"][str(status)]
        if "$ref" in answer:
            answer = self.document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        if "content" in answer:
            self.check(answer["content"]["application/json"]["schema"], reply)


def test_the_document_is_valid(described):
    assert [error.message for error in OpenAPIV31SpecValidator(described[1]).iter_errors()] == []


def test_the_document_has_exactly_the_routes_that_are_served(described):
    dialect, document = described
    table = dialect.route_table or [
        (methods_of_resource(one.resource, one.suffix), one.template) for one in dialect.routes
    ]
    served = {
        (method.lower(), re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", path))
        for methods, path in table
        for method in methods
    }
    # The root of all of the site's REST namespaces belongs to no vendor.
    served -= {("get", "/wp-json")}
    assert {(method, path) for path, each in document["paths"].items() for method in each} == served


def test_operations_have_names_of_their_own(described):
    names = [operation["operationId"] for path in described[1]["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_no_pattern_is_pythons_alone(described):
    assert "\\\\Z" not in json.dumps(described[1])


@pytest.mark.parametrize("name", DIALECTS)
def test_what_a_client_sends_and_gets_is_described(manager, app, name):
    description = Description(json.loads(json.dumps(dialect_of(manager, name).openapi())))
    send, seen = through_webtest(app), []

    def checked(method, url, headers, body):
        description.check_request(method, url, headers, body)
        status, got, raw = send(method, url, headers, body)
        description.check_reply(method, url, status, json.loads(raw))
        seen.append(status)
        return status, got, raw

    client = client_of(manager, app, name, checked)
    service = make_service()
    assert client.left(service.id, START) == 1
    sold = client.book(service.id, START)
    assert sold.booked, sold.body
    assert client.is_refusal(client.book(service.id, START))
    assert client.read(sold.id)[0] == 200
    assert client.read(987654)[0] == 404
    assert sold.id in client.listed()
    client.cancel(sold.id)
    assert len(seen) >= 7


@pytest.mark.parametrize("name", DIALECTS)
def test_what_every_list_answers_is_described(manager, app, name):
    description = Description(json.loads(json.dumps(dialect_of(manager, name).openapi())))
    client = client_of(manager, app, name)
    service = make_service()
    assert client.book(service.id, START).booked
    needed = dict.fromkeys(("service", "product_id", "service_id"), service.id)
    needed |= {"start_date": "2026-03-03", "end_date": "2026-03-03", "calendar_start_date": "2026-03-03"}
    good = 0
    for path, each in description.document["paths"].items():
        if "get" in each and "{" not in path:
            told = {one["name"] for one in each["get"].get("parameters", ())}
            status, _, reply = client.send(
                "GET", f"{path}?" + urlencode({k: v for k, v in needed.items() if k in told})
            )
            description.check_reply("GET", path, status, reply)
            good += status == 200
    assert good >= 8


# -- what is answered is described ------------------------------------------------------------------------------------


RECORDED = {
    "bkap": ["availability", "bookings", "products_resources"],
    "wc_bookings": ["auth", "bookings_read", "bookings_write", "categories", "index", "products", "resources", "slots"],
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers_of_the_real_plugin_are_described(manager, name):
    description = Description(json.loads(json.dumps(dialect_of(manager, name).openapi())))
    folder = Path(__file__).parents[1] / "plugins" / name / "recorded"
    checked = 0
    for file in RECORDED[name]:
        document = json.loads((folder / f"{file}.json").read_text())
        for case in document["cases"] if isinstance(document, dict) else document:
            asked, answer = case["request"], case["response"]
            operation = description.find(asked["method"], asked["url"])
            # A crash of the real plugin, a bare hello of the site and a wrapped reply have no description.
            if operation is None or answer["status"] >= 500 or "_envelope" in asked["url"] or "_jsonp" in asked["url"]:
                continue
            overridden = "_method" in asked["url"] or "X-HTTP-Method-Override" in (asked.get("headers") or {})
            # Resources are read-only there, and here in strict mode.
            if overridden or answer["status"] == 405:
                continue
            assert str(answer["status"]) in operation["responses"], (asked["method"], asked["url"], answer["status"])
            if "body" in answer and answer["status"] >= 400:
                description.check_reply(asked["method"], asked["url"], answer["status"], answer["body"])
            checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    ("name", "query", "path"),
    [
        ("bkap", "fields=booking_id", "/wc-api/v3/bkap/bookings"),
        ("bookingpress", "_fields=appointment_id", "/wp-json/bookingpress/v1/appointments"),
        ("wc_bookings", "_fields=id", "/wp-json/wc-bookings/v1/bookings"),
    ],
)
def test_narrowed_records_are_described(manager, app, name, query, path):
    description = Description(json.loads(json.dumps(dialect_of(manager, name).openapi())))
    client = client_of(manager, app, name)
    sold = client.book(make_service().id, START)
    for url in (path, f"{path}/{sold.id}"):
        status, _, reply = client.send("GET", f"{url}?{query}")
        assert status == 200
        description.check_reply("GET", url, status, reply)


WC = "/wp-json/wc-bookings/v1"
REFUSALS = [
    ("stranger", "GET", "/bookings", None, 401),
    ("wrong secret", "GET", "/bookings", None, 401),
    ("reader", "POST", "/bookings", {"product_id": 1}, 401),
    ("customer", "GET", "/bookings", None, 403),
    ("customer", "DELETE", "/bookings/{id}", None, 403),
    ("manager", "GET", "/bookings/987654", None, 404),
    ("manager", "DELETE", "/bookings/{id}", None, 200),
    ("manager", "DELETE", "/bookings/{id}", None, 410),
    ("manager", "DELETE", "/resources/987654", None, 404),
    ("manager", "DELETE", "/resources/{resource}", None, 501),
    ("manager", "POST", "/bookings/batch", {"delete": [987654]}, 200),
    ("manager", "POST", "/products/batch", {"create": [{"name": "Hall"}], "update": [{"id": 987654}]}, 200),
]


def test_refusals_and_batches_of_woocommerce_are_described(manager, app):
    description = Description(json.loads(json.dumps(dialect_of(manager, "wc_bookings").openapi())))
    clients = {"manager": client_of(manager, app, "wc_bookings")}
    person = repository.customers.create(now=NOW, first_name="Mira", email="mira@example.org")
    for who, permissions, user in (("reader", "read", None), ("customer", None, str(person.id))):
        _, fields = manager.credentials["wc_bookings"].create(
            label="", permissions=permissions, user=user, expires_at=None, now=NOW
        )
        clients[who] = CLIENTS["wc_bookings"](through_webtest(app), dict(fields))
    fields = {**clients["manager"].fields, "consumer_secret": "cs_wrong"}
    clients["wrong secret"] = CLIENTS["wc_bookings"](through_webtest(app), fields)
    clients["stranger"] = CLIENTS["wc_bookings"](through_webtest(app), fields)
    clients["stranger"].headers = {}
    booking = clients["manager"].book(make_service().id, START)
    resource = repository.resources.create(now=NOW, kind="asset", name="Hall")
    for who, method, path, body, expected in REFUSALS:
        url = WC + path.format(id=booking.id, resource=resource.id)
        if body:
            description.check_request(method, url, {"Content-Type": "application/json"}, json.dumps(body))
        status, _, reply = clients[who].send(method, url, body)
        assert status == expected, (who, method, path, reply)
        description.check_reply(method, url, status, reply)


# -- nothing is read that is not told, nothing told that is not read -----------------------------------------------------


class Asked(dict):
    """Keeps the names it is asked for."""

    names: set

    def __contains__(self, name):
        self.names.add(name)
        return super().__contains__(name)

    def __getitem__(self, name):
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


@pytest.fixture
def asked(monkeypatch):
    """The names that handlers of the three dialects ask of a query."""
    names = set()

    def watched(values):
        made = Asked(values)
        made.names = names
        return made

    def in_canonical(value, path="", *, keep=frozenset()):
        found = canonical(value, path, keep=keep)
        return watched(found) if keep else found

    monkeypatch.setattr(base, "canonical", in_canonical)
    filters = LegacyRequest.filters.fget
    monkeypatch.setattr(LegacyRequest, "filters", property(lambda self: watched(filters(self))))
    made = Params.__init__
    monkeypatch.setattr(Params, "__init__", lambda self, values: made(self, watched(values)))
    return names


def sample(schema):
    kind = schema.get("type")
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "array":
        return sample(schema["items"])
    return "2026-03-03" if schema.get("format") == "date" else 1 if kind == "integer" else "1"


@pytest.mark.parametrize("name", ["bkap", "bookablesites", "bookingpress"])
def test_the_query_parameters_are_those_that_are_read(manager, app, asked, name):
    document = dialect_of(manager, name).openapi()
    client = client_of(manager, app, name)
    nights = SchedulePlan(unit="night", max_blocks=9)
    chosen = SchedulePlan(unit="hour", length=1, max_blocks=9)
    kinds = [make_service().id, make_service(plan=nights).id, make_service(plan=chosen).id]
    # Read after the handler, by the reply.
    apart = {"bookingpress": {"_fields"}}.get(name, set())
    for path, each in document["paths"].items():
        told = {one["name"]: one for one in each.get("get", {}).get("parameters", ()) if one["in"] == "query"}
        # A single record reads `fields` once it is found, and nothing else.
        if "get" not in each or (name == "bkap" and path.endswith("/{id}")):
            continue
        asked.clear()
        url = re.sub(r"{(\w+)}", lambda found: "customer.created" if found[1] == "event" else "1", path)
        for number in kinds:
            needed = {**dict.fromkeys(("service", "product_id", "service_id"), number), "start_date": "2026-03-03"}
            always = [f"{one}={value}" for one, value in {**needed, "end_date": "2026-03-04"}.items() if one in told]
            for query in [always, [], *([*always, f"{one}={sample(told[one]['schema'])}"] for one in told)]:
                status, _, body = client.send("GET", f"{url}?{'&'.join(query)}")
                assert status < 500, body
        plain = {one.removesuffix("[]") for one in told} - apart
        if name == "bookablesites":
            plain = set(canonical(dict.fromkeys(plain), keep=base._FILTERS))
        assert asked == plain, path


def test_bookablesites_reads_the_bodies_it_tells(manager, app, monkeypatch):
    dialect = dialect_of(manager, "bookablesites")
    client = client_of(manager, app, "bookablesites")
    person = {"first_name": "Ola", "last_name": "Reyes", "email": "ola@example.org"}
    status, _, member = client.send("POST", "/api/v1/employees", person)
    assert status == 201, member
    entry = {}
    for kind in ("special-days", "days-off"):
        day = {"start_date": "2026-04-01"}
        entry[kind] = client.send("POST", f"/api/v1/employees/{member['id']}/{kind}", day)[2]["id"]
    convert, read = base.convert, []
    monkeypatch.setattr(base, "convert", lambda value, kind, **how: (read.append(kind), convert(value, kind, **how))[1])
    for route in dialect.routes:
        for method in methods_of_resource(route.resource, None):
            operation = getattr(getattr(route.resource, f"on_{method.lower()}"), "operation", None)
            path = route.template.replace("employees/{id}", f"employees/{member['id']}")
            path = path.replace("{entry}", str(entry.get(path.split("/")[-2], 0))).replace("{id}", "987654")
            if method == "DELETE" and "employees" in path:
                continue
            read.clear()
            status, _, body = client.send(method, re.sub(r"{\w+}", "x", path), {})
            assert status < 500, body
            assert read == ([operation.body] if operation and operation.body else []), (method, path)
