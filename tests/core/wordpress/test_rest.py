"""A made-up extension on the REST server: order of checks, parameters, what happens to replies."""

import pytest

from core.errors import Invalid, NotFound
from core.http.dialect import Principal
from core.wordpress import batch, sanitize
from core.wordpress.rest import (
    CREATE,
    DELETE,
    EDIT,
    READ,
    Endpoint,
    Item,
    Namespace,
    RestResponse,
    RestRoute,
    WPError,
)
from core.wordpress.schema import arg
from core.wordpress.server import RestServer
from tests.core.wordpress.conftest import SITE

THINGS = {1: "One", 2: "Two", 3: "Three"}


def thing(request, number):
    data = {"id": number, "name": THINGS[number], "size": {"w": 1, "h": 2}}
    return Item(data, request.links(f"things/{number}", "things"))


def listing(request):
    page = request.paging()
    numbers = sorted(THINGS)[page.offset : page.offset + page.per_page]
    return RestResponse([thing(request, number) for number in numbers], total=len(THINGS))


def reading(request):
    number = request.int_param("id")
    if number == 13:
        raise Invalid(field="id", reason="unlucky")
    if number not in THINGS:
        raise NotFound(kind="thing", id=number)
    return RestResponse(thing(request, number))


def creating(request):
    if request.get("name") == "boom":
        raise RuntimeError("boom")
    url = request.url("things/9")
    return RestResponse({"id": 9, "given": request.params}, 201, {"Location": url})


def updating(request):
    if request.int_param("id") not in THINGS:
        raise WPError("bad_id", "Invalid ID.", 400)
    return RestResponse({"id": request.int_param("id"), "name": request.get("name")})


def deleting(request):
    if not request.get("force"):
        raise WPError("no_trash", "No trash.", 501)
    return reading(request)


def echo(request):
    return RestResponse({"params": request.params, "who": request.principal and request.principal.id})


def signed_in(request):
    return None if request.principal else request.permission_error("no", "Not you.")


def login(php_request):
    word = php_request.http.get_header("X-Key")
    if word == "wrong":
        raise WPError("bad_key", "Bad key.", 401)
    return Principal("acme", word, user_id=7) if word else None


def gate(request):
    if request.principal and request.principal.id == "reader" and request.method != "GET":
        raise WPError("read_only", "Read only.", 401)


def errors(error):
    return WPError("thing_invalid_id", "Invalid ID.", 404) if isinstance(error, NotFound) else None


def batching(request):
    return batch.run(request, create=creating, update=updating, delete=deleting, defaults={"color": "red"})


NAME = {"name": arg(type="string", required=True), "size": arg(type="integer", minimum=1, check=True)}
CONTEXT = arg(check=True, clean=sanitize.key, type="string", enum=["view", "edit"], default="view")
LISTING = {
    "context": CONTEXT,
    "page": arg(check=True, clean=sanitize.absint, type="integer", default=1, minimum=1),
    "per_page": arg(check=True, clean=sanitize.absint, type="integer", default=10, minimum=1, maximum=100),
    "search": arg(check=True, clean=sanitize.text_field, type="string"),
    **{name: arg(check=True, type="string", format="date-time") for name in ("after", "before")},
    **{
        name: arg(clean=sanitize.id_list, type="array", items={"type": "integer"}, default=[])
        for name in ("exclude", "include")
    },
    "offset": arg(check=True, clean=sanitize.absint, type="integer"),
    "order": arg(check=True, type="string", default="desc", enum=["asc", "desc"]),
    "orderby": arg(check=True, type="string", default="date", enum=["date", "id"]),
}
ROUTES = [
    RestRoute(
        "/things",
        [
            Endpoint(READ, listing, LISTING),
            Endpoint(CREATE, creating, NAME, signed_in),
        ],
        schema={"title": "thing"},
    ),
    RestRoute(
        r"/things/(?P<id>[\d]+)",
        [
            Endpoint(READ, reading, {"id": arg(type="integer"), "context": CONTEXT}),
            Endpoint(EDIT, updating, {"id": arg(type="integer")}, signed_in),
            Endpoint(DELETE, deleting, {"force": arg(default=False, type="boolean")}, signed_in),
        ],
    ),
    RestRoute("/things/batch", [Endpoint(EDIT, batching, {}, signed_in)]),
    RestRoute(
        "/echo",
        [
            Endpoint(
                ("GET", "POST", "PUT", "DELETE"),
                echo,
                {
                    "n": arg(type="integer", default=4),
                    "when": arg(type="string", format="date-time", check=True),
                },
            )
        ],
    ),
    RestRoute("/bare", [Endpoint(READ, lambda request: RestResponse("Not a thing", 400))]),
    RestRoute("/closed", [Endpoint(READ, echo, permission=lambda request: False)]),
]


