"""Search as in WordPress: parses a search text into terms."""

import re
from typing import NamedTuple

_WORD = re.compile(r'".*?(?:"|$)|(?:(?<=[\t ",+])|^)[^\t ",+]+')
_STOP_WORDS = frozenset(
    (
        "about an are as at be by com for from how in is it of on or that the this to was what when where who will"
        " with www"
    ).split()
)
#: A search with more terms is taken as one term.
_MAX_TERMS = 9


class SearchTerm(NamedTuple):
    """A text that must be contained, or with ``is_excluded`` must not."""

    text: str
    is_excluded: bool = False


def parse_search(search: str) -> list[SearchTerm]:
    """The terms of a search. Quoted phrases are one term, ``-`` excludes, single letters and stop words are dropped.

    A search of stop words only, or of ten or more terms, is one term.
    """
    search = search.replace("\r", "").replace("\n", "")[:500]
    if not search:
        return []
    terms = []
    for part in _WORD.findall(search):
        quoted = len(part) > 2 and part[0] == part[-1] == '"'
        part = part.strip("\"'") if quoted else part.strip("\"' ")
        if part and not re.fullmatch(r"[A-Za-z-]", part) and part.lower() not in _STOP_WORDS:
            terms.append(part)
    if not terms or len(terms) > _MAX_TERMS:
        terms = [search]
    return [SearchTerm(part[1:], True) if part.startswith("-") else SearchTerm(part) for part in terms]
