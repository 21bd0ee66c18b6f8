"""The control API below ``/_sandbox``: JSON in, JSON out, an error is ``{"error": sentence}``."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import falcon
import msgspec

from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid, NotFound, ServiceUnavailable
from core.sandbox.clock import SIGNING, read_distance, read_instant
from core.sandbox.faults import Fault, Scheduled, check_fault
from core.sandbox.hints import ParameterHints
from core.sandbox.host import PREFIX, Sandbox
from core.sandbox.journal import Entry, Question
from core.sandbox.webhooks import MODES
from core.suggestions import suggestion
from core.typed_data import from_plain

#: Entries in one answer, and characters of a snapshot's name.
MAX_LISTED = 1000
_MAX_NAME = 100


def control_app(sandbox: Sandbox) -> "falcon.App[falcon.Request, falcon.Response]":
    """The WSGI application of the control API."""
    app = falcon.App()
    app.req_options.strip_url_path_trailing_slash = True
    app.add_error_handler(Exception, _handle_error)
    app.add_error_handler(falcon.HTTPError, _handle_error)
    for path, resource in RESOURCES.items():
        app.add_route(f"{PREFIX}{path}", resource(sandbox))
    return app


def _handle_error(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
    if isinstance(error, falcon.HTTPError):
        resp.status = error.status
        resp.set_headers(dict(error.headers or {}))
        sentence = {404: f"the control API has no {req.path}", 405: f"{req.path} has no {req.method}"}.get(
            error.status_code, error.description or error.title or "the request cannot be understood"
        )
    elif isinstance(error, NotFound):
        resp.status, sentence = 404, f"there is no {error.kind} {error.id!r}"
    elif isinstance(error, ServiceUnavailable):
        resp.status, sentence = 503, "requests or webhooks that are under way do not come to an end"
        resp.set_header("Retry-After", str(error.retry_after))
    elif isinstance(error, DomainError):
        resp.status, sentence = 422, error_sentence(error)
    else:
        raise error
    _send(resp, {"error": sentence})


def _send(resp: falcon.Response, value: Any) -> None:
    # In ASCII, because a journal may hold halves of characters that a client sent.
    text = json.dumps(msgspec.to_builtins(value), separators=(",", ":"))
    resp.data, resp.content_type = text.encode(), falcon.MEDIA_JSON


def _body(req: falcon.Request, *names: str) -> dict[str, Any]:
    """The object in the body, ``{}`` without one; only these keys."""
    raw = req.bounded_stream.read()
    if not raw:
        return {}
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid(field="body", reason=f"is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise Invalid(field="body", reason="must be an object")
    for name in value:
        if names and name not in names:
            raise Invalid(field=str(name), reason=f"is no known key{suggestion(str(name), names)}")
    return value


class _Resource:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox


class Overview(_Resource):
    """``/``: what runs."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        _send(resp, {**self._sandbox.summary, **_clock(self._sandbox), "snapshots": self._sandbox.names()})


class Reset(_Resource):
    """``/reset``: begin anew."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._sandbox.reset()
        _send(resp, _clock(self._sandbox))


def _clock(sandbox: Sandbox) -> dict[str, Any]:
    clock = sandbox.clock
    now = clock().isoformat().replace("+00:00", "Z")
    return {"now": now, "running": clock.is_running, "signing": clock.signing}


class ClockResource(_Resource):
    """``/clock``: stand, go, run."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        _send(resp, _clock(self._sandbox))

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = _body(req, "now", "advance", "run", "freeze", "signing")
        moves = [name for name in ("now", "advance") if name in body]
        if len(moves) > 1 or (body.get("run") and body.get("freeze")):
            raise Invalid(field="now", reason="goes with neither advance nor run")
        clock, passing = self._sandbox.clock, self._sandbox.time
        signing = body.get("signing", clock.signing)
        if signing not in SIGNING:
            raise Invalid(field="signing", reason=f"must be one of {', '.join(SIGNING)}")
        distance = read_distance(body["advance"]) if "advance" in body else timedelta(0)
        instant = read_instant(body["now"]) if "now" in body else None
        clock.signing = signing
        if instant is not None:
            clock.freeze()
        if moves:
            passing.move_to(clock() + distance if instant is None else instant)
        if body.get("run"):
            clock.run()
        if body.get("freeze"):
            clock.freeze()
        passing.wake()
        _send(resp, _clock(self._sandbox))


class SnapshotList(_Resource):
    """``/snapshots``: the names."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        _send(resp, {"snapshots": self._sandbox.names()})


class SnapshotResource(_Resource):
    """``/snapshots/NAME``: keep with PUT, return to with POST."""

    def on_put(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        if len(name) > _MAX_NAME or not name.isprintable():
            raise Invalid(field="name", reason=f"must have at most {_MAX_NAME} printable characters")
        self._sandbox.keep(name)
        _send(resp, {"kept": name})

    def on_post(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        if name not in self._sandbox.names():
            raise NotFound(kind="snapshot", id=name)
        self._sandbox.return_to(name)
        _send(resp, {"returned": name, **_clock(self._sandbox)})


class Load(_Resource):
    """``/load``: ``{"dialect", "document"}``."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = _body(req, "dialect", "document")
        _send(resp, self._sandbox.load(str(body.get("dialect", "")), body.get("document")))