@pytest.fixture
def server(clock, key_store):
    made = RestServer(site=SITE, clock=clock)
    made.add(Namespace("acme/v1", ROUTES, login=login, check_permissions=gate, errors=errors))
    return made


@pytest.fixture
def ask(server, serve):
    return serve(server.dialect("acme"))


BASE = "/wp-json/acme/v1"
KEY = {"X-Key": "k"}


def code(reply):
    return reply.status_int, reply.json.get("code")


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "wanted"),
    [
        ("GET", "/nope", {}, None, (404, "rest_no_route")),
        ("DELETE", "/things", {}, None, (404, "rest_no_route")),
        ("PROPFIND", "/things", {}, None, (404, "rest_no_route")),
        ("FOO", "/things", {}, None, (404, "rest_no_route")),
        ("GET", "/nope", {"X-Key": "wrong"}, None, (401, "bad_key")),
        ("POST", "/nope", {"X-Key": "reader"}, None, (401, "read_only")),
        ("POST", "/things", {"X-Key": "wrong"}, b"{", (401, "bad_key")),
        ("POST", "/things", {}, b"{", (400, "rest_invalid_json")),
        ("POST", "/things", {}, b'{"size":0}', (400, "rest_missing_callback_param")),
        ("POST", "/things", {}, b'{"size":0,"name":"x"}', (400, "rest_invalid_param")),
        ("POST", "/things", {}, b'{"name":5}', (400, "rest_invalid_param")),
        ("POST", "/things", {}, b'{"name":"x"}', (401, "no")),
        ("GET", "/things?per_page=0", {}, None, (400, "rest_invalid_param")),
        ("GET", "/things/77", {}, None, (404, "thing_invalid_id")),
        ("GET", "/things/13", {}, None, (400, "rest_invalid_param")),
        ("GET", "/things/abc", {}, None, (404, "rest_no_route")),
        ("GET", "/closed", {}, None, (401, "rest_forbidden")),
        ("GET", "/closed", KEY, None, (403, "rest_forbidden")),
        ("DELETE", "/things/1", KEY, None, (501, "no_trash")),
        ("POST", "/things", KEY, b'{"name":"boom"}', (500, "internal_server_error")),
    ],
)
def test_checks_come_in_wordpress_order(ask, method, path, headers, body, wanted):
    headers = {**headers, "Content-Type": "application/json"} if body else headers
    assert code(ask(method, BASE + path, headers=headers, body=body or b"")) == wanted


def test_all_missing_and_all_invalid_parameters_are_named_at_once(ask):
    assert ask("POST", f"{BASE}/things", json={}).json["data"] == {"status": 400, "params": ["name"]}
    reply = ask("GET", f"{BASE}/things?per_page=0&page=x&offset=y")
    assert reply.json["message"] == "Invalid parameter(s): page, per_page, offset"
    assert set(reply.json["data"]["details"]) == {"page", "per_page", "offset"}


def test_json_beats_form_beats_query_beats_path_beats_default(ask):
    url = f"{BASE}/echo"
    assert ask("GET", url).json["params"] == {"n": 4}
    assert ask("GET", f"{url}?n=5").json["params"]["n"] == 5
    assert ask("POST", f"{url}?n=5", form={"n": "6"}).json["params"]["n"] == 6
    assert ask("PUT", f"{url}?n=5", form={"n": "6"}).json["params"]["n"] == 6
    assert ask("POST", f"{url}?n=5", json={"n": 7}).json["params"]["n"] == 7
    assert ask("POST", f"{url}?n=5&_method=GET", form={"n": "6"}).json["params"]["n"] == 5


