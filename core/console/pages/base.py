"""The base of all pages: who may open them, forms, and replies."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import falcon

from core.console.context import Console
from core.console.rendering import Templates
from core.http.body import parse_query_pairs, read_body
from core.services.operators import OPERATOR, VIEWER
from core.services.repository import R, Repository

#: The longest text of a single form field.
MAX_FIELD = 20_000
#: The most entries that a page of a list can skip, and the most choices of a filter.
MAX_OFFSET, MAX_CHOICES = 100_000, 500


class Page:
    """A resource of the console.

    Attributes:
        reads: The least role that may open it.
        writes: The least role that may submit its forms.
        is_open: Needs no sign-in.
    """

    reads = VIEWER
    writes = OPERATOR
    is_open = False

    def __init__(self, console: Console, templates: Templates) -> None:
        self.console = console
        self.templates = templates

    def show(self, req: falcon.Request, resp: falcon.Response, template: str, **values: Any) -> None:
        """Reply with a page; to htmx with its ``content`` alone."""
        resp.content_type = "text/html; charset=UTF-8"
        resp.data = self.templates.render(req, resp, template, values).encode()

    def see_other(self, resp: falcon.Response, location: str, message: str = "") -> None:
        """Reply to a form: go to another page and show a message there."""
        resp.status = 303
        resp.set_header("Location", location)
        if message:
            self.templates.set_message(resp, message)


def read_form(req: falcon.Request) -> dict[str, Any]:
    """The fields of a submitted form; lists for names that end in ``[]``."""
    body = read_body(req, default={})
    return body if isinstance(body, dict) else {}


def text_field(form: Mapping[str, Any], name: str, default: str = "") -> str:
    """One field without surrounding blanks; ``default`` when it is missing, or no text."""
    value = form.get(name, default)
    return value.strip()[:MAX_FIELD] if isinstance(value, str) else default


def list_field(form: Mapping[str, Any], name: str) -> list[str]:
    """The values of a field that may be there several times."""
    value = form.get(name, [])
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def number_field(form: Mapping[str, Any], name: str, default: int = 0) -> int:
    """A whole number of up to 18 digits; ``default`` for anything else."""
    text = text_field(form, name)
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else default


def id_field(form: Mapping[str, Any], name: str) -> int:
    """The number of a record; 0 for anything else."""
    return max(0, number_field(form, name))


def date_field(form: Mapping[str, Any], name: str) -> date | None:
    """A date that calendars can show; None for anything else."""
    try:
        day = date.fromisoformat(text_field(form, name))
    except ValueError:
        return None
    return day if 1970 < day.year < 9000 else None


def offset_field(query: Mapping[str, str]) -> int:
    """The number of entries before a page of a list, ``offset`` in the query."""
    return min(id_field(query, "offset"), MAX_OFFSET)


def newer_offset(offset: int, size: int) -> int | None:
    """The offset of the page before; None on the first one."""
    return max(0, offset - size) if offset else None


def by_name(records: Repository[R], limit: int = MAX_CHOICES) -> list[R]:
    """The first records by name, for a choice."""
    return records.page(order=(("name", "asc"),), limit=limit, count=False).items


def query_fields(req: falcon.Request) -> dict[str, str]:
    """The query parameters as texts; the last of repeated names."""
    return {name: value.strip()[:MAX_FIELD] for name, value in parse_query_pairs(req.query_string or "")}