class Dump(_Resource):
    """``/dump``: import documents by dialect; ``?dialect=`` for one."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        _send(resp, self._sandbox.dump(req.get_param("dialect", default="")))


def _describe(scheduled: Scheduled) -> dict[str, Any]:
    default = Fault(kind="").__struct_fields__
    given = {
        name: value
        for name in default
        if (value := getattr(scheduled.fault, name)) != getattr(Fault(kind=""), name) or name == "kind"
    }
    return {"id": scheduled.id, **given, "met": scheduled.met, "used": scheduled.used}


class FaultList(_Resource):
    """``/faults``: set with POST, list, clear."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        _send(resp, {"faults": [_describe(one) for one in self._sandbox.faults.listed()]})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = _body(req)
        for name in body:
            if name not in Fault.__struct_fields__:
                raise Invalid(field=name, reason=f"is no known key{suggestion(name, Fault.__struct_fields__)}")
        try:
            fault = from_plain(body, Fault)
        except msgspec.ValidationError as error:
            text, _, path = str(error).partition(" - at `$")
            raise Invalid(field=path.strip(".`") or "kind", reason=text[:1].lower() + text[1:]) from None
        check_fault(fault, [dialect.name for _, dialect in self._sandbox.manager.dialects])
        resp.status = 201
        _send(resp, _describe(self._sandbox.faults.add(fault)))

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        _send(resp, {"cleared": self._sandbox.faults.clear()})


class FaultResource(_Resource):
    """``/faults/ID``: clear one."""

    def on_delete(self, req: falcon.Request, resp: falcon.Response, fault_id: int) -> None:
        _send(resp, {"cleared": self._sandbox.faults.clear(fault_id)})


class JournalResource(_Resource):
    """``/journal``: ask and clear."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._hints = {dialect.name: ParameterHints(dialect) for _, dialect in sandbox.manager.dialects}

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        question, times = read_question(req)
        found = self._sandbox.journal.find(question)
        limit = req.get_param_as_int("limit", min_value=0, max_value=MAX_LISTED, default=100)
        entries = [self._describe(entry) for entry in (found[-limit:] if limit else [])]
        answer = {"count": len(found), "dropped": self._sandbox.journal.dropped, "entries": entries}
        if times is not None:
            answer["as_expected"] = len(found) == times
            if len(found) != times:
                resp.status = 409
                answer["error"] = f"{question.describe()}: called {_times(len(found))}, not {_times(times)}"
        _send(resp, answer)

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        _send(resp, {"cleared": self._sandbox.journal.clear()})

    def _describe(self, entry: Entry) -> dict[str, Any]:
        record = asdict(entry)
        del record["size"]
        hints = self._hints.get(entry.dialect)
        return {**record, "hints": hints.hints(entry) if hints is not None else []}


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def read_question(req: falcon.Request) -> tuple[Question, int | None]:
    """What the query of a request asks of the journal, and how many calls it expects.

    Raises:
        Invalid: A parameter is unknown, or its value cannot be read.
    """
    known = ("method", "path", "dialect", "status", "key", "query", "body", "after", "limit", "times")
    for name in req.params:
        if name not in known:
            raise Invalid(field=name, reason=f"is no known parameter{suggestion(name, known)}")
    return (
        Question(
            method=req.get_param("method", default=""),
            path=req.get_param("path", default=""),
            dialect=req.get_param("dialect", default=""),
            status=req.get_param_as_int("status"),
            key=req.get_param("key", default=""),
            query=_json_param(req, "query"),
            body=_json_param(req, "body"),
            after=req.get_param_as_int("after", default=0),
        ),
        req.get_param_as_int("times", min_value=0),
    )


def _json_param(req: falcon.Request, name: str) -> Any:
    text = req.get_param(name)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Invalid(field=name, reason="must be JSON") from None


class Webhooks(_Resource):
    """``/webhooks``: what was sent or held, and where webhooks go."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._sandbox.time.settle()
        _send(resp, {"mode": self._sandbox.webhooks.mode, "webhooks": self._sandbox.webhooks.attempts()})

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        mode = _body(req, "mode").get("mode")
        if mode not in MODES:
            raise Invalid(field="mode", reason=f"must be one of {', '.join(MODES)}")
        self._sandbox.webhooks.mode = mode
        _send(resp, {"mode": mode})

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._sandbox.webhooks.clear()
        _send(resp, {"cleared": True})


class Keys(_Resource):
    """``/keys``: make another key, that expires if ``expires_in`` says so."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = _body(req, "dialect", "expires_in", "permissions")
        expires_in = read_distance(body["expires_in"]) if body.get("expires_in") is not None else None
        permissions = body.get("permissions")
        resp.status = 201
        fields = self._sandbox.create_key(
            str(body.get("dialect", "")),
            expires_in=expires_in,
            permissions=None if permissions is None else str(permissions),
        )
        _send(resp, fields)


#: What lies below the prefix.
RESOURCES: dict[str, type[_Resource]] = {
    "": Overview,
    "/reset": Reset,
    "/clock": ClockResource,
    "/snapshots": SnapshotList,
    "/snapshots/{name}": SnapshotResource,
    "/load": Load,
    "/dump": Dump,
    "/faults": FaultList,
    "/faults/{fault_id:int}": FaultResource,
    "/journal": JournalResource,
    "/webhooks": Webhooks,
    "/keys": Keys,
}