def test_forms_nest_with_brackets_and_multipart_is_read(ask):
    reply = ask("POST", f"{BASE}/echo", form={"a[b][]": "1", "t": "x"})
    assert reply.json["params"] == {"n": 4, "a": {"b": ["1"]}, "t": "x"}
    body = b'--X\r\nContent-Disposition: form-data; name="n"\r\n\r\n8\r\n--X--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=X"}
    assert ask("POST", f"{BASE}/echo", body=body, headers=kind).json["params"] == {"n": 8}
    assert ask("POST", f"{BASE}/echo", body=b"rubbish", headers=kind).json["params"] == {"n": 4}


def test_the_method_can_be_overridden(ask):
    assert ask("POST", f"{BASE}/things/2?_method=get").json["id"] == 2
    reply = ask("POST", f"{BASE}/things/2", headers={"X-HTTP-Method-Override": "GET"})
    assert reply.json["id"] == 2
    refused = ask("GET", f"{BASE}/nope", headers={"X-HTTP-Method-Override": "GET"})
    assert "no-store" in refused.headers["Cache-Control"]


def test_head_is_get_without_a_body(ask):
    head, get = ask("HEAD", f"{BASE}/things?per_page=2"), ask("GET", f"{BASE}/things?per_page=2")
    assert (head.status_int, head.body) == (200, b"")
    assert head.headers["Link"] == get.headers["Link"]


def test_fields_narrow_items_but_links_of_a_single_record_stay(ask):
    listed = ask("GET", f"{BASE}/things?_fields=id,size.w&per_page=1").json
    assert listed == [{"id": 1, "size": {"w": 1}}]
    assert "_links" in ask("GET", f"{BASE}/things?_fields=id,_links&per_page=1").json[0]
    assert ask("GET", f"{BASE}/things?_fields[]=name&_fields[]=size&per_page=1").json[0] == {
        "name": "One",
        "size": {"w": 1, "h": 2},
    }
    assert ask("GET", f"{BASE}/things?_fields=nothing&per_page=1").json == [[]]
    assert set(ask("GET", f"{BASE}/things/1?_fields=id").json) == {"id", "_links"}
    assert ask("GET", f"{BASE}/things/77?_fields=id").json["code"] == "thing_invalid_id"


def test_links_say_what_the_caller_may_do_there(ask):
    stranger = ask("GET", f"{BASE}/things/1")
    known = ask("GET", f"{BASE}/things/1", headers=KEY)

    assert stranger.headers["Allow"] == "GET"
    assert stranger.json["_links"]["self"][0]["targetHints"] == {"allow": ["GET"]}
    assert known.headers["Allow"] == "GET, POST, PUT, PATCH, DELETE"
    assert known.json["_links"]["self"][0]["targetHints"]["allow"] == [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
    ]
    assert known.json["_links"]["collection"] == [{"href": "https://oracle.test/wp-json/acme/v1/things"}]


def test_envelope_carries_status_and_headers(ask):
    reply = ask("GET", f"{BASE}/things?_envelope&per_page=2&page=2")
    assert reply.status_int == 200
    assert reply.json["status"] == 200
    assert reply.json["headers"] == {
        "X-WP-Total": 3,
        "X-WP-TotalPages": 2,
        "Link": '<https://oracle.test/wp-json/acme/v1/things?_envelope&per_page=2&page=1>; rel="prev"',
        "Allow": "GET",
    }
    assert "X-WP-Total" not in reply.headers
    assert ask("GET", f"{BASE}/nope?_envelope=1").json["status"] == 404


