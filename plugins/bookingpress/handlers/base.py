"""What all handlers share: the paths ``/<collection>`` and ``/<collection>/{id}`` of a kind of record, and bodies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Literal

from frontdesk.http import check_version, client_has_version, encode_json, etag, expected_version
from frontdesk.openapi import Operation
from frontdesk.wordpress import arguments
from frontdesk.wordpress.phpjson import EncodedJson
from frontdesk.wordpress.rest import CREATE, DELETE, EDIT, READ, Endpoint, RestRequest, RestResponse
from plugins.bookingpress.auth import Authenticator
from plugins.bookingpress.errors import Refused, read_refusal
from plugins.bookingpress.settings import GROUPS
from plugins.bookingpress.translate.params import Params, listing_query, read_listing
from plugins.bookingpress.usecases.base import CrudUseCases
from plugins.bookingpress.usecases.context import Context

#: The content types a body may have.
MEDIA = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
#: What narrows the records of every read.
_FIELDS = {"_fields": [str]}
#: The shape of the vendor's answer to a write, done or refused.
NOTICE = {"variant": Literal["success", "error", "warning"], "title": str, "msg": str}
_FORM_BOOLEANS = {"true": True, "false": False}


class CrudHandler:
    """One kind of record; subclasses declare its switches, sentences and shapes.

    Attributes:
        switches: The group of permission switches.
        sortable: Core's field by the name a list may be sorted by.
        per_page: The length of a page where the caller names none.
        collection: The collection whose record fields writes understand, too.
        update_names: Parameters by which a POST to the collection names the record it means to update, if any.
        created, updated, deleted: The vendor's sentences.
        filters, body, record: Shapes of a list's filters, of a write's body and of a record.
    """

    usecases_type: ClassVar[type[CrudUseCases]]
    switches: ClassVar[str]
    sortable: ClassVar[Mapping[str, str]] = {"id": "id"}
    per_page: ClassVar[int] = 10
    collection: ClassVar[str] = ""
    update_names: ClassVar[tuple[str, ...]] = ("update_id",)
    created: ClassVar[str] = ""
    updated: ClassVar[str] = ""
    deleted: ClassVar[str] = ""
    filters: ClassVar[Mapping[str, Any]] = {}
    body: ClassVar[Mapping[str, Any]] = {}
    record: ClassVar[type]
    #: The shape of the answer to a create.
    create_reply: ClassVar[Any] = NOTICE

    def __init__(self, context: Context, authenticator: Authenticator) -> None:
        self.usecases = self.usecases_type(context)
        self.authenticator = authenticator
        self.actions = GROUPS[self.switches]

    def collection_endpoints(self) -> list[Endpoint]:
        """``GET`` lists; ``POST`` creates, or updates when the body names a record."""
        endpoints = []
        if reading := next((action for action in ("read", "list") if action in self.actions), ""):
            operation = Operation(
                query={**listing_query(self.sortable), **self.filters, **_FIELDS},
                reply={"items": [self.record], "total": int},
            )
            endpoints.append(self._endpoint(READ, self.list_records, reading, operation, reads=True))
        if "create" in self.actions:
            body = {**self.body, **dict.fromkeys(self.update_names, int)}
            endpoints.append(
                self._endpoint(CREATE, self.create, "create", Operation(body=body, reply=self.create_reply))
            )
        return endpoints

    def record_endpoints(self) -> list[Endpoint]:
        """``GET`` reads, ``POST``, ``PUT`` and ``PATCH`` update, ``DELETE`` removes."""
        endpoints = []
        path = {"id": int}
        if "read" in self.actions:
            operation = Operation(path=path, query=_FIELDS, reply=self.record)
            endpoints.append(self._endpoint(READ, self.get, "read", operation, reads=True))
        if "update" in self.actions:
            operation = Operation(path=path, body=self.body, reply=NOTICE)
            endpoints.append(self._endpoint(EDIT, self.update, "update", operation))
        if "delete" in self.actions:
            operation = Operation(path=path, body={"delete_id": int}, reply=NOTICE)
            endpoints.append(self._endpoint(DELETE, self.delete, "delete", operation))
        return endpoints

    def _endpoint(
        self,
        methods: Sequence[str],
        handler: Callable[[RestRequest], RestResponse],
        action: str,
        operation: Operation,
        *,
        reads: bool = False,
    ) -> Endpoint:
        """An endpoint behind the switch of ``action``; refused reads are worded otherwise than refused writes."""
        return Endpoint(
            methods,
            handler,
            admit=partial(self.admit, action=action),
            errors=read_refusal if reads else None,
            operation=replace(operation, media=MEDIA),
        )

    def admit(self, request: RestRequest, *, action: str) -> None:
        """Let the caller in and ask the switch of what is about to be done, before the body is read."""
        self.authenticator.admit(request)
        if action == "create" and not self.authenticator.allows(f"{self.switches}.create"):
            # The body may name a record to update; then that switch is asked instead.
            arguments.peek_json(request)
            if self._record_to_update(read_params(request)):
                action = "update"
        self.authenticator.check(f"{self.switches}.{action}")

    def _record_to_update(self, params: Params) -> int:
        return params.id(*self.update_names) if self.update_names else 0

    def list_records(self, request: RestRequest) -> RestResponse:
        listing = read_listing(Params(request.query), sortable=self.sortable, per_page=self.per_page)
        records, total = self.usecases.page(listing)
        return RestResponse(
            json_text({"items": records, "total": total}),
            total=total,
            pages=-(-total // listing.limit),
            link=False,
            records_in="items",
        )

    def create(self, request: RestRequest) -> RestResponse:
        params = read_params(request).as_write(self.collection)
        if id := self._record_to_update(params):
            self.authenticator.check(f"{self.switches}.update")
            return notice(self.updated, self.usecases.update(id, params, partial=False))
        return notice(self.created, self.usecases.create(params))

    def get(self, request: RestRequest) -> RestResponse:
        record, version = self.usecases.get(path_id(request))
        headers = {"ETag": etag(version)}
        if client_has_version(request.php_request.http, version):
            return RestResponse(EncodedJson(b""), 304, headers)
        return RestResponse(json_text(record), headers=headers)

    def update(self, request: RestRequest) -> RestResponse:
        params, partial_update = read_params(request).as_write(self.collection), request.method == "PATCH"
        precondition = partial(check_version, request.php_request.http)
        ids = self.usecases.update(path_id(request), params, partial=partial_update, precondition=precondition)
        return notice(self.updated, ids)

    def delete(self, request: RestRequest) -> RestResponse:
        params, id = read_params(request), path_id(request)
        if not id or (params.has("delete_id") and params.id("delete_id") != id):
            raise Refused()
        return notice(
            self.deleted, self.usecases.delete(id, expected_version=expected_version(request.php_request.http))
        )


def notice(message: str, ids: Mapping[str, Any]) -> RestResponse:
    """The vendor's answer to a write that was done."""
    return RestResponse(json_text({"variant": "success", "title": "Success", "msg": message, **ids}))


def json_text(value: Any) -> EncodedJson:
    """Structs as JSON that is ready to be sent."""
    return EncodedJson(encode_json(value))


def path_id(request: RestRequest) -> int:
    """The id in the path; one that no record can have is 0."""
    digits = request.url_params["id"]
    return int(digits) if len(digits) < 19 else 0


def read_params(request: RestRequest) -> Params:
    """Body over query string; ``true`` and ``false`` of forms become booleans."""
    return Params({**request.query, **_with_booleans(request.form), **(request.json or {})})


def _with_booleans(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_booleans(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_booleans(inner) for inner in value]
    return _FORM_BOOLEANS.get(value, value) if isinstance(value, str) else value
