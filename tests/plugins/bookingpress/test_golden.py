"""Sample records: same keys, same JSON types, same values as documented."""

import json
from pathlib import Path

import pytest

GOLDEN = json.loads((Path(__file__).parent / "golden" / "records.json").read_text())


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["path"])
def test_records_look_as_documented(start, case):
    record = start(document=GOLDEN["document"]).get(case["path"])
    if "item" in case:
        record = record[case.get("group", "items")][case["item"]]
    documented_part = {name: record[name] for name in case["reply"]}
    assert documented_part == case["reply"]
    assert [type(value) for value in documented_part.values()] == [type(value) for value in case["reply"].values()]
    documented = [name for name in record if name in case["reply"]]
    if "payments" not in case["path"]:
        assert documented == list(case["reply"])