def test_jsonp(ask):
    reply = ask("GET", f"{BASE}/things/1?_jsonp=cb.x_1&_fields=id")
    assert reply.headers["Content-Type"] == "application/javascript; charset=UTF-8"
    assert reply.text.startswith('/**/cb.x_1({"id":1,')
    assert reply.text.endswith(")")
    bad = ask("GET", f"{BASE}/things?_jsonp=alert(1)", headers={"X-Key": "wrong"})
    assert bad.status_int == 400
    assert bad.text == '{"code":"rest_callback_invalid","message":"Invalid JSONP callback function."}'
    assert ask("GET", f"{BASE}/things?_jsonp[]=a").status_int == 400


def test_pretty_and_plain_json(ask):
    assert b'\n    "id": 1' in ask("GET", f"{BASE}/things/1?_pretty").body
    assert b"https:\\/\\/oracle.test" in ask("GET", f"{BASE}/things/1").body


def test_a_bare_text_is_a_reply_too(ask):
    reply = ask("GET", f"{BASE}/bare")
    assert (reply.status_int, reply.json) == (400, "Not a thing")


def test_created_things_say_where_they_are(ask):
    reply = ask("POST", f"{BASE}/things", headers=KEY, json={"name": "x"})
    assert reply.status_int == 201
    assert reply.headers["Location"] == "https://oracle.test/wp-json/acme/v1/things/9"


def test_cors_answers_any_origin(ask):
    reply = ask("OPTIONS", f"{BASE}/things", headers={"Origin": "https://app.example"})
    assert reply.status_int == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert reply.headers["Vary"] == "Origin"
    assert reply.json["schema"] == {"title": "thing"}
    unknown = ask("OPTIONS", f"{BASE}/nope")
    assert (unknown.status_int, unknown.json) == (200, [])


@pytest.mark.parametrize(
    ("query", "ids", "links"),
    [
        ("per_page=2", [1, 2], ["page=2>; rel=\"next\""]),
        ("per_page=2&page=2", [3], ["page=1>; rel=\"prev\""]),
        ("per_page=1&page=2", [2], ["page=1>; rel=\"prev\"", "page=3>; rel=\"next\""]),
        ("per_page=2&page=99", [], ["page=2>; rel=\"prev\""]),
        ("page=99999999999999999999", [1, 2, 3], ["page=1>; rel=\"prev\""]),
        ("offset=1&per_page=1", [2], ["page=2>; rel=\"next\""]),
        ("offset=99999999999999999999", [], []),
    ],
)  # fmt: skip
def test_paging(ask, query, ids, links):
    reply = ask("GET", f"{BASE}/things?{query}")
    assert [item["id"] for item in reply.json] == ids
    assert reply.headers["X-WP-Total"] == "3"
    found = [part for part in reply.headers["Link"].split(", ") if 'rel="https' not in part]
    assert len(found) == len(links)
    assert all(part.endswith(end) for part, end in zip(found, links, strict=True))


def test_batches_fail_item_by_item(ask):
    body = {
        "create": [{"name": "a"}, "x"],
        "update": [{"id": 1, "name": "b"}, {"id": 77}],
        "delete": [2, "3", 0, 88],
    }
    reply = ask("POST", f"{BASE}/things/batch", headers=KEY, json=body)

    assert reply.status_int == 200
    assert list(reply.json) == ["create", "update", "delete"]
    assert reply.json["create"][0]["given"] == {"name": "a", "color": "red"}
    assert reply.json["create"][1] == {
        "id": 0,
        "error": {
            "code": "rest_invalid_param",
            "message": "Invalid parameter(s): create",
            "data": {"status": 400},
        },
    }
    assert reply.json["update"] == [
        {"id": 1, "name": "b"},
        {"id": 77, "error": {"code": "bad_id", "message": "Invalid ID.", "data": {"status": 400}}},
    ]
    assert [item["id"] for item in reply.json["delete"]] == [2, 3, 88]
    assert reply.json["delete"][0]["_links"]["collection"]
    assert reply.json["delete"][2]["error"]["code"] == "thing_invalid_id"
    assert ask("POST", f"{BASE}/things/batch", headers=KEY, json={}).json == []


