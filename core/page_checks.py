"""Checks the console pages that plugins register."""

import re
from typing import Any

from core.answer_checks import PluginAnswer, describe_value, first_wrong, is_list_of
from core.console_pages import ConsolePage
from core.services.operators import ROLES

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_TITLE = 40


def check_pages(answer: PluginAnswer, value: Any) -> tuple[ConsolePage, ...]:
    """The pages of one plugin.

    Raises:
        PluginError: One of them cannot be shown.
    """
    if not is_list_of(value, ConsolePage):
        raise answer.expected("a list of ConsolePage", first_wrong(value, ConsolePage))
    slugs: set[str] = set()
    for page in value:
        if not isinstance(page.slug, str) or not _SLUG.fullmatch(page.slug):
            raise answer.problem(
                f"the slug of a page has small letters, digits and dashes, and is not {describe_value(page.slug)}"
            )
        if page.slug in slugs:
            raise answer.problem(f"two pages have the slug {page.slug!r}")
        slugs.add(page.slug)
        _check_page(answer, page)
    return tuple(value)


def _check_page(answer: PluginAnswer, page: ConsolePage) -> None:
    where = f"the page {page.slug!r}"
    if not isinstance(page.title, str) or not 0 < len(page.title.strip()) <= _MAX_TITLE:
        raise answer.problem(f"{where} needs a title of up to {_MAX_TITLE} letters, not {describe_value(page.title)}")
    answer.check_function(f"show of {where}", page.show, "request")
    if page.submit is not None:
        answer.check_function(f"submit of {where}", page.submit, "request")
    for name in ("role", "submit_role"):
        role = getattr(page, name)
        if role not in ROLES:
            raise answer.problem(f"the {name} of {where} is none of {', '.join(ROLES)}, but {describe_value(role)}")
