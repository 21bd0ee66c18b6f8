"""Identifies repeated writes, for idempotency keys."""

import hashlib
from collections.abc import Callable

import falcon

from core.http.body import media_type, raw_body

FORM = "application/x-www-form-urlencoded"


def fingerprint(req: falcon.Request, is_credential: Callable[[str], bool] | None = None) -> str:
    """A hash of method, path, query, content type and body.

    Args:
        is_credential: Whether a parameter authenticates the caller. These are left out: a retry is signed anew, and the
            same caller may authenticate in another way.
    """
    query, body = req.query_string, raw_body(req)
    if is_credential is not None:
        query = _without(query, is_credential)
        if media_type(req) == FORM:
            body = _without(body.decode("latin-1"), is_credential).encode("latin-1")
    head = f"{req.method} {req.path}?{query}\n{req.content_type or ''}\n".encode("utf-8", "surrogateescape")
    return hashlib.sha256(head + body).hexdigest()


def _without(encoded: str, is_credential: Callable[[str], bool]) -> str:
    """A query string or form without the fields for which ``is_credential`` is true."""
    return "&".join(field for field in encoded.split("&") if not is_credential(field.partition("=")[0]))
