"""The samples of every dialect's document: bodies that its schemas accept, and requests that get in."""

import json
import shlex
from urllib.parse import urlsplit

import pytest
import requests
from jsonschema import Draft202012Validator

from core.http.code_samples import operation_samples, operations
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.host import close_host
from tests.contract.conftest import open_host

DIALECTS = sorted(DRIVERS)


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    yield open_host(f"sqlite:///{tmp_path_factory.mktemp('samples')}/store.db")
    close_host()


def document_of(venue, name):
    return next(dialect for _, dialect in venue.manager.dialects if dialect.name == name).openapi()


def with_key(venue, name, text):
    """A sample with the words in capitals replaced by what ``frontdesk keys create`` printed."""
    fields = venue.clients[name].fields
    words = {
        "YOUR_API_KEY": fields.get("api_key"),
        "YOUR_KEY": fields.get("consumer_key"),
        "YOUR_SECRET": fields.get("consumer_secret"),
        "YOUR_CLIENT_ID": fields.get("client_id"),
        "YOUR_CLIENT_SECRET": fields.get("client_secret"),
    }
    if "YOUR_TOKEN" in text:
        body = {"client_id": fields["client_id"], "client_secret": fields["client_secret"]}
        words["YOUR_TOKEN"] = venue.app.post_json("/api/v2/auth/token", body).json["access_token"]
    for word, value in words.items():
        text = text.replace(word, value) if value else text
    assert "YOUR_" not in text
    return text


def run_curl(venue, command):
    """Send what a curl command of ours sends."""
    words = shlex.split(command.replace("\\\n", ""))[1:]
    method, headers, body, user = "GET", {}, None, None
    while len(words) > 1:
        option = words.pop(0)
        if option == "-X":
            method = words.pop(0)
        elif option == "-H":
            name, _, headers_value = words.pop(0).partition(": ")
            headers[name] = headers_value
        elif option == "-u":
            user = words.pop(0)
        elif option == "-d":
            body = words.pop(0)
        else:
            words.append(option)
    return send(venue, method, words[0], headers, body, user)


def send(venue, method, url, headers, body=None, user=None):
    prepared = requests.Request(
        method, url, headers=headers, data=body, auth=tuple(user.split(":")) if user else None
    ).prepare()
    parts = urlsplit(prepared.url)
    sent = {name: value for name, value in prepared.headers.items() if name != "Content-Length"}
    address = parts.path + (f"?{parts.query}" if parts.query else "")
    data = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
    return venue.app.request(address, method=method, headers=sent, body=data, expect_errors=True)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_body_is_accepted_by_its_schema(venue, name):
    document = document_of(venue, name)
    samples = {(sample.path, sample.method.lower()): sample for sample in operation_samples(document)}
    bodies = 0
    for path, method, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        command = shlex.split(samples[path, method].curl.replace("\\\n", ""))
        body = json.loads(command[command.index("-d") + 1])
        Draft202012Validator({**content["schema"], "components": document["components"]}).validate(body)
        bodies += 1
    assert bodies >= 8


@pytest.mark.parametrize("name", DIALECTS)
def test_every_curl_sample_gets_in(venue, name):
    """What they name does not exist here, and not everything is valid; but nothing is unauthorized or without a route."""
    document = document_of(venue, name)
    good = 0
    for sample in operation_samples(document):
        if sample.method not in ("GET", "POST"):
            continue
        reply = run_curl(venue, with_key(venue, name, sample.curl))
        assert reply.status_int not in (401, 403, 405, 415, 500), (sample.curl, reply.text)
        good += reply.status_int < 300
    assert good >= 8


@pytest.mark.parametrize("name", DIALECTS)
def test_python_samples_of_lists_run(venue, name, monkeypatch):
    document = document_of(venue, name)

    class Answer:
        def __init__(self, reply):
            self.json = lambda: reply.json
            self.status_code = reply.status_int

        def raise_for_status(self):
            assert self.status_code < 400, self.status_code

    def get(url, *, headers=None, auth=None, params=None, timeout):
        address = requests.Request("GET", url, params=params).prepare().url
        return Answer(send(venue, "GET", address, headers or {}, user=":".join(auth) if auth else None))

    monkeypatch.setattr(requests, "get", get)
    lists = ("/bookings", "/appointments", "/categories", "/customers", "/resources", "/services")
    ran = 0
    for sample in operation_samples(document):
        if sample.method == "GET" and sample.path.endswith(lists):
            exec(compile(with_key(venue, name, sample.python), "sample", "exec"), {})
            ran += 1
    assert ran >= 2
