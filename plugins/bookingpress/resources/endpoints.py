"""What answers on a path: a collection or a single record of one kind, over the things that know how."""

from typing import Any

from core.db import writing
from core.errors import Forbidden, NotFound
from core.http.openapi import operation
from core.http.responses import check_version, client_has_version, encode_json, etag, expected_version
from core.wordpress import arguments
from core.wordpress.phpjson import EncodedJson
from core.wordpress.rest import READ, Endpoint, RestRequest, RestResponse, WPError
from plugins.bookingpress.errors import NOTICE, WENT_WRONG, Refused, read_refusal
from plugins.bookingpress.resources.base import Params, Things, read_listing

#: What narrows the records of every read.
FIELDS = {"_fields": [str]}
_FORMS = {"true": True, "false": False}


class Resource:
    """What answers on a path. An endpoint's ``tag`` is the action whose switch is asked before the body is read."""

    def __init__(self, things: Things) -> None:
        self.things = things

    def check(self, action: str) -> None:
        """Refuse what the site's switches forbid."""
        self.things.shop.gate.check(f"{self.things.group}.{action}")

    def admit(self, request: RestRequest) -> None:
        """Ask the switch of what is about to be done."""
        self.check(request.endpoint.action)


class Collection(Resource):
    """``GET`` lists, ``POST`` creates, or updates when the body names a record."""

    def endpoints(self) -> list[Endpoint]:
        actions = self.things.actions
        endpoints = []
        reading = next((action for action in ("read", "list") if action in actions), "")
        if reading:
            endpoints.append(Endpoint(READ, self.browse, errors=read_refusal, action=reading))
        if "create" in actions:
            endpoints.append(Endpoint(("POST",), self.write, action="create"))
        return endpoints

    def admit(self, request: RestRequest) -> None:
        """The body of a POST may name a record to update; then that switch is asked instead."""
        try:
            super().admit(request)
        except Forbidden:
            if request.endpoint.action != "create" or not self._names_record(request):
                raise

    def _names_record(self, request: RestRequest) -> bool:
        try:
            arguments.read_json(request)
        except WPError:
            return False
        return bool(self._record_to_update(write_params(request)))

    def _record_to_update(self, given: Params) -> int:
        return given.id(*self.things.update_names) if "update" in self.things.actions else 0

    def browse(self, request: RestRequest) -> RestResponse:
        listing = read_listing(
            Params(request.query),
            sorts=self.things.sorts,
            per_page=self.things.per_page,
            default=self.things.default_order,
        )
        items, total = self.things.page(listing)
        pages = -(-total // listing.limit)
        return RestResponse(
            json({"items": items, "total": total}),
            headers={"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)},
            records_in="items",
        )

    def write(self, request: RestRequest) -> RestResponse:
        given = self.things.given(write_params(request))
        number = self._record_to_update(given)
        if number:
            self.check("update")
        if not number and self.things.opens_transaction:
            return RestResponse(json(self.things.create(given)))
        with writing():
            done = self.things.update(number, given, gentle=False) if number else self.things.create(given)
        return RestResponse(json(done))


class Single(Resource):
    """``GET`` reads, ``POST``, ``PUT`` and ``PATCH`` update, ``DELETE`` removes."""

    def endpoints(self) -> list[Endpoint]:
        actions = self.things.actions
        endpoints = []
        if "read" in actions:
            endpoints.append(Endpoint(READ, self.read, errors=read_refusal, action="read"))
        if "update" in actions:
            endpoints.append(Endpoint(("POST", "PUT", "PATCH"), self.update, action="update"))
        if "delete" in actions:
            endpoints.append(Endpoint(("DELETE",), self.delete, action="delete"))
        return endpoints

    def read(self, request: RestRequest) -> RestResponse:
        record, version = self.things.one(number_of(request))
        headers = {"ETag": etag(version)}
        if client_has_version(request.php_request.http, version):
            return RestResponse(EncodedJson(b""), 304, headers)
        return RestResponse(json(record), headers=headers)

    def update(self, request: RestRequest) -> RestResponse:
        given, number, http = self.things.given(write_params(request)), number_of(request), request.php_request.http
        with writing():
            if http.get_header("If-Match"):
                self._check_version(http, number)
            done = self.things.update(number, given, gentle=request.method == "PATCH")
        return RestResponse(json(done))

    def _check_version(self, http: Any, id: int) -> None:
        try:
            version = self.things.one(id)[1]
        except NotFound:
            return
        check_version(http, version)

    @operation(body={"delete_id": int}, reply=NOTICE)
    def delete(self, request: RestRequest) -> RestResponse:
        given, number = write_params(request), number_of(request)
        if not number or (given.has("delete_id") and given.id("delete_id") != number):
            raise Refused(msg=WENT_WRONG)
        with writing():
            done = self.things.delete(number, expected_version(request.php_request.http))
        return RestResponse(json(done))


def json(value: Any) -> EncodedJson:
    """Structs as JSON that is ready to be sent."""
    return EncodedJson(encode_json(value))


def number_of(request: RestRequest) -> int:
    """The id in the path; one that no record can have is 0."""
    text = request.url_params["id"]
    return int(text) if len(text) < 19 else 0


def write_params(request: RestRequest) -> Params:
    """Body over query string; ``true`` and ``false`` of forms become booleans."""
    return Params({**request.query, **_with_booleans(request.form), **(request.json or {})})


def _with_booleans(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_booleans(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_booleans(inner) for inner in value]
    return _FORMS.get(value, value) if isinstance(value, str) else value
