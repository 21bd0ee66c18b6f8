""" "Did you mean ...?" for messages about unknown names."""

import difflib
from collections.abc import Iterable, Mapping


def nearest_name(word: str, names: Iterable[str]) -> str | None:
    """The name that looks most like ``word``, or None."""
    matches = difflib.get_close_matches(word.lower(), list(names), n=1, cutoff=0.5)
    return matches[0] if matches else None


def suggestion(word: str, names: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest one, or a full stop."""
    match = nearest_name(word, names)
    if match and isinstance(names, Mapping) and isinstance(names[match], str):
        # The keys are lower case; the values are the real spelling.
        match = names[match]
    return f"; did you mean {match!r}?" if match else "."
