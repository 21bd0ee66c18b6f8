"""Request bodies, query parameters, replies and versions (ETag) of HTTP."""

from core.http.body import convert, decode_body, media_type, query_params, read_body
from core.http.dialect import methods_of_resource
from core.http.responses import (
    check_version,
    client_has_version,
    encode_json,
    etag,
    expected_version,
    send_json,
    set_etag,
)
from core.ip_addresses import is_public

__all__ = [
    "check_version",
    "client_has_version",
    "convert",
    "decode_body",
    "encode_json",
    "etag",
    "expected_version",
    "is_public",
    "media_type",
    "methods_of_resource",
    "query_params",
    "read_body",
    "send_json",
    "set_etag",
]
