"""The samples of the vendor's document: requests byte for byte, answers with the same keys, order, types and formats.

Typography of the document (curly quotes, the long dash, the hidden address, blanks inside a URL) is not on the wire.
"""

import json
from pathlib import Path

import pytest

CASES = sorted((Path(__file__).parent / "golden").glob("*.json"))


def kind(value):
    """The JSON type, and for texts their shape: letters as a, digits as 0."""
    if isinstance(value, str):
        return "".join(
            "0" if character.isdigit() else "a" if character.isalpha() else character for character in value
        ).rstrip("a0")
    return type(value).__name__


def compared(value, by_kind, name=""):
    """The value with the fields that are compared by kind replaced by their kind, in the order of keys."""
    if name in by_kind:
        return kind(value)
    if isinstance(value, dict):
        return [(key, compared(item, by_kind, key)) for key, item in value.items()]
    if isinstance(value, list):
        return [compared(item, by_kind) for item in value]
    return (type(value).__name__, value)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_answers_as_the_vendor_documents(shop, path):
    case = json.loads(path.read_text())
    shop.load(case["state"])
    request = case["request"]

    reply = shop.call(request["method"], request["path"], raw=request["body"], status=case["status"])

    assert compared(reply.json, case["by_kind"]) == compared(case["reply"], case["by_kind"])
    assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"


def test_every_golden_file_names_its_source():
    assert CASES
    assert all(json.loads(path.read_text())["source"].startswith("seeds/002") for path in CASES)
