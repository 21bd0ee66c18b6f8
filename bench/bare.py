"""The reference: a Falcon app with one JSON route of 1 kB, served exactly as frontdesk is.

Run as ``python -m bench.bare CONFIG PORT WORKERS``.
"""

import sys

import falcon

from core.config import load_config
from core.gunicorn_engine import GunicornServer
from core.live_app import App

DOCUMENT = {"items": [{"id": number, "name": f"Item {number}", "price": "10.00", "open": True} for number in range(17)]}


class Thing:
    """The one route."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = DOCUMENT


def make_app() -> App:
    """The app, for any server."""
    app: App = falcon.App()
    app.add_route("/thing", Thing())
    return app


class BareServer(GunicornServer):
    """frontdesk's server around another app."""

    def load(self) -> App:
        return make_app()


if __name__ == "__main__":
    _, path, port, workers = sys.argv
    BareServer(load_config(path), bind=f"127.0.0.1:{port}", workers=int(workers)).run()
