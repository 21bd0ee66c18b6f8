"""The tables of the README agree with the code."""

import inspect
import re
from pathlib import Path

import msgspec
import pytest

from plugins.bookablesites import schemas, settings
from plugins.bookablesites.routes import PATHS, TOKEN_PATHS

README = Path(schemas.__file__).with_name("README.md").read_text()


def rows(heading):
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| (?!---)(.*) \|$", section, re.MULTILINE)


def test_every_route_and_method_is_in_the_table_and_nothing_else_is():
    documented = set(re.findall(r"^(GET|POST|PUT|PATCH|DELETE) `([^`]+)`", "\n".join(rows("Routes")), re.MULTILINE))
    served = {
        (name.removeprefix("on_").upper(), path)
        for path, kind in PATHS.items()
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if name.startswith("on_")
    }
    assert documented == served | {("POST", path) for path in TOKEN_PATHS}


BODIES = {
    name: kind
    for name, kind in vars(schemas).items()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in (msgspec.Struct, schemas.Body)
}


@pytest.mark.parametrize("name", BODIES)
def test_every_field_of_a_body_is_in_the_table(name):
    documented = dict(row.split(" | ", 1) for row in rows("Bodies"))
    assert name in documented
    if "as AppointmentBody" not in documented[name]:
        assert set(re.findall(r"`(\w+)`", documented[name])) == set(BODIES[name].__struct_fields__)


def test_every_setting_is_in_the_table():
    documented = {re.match(r"`(\w+)`", row)[1] for row in rows("Settings") if row.startswith("`")}
    assert documented == set(settings.Settings.__struct_fields__)


def test_every_filter_in_the_code_is_documented():
    plugin = Path(schemas.__file__).parent
    sources = "".join(path.read_text() for part in ("usecases", "translate") for path in (plugin / part).glob("*.py"))
    names_read = set(re.findall(r'query(?:\.get)?[\[(]"(\w+)"|"(\w+)" in query|id_or_none\(query, "(\w+)"\)', sources))
    assert names_read
    for name in {name for names in names_read for name in names if name}:
        assert f"`{name}" in README, name
