"""A site with real keys in a real store, and any dialect served through core's own middleware."""

import base64
from datetime import UTC, datetime, timedelta
from json import dumps
from urllib.parse import urlencode

import falcon
import pytest
import webtest

from core import db
from core.domain.site import Site
from core.http import errors
from core.http.middleware import DialectRegistry, Middleware
from core.http.proxies import TrustedProxies
from core.logs import AccessLog
from core.wordpress import consumer_keys
from core.wordpress.key_store import DatastoreKeyStore
from frontdesk.testing.stores import open_store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SITE = Site(name="Oracle Shop", url="https://oracle.test")


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def key_store(tmp_path, clock):
    open_store("sqlite", tmp_path)
    yield DatastoreKeyStore("test", clock)
    db.close_database()


@pytest.fixture
def add_key(key_store, clock):
    """Make a key: ``add_key("read")``."""

    def make(permissions="read_write", *, user=1, roles=("administrator",), pair=None):
        pair = pair or consumer_keys.generate_pair()
        key_store.create(pair, now=clock.now, permissions=permissions, user=str(user), roles=roles)
        return pair

    return make


@pytest.fixture
def serve(clock):
    """A WebTest app for some dialects, behind the host's real middleware and error handler."""

    def build(*dialects, max_body=200_000):
        middleware = Middleware(
            registry=DialectRegistry(list(dialects)),
            clock=clock,
            proxies=TrustedProxies([]),
            max_body=max_body,
            reply_lifetime=timedelta(hours=24),
            access_log=AccessLog(False),
            on_error=errors.handle_error,
        )
        app = falcon.App(middleware=[middleware])
        app.add_error_handler(Exception, errors.handle_error)
        app.add_error_handler(falcon.HTTPError, errors.handle_error)
        for dialect in dialects:
            for route in dialect.routes:
                app.add_route(route.template, route.resource, suffix=route.suffix)
        return Client(app)

    return build


class Client:
    """Sends requests as the recordings have them: HTTPS unless told otherwise."""

    def __init__(self, app) -> None:
        self._app = webtest.TestApp(app, lint=False)

    def __call__(self, method, url, *, auth=None, headers=None, body=b"", json=None, scheme="https", form=None):
        headers = dict(headers or {})
        if auth:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        if json is not None:
            body, headers["Content-Type"] = dumps(json).encode(), "application/json"
        if form is not None:
            body, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        environ = {"wsgi.url_scheme": scheme, "HTTP_HOST": "oracle.test"}
        if "Content-Type" not in headers:
            environ["CONTENT_TYPE"] = ""
        return self._app.request(url, method=method, body=body, headers=headers, expect_errors=True, environ=environ)