def test_a_batch_takes_a_hundred_items(ask):
    body = {"create": [{"name": "a"}] * 60, "delete": [1] * 40}
    assert ask("POST", f"{BASE}/things/batch", headers=KEY, json=body).status_int == 200
    body["delete"].append(2)
    reply = ask("POST", f"{BASE}/things/batch", headers=KEY, json=body)
    assert code(reply) == (413, "woocommerce_rest_request_entity_too_large")
    assert reply.json["message"] == "Unable to accept more than 100 items for this request."


def test_paths_forgive_slashes_and_case(ask):
    for path in ("/things/", "//things", "/THINGS"):
        assert ask("GET", BASE + path).status_int == 200
    assert ask("GET", "/?rest_route=/acme/v1/things/1").json["id"] == 1
    assert ask("GET", "/?rest_route=/acme/v1/nope").status_int == 404
    assert ask("GET", "/wp-json/other/v1").status_int == 404


def test_bodies_too_large_are_refused_in_the_envelope(ask):
    reply = ask("POST", f"{BASE}/things", body=b"x" * 200_001, headers={"Content-Type": "application/json"})
    assert code(reply) == (413, "rest_request_too_large")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_admit_runs_after_routing_and_before_the_body(clock, key_store, serve):
    def admit(request):
        request.headers["X-Seen"] = "a.create"
        if not request.php_request.http.get_header("X-Key"):
            raise WPError("missing_auth", "Missing.", 401, headers={"X-More": "1"})

    server = RestServer(site=SITE, clock=clock)
    routes = [RestRoute("/a", [Endpoint(CREATE, echo, admit=admit)])]
    server.add(Namespace("tiny/v1", routes, json_lists=False))
    ask = serve(server.dialect("tiny"))
    kind = {"Content-Type": "application/json"}

    assert code(ask("GET", "/wp-json/tiny/v1/a")) == (404, "rest_no_route")
    refused = ask("POST", "/wp-json/tiny/v1/a", body=b"{", headers=kind)
    assert code(refused) == (401, "missing_auth")
    assert (refused.headers["X-Seen"], refused.headers["X-More"]) == ("a.create", "1")
    assert code(ask("POST", "/wp-json/tiny/v1/a", body=b"[1]", headers={**KEY, **kind})) == (
        400,
        "rest_invalid_json",
    )


GARBAGE = [
    "%00", "%FF%FE", "99999999999999999999", "-99999999999999999999", "1e999", "a[b]=c", "[]=", "&&==", "%", "%zz",
    "\u00e9", "x" * 3000, "1&per_page[]=2", "%5B%5D", "NaN",
]  # fmt: skip
BODIES = [
    b"null", b"[]", b"[1,2]", b'"x"', b"5", b"\x00", b"\xff\xfe", b"{" * 5000, b"[" * 100_000,
    b'{"name": {"a": [1]}}', b'{"name": null, "size": null}', b'{"n": 1e400}', b'{"n": 99999999999999999999}',
    b'{"name": "\\u0000"}', b'{"name": "\\ud800"}', b'{"when": ["x"]}', b'{"_fields": {"a": 1}}', b'{"n": "' + b"9" * 6000 + b'"}',
]  # fmt: skip


@pytest.mark.parametrize("text", GARBAGE, ids=lambda text: text[:20])
@pytest.mark.parametrize("name", ["page", "_fields", "include", "search", "after", "_envelope", "_method", "_jsonp"])
def test_no_query_makes_a_crash(ask, name, text):
    for path in ("/things", "/things/1", "/echo"):
        assert ask("GET", f"{BASE}{path}?{name}={text}").status_int < 500


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_no_body_makes_a_crash(ask, kind, body):
    headers = {**KEY, **({"Content-Type": kind} if kind else {})}
    for method, path in (("POST", "/things"), ("PUT", "/echo"), ("POST", "/things/batch"), ("GET", "/echo")):
        assert ask(method, BASE + path, body=body, headers=headers).status_int < 500


@pytest.mark.parametrize(
    "path", ["/things/99999999999999999999999", "/things/%00", "/%FF", "/things/%D9%A3", "/things/1%0A"]
)
def test_no_path_makes_a_crash(ask, path):
    assert ask("GET", BASE + path).status_int == 404
