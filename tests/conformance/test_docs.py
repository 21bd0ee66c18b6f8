"""docs/plugins/testing.md: its examples run, its tables are whole."""

import re

import pytest

import pytest_frontdesk
from frontdesk.testing import Driver
from tests import ROOT

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

PAGE = (ROOT / "docs" / "plugins" / "testing.md").read_text()
EXAMPLES = [
    text.replace("harbour_dialect", "tests.fixtures.harbour") for text in re.findall(r"```python\n(.*?)```", PAGE, re.S)
]


def test_the_tables_have_every_fixture():
    """Those for authors of plugins here, those for testers of clients on the page of the sandbox."""
    sandbox = (ROOT / "docs" / "sandbox" / "README.md").read_text()
    listed = [name for page in (PAGE, sandbox) for name in re.findall(r"^\| `(frontdesk\w*)` \|", page, re.MULTILINE)]
    assert sorted(listed) == sorted(
        name
        for name, value in vars(pytest_frontdesk).items()
        if isinstance(value, type(pytest_frontdesk.frontdesk_app))
    )


def test_the_table_has_all_that_a_driver_declares():
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    helpers = {"declares", "fields", "headers", "left", "name", "plugin", "send", "through"}
    assert {name for name in vars(Driver) if not name.startswith("_")} - helpers <= listed


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_example_runs(pytester, monkeypatch, number):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nfrontdesk_databases = sqlite")
    pytester.makepyfile(EXAMPLES[number])
    result = pytester.runpytest_subprocess("-q", "-m", "not frontdesk_server", "-k", "not openapi", "--tb=short")
    outcomes = result.parseoutcomes()
    assert outcomes.get("failed", 0) == outcomes.get("errors", 0) == 0
    assert outcomes["passed"] >= (30, 1)[number]
