"""Connects both transports to Falcon: one resource for all methods and paths, and login before core's steps."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import falcon

from core.http.dialect import ErrorReply, RequestSteps

#: Every method that Falcon can route to a resource.
_VERBS = [verb for verb in falcon.constants.COMBINED_METHODS if verb != "WEBSOCKET"]


_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@lru_cache(maxsize=1024)
def route_template(base: str, path: str) -> str:
    """A route with WordPress patterns as logs and metrics show it: ``/things/(?P<id>\\d+)`` as ``/things/{id}``."""
    return (base + _GROUP.sub(r"{\1}", path)).rstrip("/")


class CatchAllResource:
    """Serves every method with the result of one function."""

    def __init__(self, reply: Callable[[falcon.Request], ErrorReply]) -> None:
        self._reply = reply

    def serve(self, req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
        """The responder of all methods. It ignores path parameters: the server matches the whole path itself."""
        reply = self._reply(req)
        resp.status = reply.status
        resp.data = reply.body
        resp.set_headers(dict(reply.headers))


for _verb in _VERBS:
    setattr(CatchAllResource, f"on_{_verb.lower()}", CatchAllResource.serve)


class RestSteps(RequestSteps):
    """Authenticates the caller before core's steps run."""

    def __init__(
        self,
        begin_request: Callable[[falcon.Request], Any],
        normalize_path: Callable[[falcon.Request], None] | None = None,
    ) -> None:
        self._begin_request = begin_request
        self._normalize_path = normalize_path

    def before_routing(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Core's step before routing."""
        if self._normalize_path is not None:
            self._normalize_path(req)

    def before_handler(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        """Core's step between routing and responder."""
        self._begin_request(req)
