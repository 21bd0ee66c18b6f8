"""Responses: JSON, entity tags, conditional requests."""

from typing import Any

import falcon
import msgspec

from core.errors import Invalid, StaleVersion

JSON = "application/json; charset=UTF-8"

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode_json(value: Any) -> bytes:
    """Plain data or structs as compact JSON; decimals as numbers, exactly."""
    return _encoder.encode(value)


def send_json(resp: falcon.Response, value: Any, status: int = 200) -> None:
    """Respond with JSON; 204 has no body."""
    resp.status = status
    if status == 204:
        return
    resp.content_type = JSON
    resp.data = encode_json(value)


def set_etag(req: falcon.Request, resp: falcon.Response, version: int) -> bool:
    """Set the entity tag of the single record in this response.

    Returns:
        True when the caller has this version already (``If-None-Match`` on a GET): the response is 304 without a body.
    """
    resp.set_header("ETag", etag(version))
    if client_has_version(req, version):
        resp.status = 304
        return True
    return False


def etag(version: int) -> str:
    """The entity tag of a record's version."""
    return f'"{version}"'


def client_has_version(req: falcon.Request, version: int) -> bool:
    """Whether the caller of a GET has this version already (``If-None-Match``)."""
    if_none_match = req.env.get("HTTP_IF_NONE_MATCH")
    return if_none_match is not None and req.method == "GET" and etag(version) in _tags(if_none_match)


def expected_version(req: falcon.Request) -> int | None:
    """The version in the ``If-Match`` header; None without the header or with ``*``.

    Raises:
        Invalid: The header contains no tag of this server's format.
    """
    if_match = req.env.get("HTTP_IF_MATCH")
    if not if_match or if_match.strip() == "*":
        return None
    tag = _tags(if_match)[0].strip('"')
    if not tag.isascii() or not tag.isdigit() or len(tag) > 18:
        raise Invalid(field="If-Match", reason="format", value=if_match)
    return int(tag)


def check_version(req: falcon.Request, version: int) -> None:
    """Raise ``StaleVersion`` when ``If-Match`` names another version than ``version``."""
    if_match = req.env.get("HTTP_IF_MATCH")
    if if_match and if_match.strip() != "*" and f'"{version}"' not in _tags(if_match):
        raise StaleVersion(expected_version=expected_version(req) or 0, actual_version=version)


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")] or [""]
