"""What plugins say about personal data in their extras and tables; the host installs it at start-up."""

from collections.abc import Mapping
from typing import Any

from core.domain.personal_data import Person, PersonalData, without_paths

_installed: Mapping[str, PersonalData] = {}


def install(by_dialect: Mapping[str, PersonalData]) -> None:
    """Replace what is known, in one step."""
    global _installed
    _installed = dict(by_dialect)


def described() -> Mapping[str, PersonalData]:
    """What is known, by dialect."""
    return _installed


def scrub_extras(kind: str, extras: Mapping[str, Any], person: Person) -> dict[str, Any]:
    """The extras of a record without what is personal.

    Of a dialect that nobody describes, such as one of a plugin that is off, a customer's extras go as a whole, and
    other records lose what mentions the person.
    """
    scrubbed: dict[str, Any] = {}
    for dialect, data in extras.items():
        known = _installed.get(dialect)
        if known is None and kind == "customer":
            continue
        paths = known.fields.get(kind, ()) if known is not None else ()
        scrubbed[dialect] = person.scrub(without_paths(data, paths))
    return scrubbed


def unknown_dialects(extras: Mapping[str, Any]) -> set[str]:
    """The dialects in some extras that nobody describes."""
    return {dialect for dialect, data in extras.items() if data and dialect not in _installed}
