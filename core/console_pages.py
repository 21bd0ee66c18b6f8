"""Pages that plugins add to the console (``register_console_pages``)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup

from core.services.operators import OPERATOR, VIEWER


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What a page is asked.

    Attributes:
        query: The query parameters; the last of repeated names.
        form: The fields of the submitted form, without the token; a list under ``ids`` for fields ``ids[]``. Empty
            when the page is only opened.
        operator: The name of the operator who is signed in.
        role: That operator's role.
        now: The host's clock, aware UTC.
        form_token: What every form must send as ``form_token``.
        url: ``url("bookings", 5, page=2)`` is the address of a page of the console, with query parameters; those of a
            plugin's own pages begin with its name.
    """

    query: Mapping[str, str]
    form: Mapping[str, Any] = field(default_factory=dict)
    operator: str
    role: str
    now: datetime
    form_token: str
    url: Callable[..., str]


@dataclass(frozen=True, slots=True)
class PageContent:
    """The content of a page, below its title.

    Attributes:
        template: Text of a Jinja template. Values are escaped in it. It also has ``request`` (the ``PageRequest``),
            the console's filters (``money``, ``moment``, ``wall``, ``ago``, ``words``) and its macros, such as
            ``{% from "macros.html" import token with context %}``, which puts the token into a form.
        values: What it shows, by name.
        status: The HTTP status, such as 422 for a form with a mistake.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class PageRedirect:
    """Another page of the console to go to after a form was submitted.

    Attributes:
        location: An address that ``PageRequest.url`` made.
        message: A sentence that is shown there once.
    """

    location: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePage:
    """A page at ``/PLUGIN/SLUG`` below the console's prefix.

    Attributes:
        slug: Lower-case letters, digits and dashes.
        title: What stands in the navigation and above the page.
        show: ``show(request)`` returns the content: a ``PageContent``, or ``markupsafe.Markup`` that is finished.
        submit: ``submit(request)`` handles a form that the page sends to itself (``method="post"``), and returns a
            ``PageRedirect``, or content as ``show`` does. None where there is none.
        role: The least role that opens it: viewer, operator or owner.
        submit_role: The least role that submits its form.
        in_navigation: Whether the navigation leads to it.
    """

    slug: str
    title: str
    show: Callable[[PageRequest], PageContent | Markup]
    submit: Callable[[PageRequest], PageContent | Markup | PageRedirect] | None = None
    role: str = VIEWER
    submit_role: str = OPERATOR
    in_navigation: bool = True
