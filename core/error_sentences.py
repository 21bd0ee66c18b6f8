"""Errors as sentences for people: what commands, importers and the doctor print.

Dialects word errors as their vendor does; everything else uses these sentences.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from core import errors

#: Sentence parts of an ``Invalid`` by reason; ``{value}`` and ``{limit}`` are the refused value and its bound.
_INVALID = {
    "missing": "is missing",
    "type": "is of the wrong type{limit}{value}",
    "not an object": "is no object",
    "range": "is out of range{value}{limit}",
    "choice": "is none of the values that are allowed here{value}{limit}",
    "format": "is written in a way that cannot be read{value}",
    "date": "is no date{value}",
    "time": "is no time of the day{value}",
    "date_time": "is no date with a time{value}",
    "zone": "is no time zone{value}",
    "url": "is no address that can be used{value}",
    "phone": "is no phone number{value}",
    "email": "is no e-mail address{value}",
    "amount": "is no amount of money{value}",
    "decimals": "has too many decimals{value}",
    "number": "is no number{value}",
    "integer": "is no whole number{value}",
    "order": "ends before it begins{value}",
    "overlap": "overlaps another entry{value}",
    "twins": "contradicts what is said beside it{value}",
    "twice": "stands there twice{value}",
    "taken": "is in use already{value}",
    "unknown": "names nothing that exists{value}",
}
_NOT_AVAILABLE = {
    "full": "only {remaining} of the {requested} places asked for are left",
    "closed": "the time is closed",
    "past": "the time has passed",
    "notice": "the time is too near",
    "horizon": "the time is too far ahead",
    "grid": "no booking starts at that time",
    "duration": "the duration is not offered",
    "weekday": "no booking starts on that weekday",
    "persons": "the number of persons is not allowed",
    "resource": "the resource cannot be booked with it",
}
_BALANCE = {
    "unknown": "does not exist",
    "inactive": "is not active",
    "expired": "has expired",
    "not_started": "is not valid yet",
    "service": "is not for this service",
    "staff": "is not for this person",
    "customer": "is not for this customer",
    "used_up": "is used up",
    "customer_limit": "has been used by this customer as often as it may be",
    "short": "does not hold enough",
}


def error_sentence(error: errors.DomainError) -> str:
    """The error as one plain sentence, with the path of the wrong value if there is one."""
    for kind in type(error).__mro__:
        wording = _WORDINGS.get(kind)
        if wording is not None:
            text = " ".join(wording(error).split())
            return text if text.endswith((".", "?", "!")) else f"{text}."
    return "This cannot be done."


def _as_json(value: Any, max_length: int = 60) -> str:
    """A value as it would stand in a document, shortened to ``max_length``."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        text = str(value)
    return text if len(text) <= max_length else f"{text[: max_length - 3]}..."


def _invalid(error: errors.Invalid) -> str:
    reason, value, limit = str(error.reason), "", ""
    if error.value is not None:
        value = f" ({_as_json(error.value)})"
    if error.limit is not None:
        limit = f": {_plain_limit(error.limit)}"
    where = error.field or "the document"
    if reason in _INVALID:
        return f"{where}: {_INVALID[reason].format(value=value, limit=limit)}"
    # A reason of several words is already a sentence.
    return f"{where}: {reason}" if " " in reason else f"{where}: cannot be used ({reason}){value}"


_TYPES = {
    "`int`": "a whole number",
    "`str`": "text",
    "`float`": "a number",
    "`decimal`": "a number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "an object",
    "`null`": "null",
}


def _plain_limit(limit: Any) -> str:
    if not isinstance(limit, str):
        return f"the limit is {_as_json(limit)}"
    text: str = limit
    for code, words in _TYPES.items():
        text = text.replace(code, words)
    return text[:1].lower() + text[1:].replace("`", "")


#: Kinds of record that have another name in sentences.
_KINDS = {"credential": "key", "": "record"}


def _kind(name: str) -> str:
    return _KINDS.get(name) or name.replace("_", " ")


def _not_found(error: errors.NotFound) -> str:
    return f"There is no {_kind(error.kind)}" + (f" {_as_json(error.id)}" if error.id is not None else "")


def _not_available(error: errors.NotAvailable) -> str:
    words = _NOT_AVAILABLE.get(error.reason, "it is not available")
    when = f" at {error.start.isoformat()}" if error.start is not None else ""
    return f"This cannot be booked{when}: {words.format(remaining=error.remaining, requested=error.requested)}"


def _duplicate(error: errors.Duplicate) -> str:
    return f"Another {_kind(error.kind)} has {error.field or 'this'} {_as_json(error.value)} already"


def _in_use(error: errors.InUse) -> str:
    id_text = "" if error.id is None else f" {error.id}"
    return f"The {_kind(error.kind)}{id_text} is needed by a {_kind(error.used_by)}"


def _balance(error: errors.BalanceRefused) -> str:
    code = f" {_as_json(error.code)}" if error.code else ""
    return f"The {_kind(error.kind)}{code} {_BALANCE.get(error.reason, 'cannot be used')}"


_WORDINGS: dict[type, Callable[[Any], str]] = {
    errors.Invalid: _invalid,
    errors.NotFound: _not_found,
    errors.MalformedBody: lambda error: f"The document cannot be read: {error.reason}",
    errors.AnswerTooLarge: lambda error: f"At most {error.limit} {error.unit} can be asked for at once",
    errors.BodyTooLarge: lambda error: f"It is longer than {error.limit} bytes",
    errors.NotAvailable: _not_available,
    errors.Duplicate: _duplicate,
    errors.InUse: _in_use,
    errors.InvalidTransition: lambda error: f"The status cannot go from {error.from_status} to {error.to_status}",
    errors.TooLate: lambda error: f"It is too late for that: the notice is {error.limit} minutes",
    errors.StaleVersion: lambda error: "It has been changed by somebody else meanwhile",
    errors.IdempotencyConflict: lambda error: "The idempotency key was used for something else",
    errors.IdempotencyInFlight: lambda error: "A request with this idempotency key is still running",
    errors.Conflict: lambda error: "It clashes with what is stored",
    errors.BalanceRefused: _balance,
    errors.Vetoed: lambda error: error.reason or f"The plugin {error.plugin} refuses it",
    errors.Unauthenticated: lambda error: f"Nobody is signed in ({_kind(error.reason)})",
    errors.Forbidden: lambda error: f"It is not allowed ({_kind(error.permission or error.reason)})",
    errors.ServiceUnavailable: lambda error: (
        f"The datastore cannot be used now; try again in {error.retry_after} seconds"
    ),
    errors.RateLimited: lambda error: f"Too many calls; try again in {error.retry_after} seconds",
}
