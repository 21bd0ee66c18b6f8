"""Text as people compare it: without regard to case, accents and the form of letters."""

import unicodedata

#: Letters that people sort beside another one and that Unicode does not take apart.
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def fold(text: str) -> str:
    """The form under which texts sort and are searched: ``Ägidius ØSTERGÅRD`` becomes ``agidius ostergard``."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).casefold().translate(_LETTERS)
