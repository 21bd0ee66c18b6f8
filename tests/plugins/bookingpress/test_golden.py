"""The sample records of the fact sheet: same keys, same JSON types, same values."""

import json
from pathlib import Path

import pytest

GOLDEN = json.loads((Path(__file__).parent / "golden" / "records.json").read_text())


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["path"])
def test_records_look_as_documented(start, case):
    found = start(document=GOLDEN["document"]).get(case["path"])
    if "item" in case:
        found = found[case.get("group", "items")][case["item"]]
    shown = {name: found[name] for name in case["reply"]}
    assert shown == case["reply"]
    assert [type(value) for value in shown.values()] == [type(value) for value in case["reply"].values()]
    documented = [name for name in found if name in case["reply"]]
    if "payments" not in case["path"]:
        assert documented == list(case["reply"])
