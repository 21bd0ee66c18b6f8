"""The README says what is there: routes, parameters, settings, differences, and a document that loads."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from core.http.openapi import operation_of
from plugins.bkap.routes import all_routes
from plugins.bkap.schemas import Settings
from plugins.bkap.settings import BkapSettings
from plugins.bkap.translate.product_parameters import PARAMETERS
from plugins.bkap.usecases.context import Context

ROOT = Path(__file__).parents[3]
CONTEXT = Context(BkapSettings(), "", lambda: datetime.now(UTC))
README = (ROOT / "plugins/bkap/README.md").read_text()


def table(heading):
    """The rows of the first table after a heading, without its head."""
    part = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


def test_every_route_and_verb_is_in_the_table():
    real = {}
    for route in all_routes(CONTEXT):
        path = re.sub(r"\(\?P<(\w+)>.*?\)", r"<\1>", route.path)
        real[path] = {verb for endpoint in route.endpoints for verb in endpoint.methods}
    documented = {words(row[0])[0]: set(row[1].split()) for row in table("Routes")}
    assert documented == real
    assert all(row[2].startswith("done") for row in table("Routes"))


#: Where the parameters of each row are read.
READ_IN = {
    "bookings list": "usecases/bookings.py usecases/queries.py",
    "bookings create": "translate/create_request.py usecases/queries.py",
    "bookings update": "translate/edit_request.py translate/create_request.py",
    "availability": "usecases/availability.py usecases/queries.py translate/create_request.py translate/availability.py",
    "price": "usecases/availability.py usecases/queries.py translate/create_request.py translate/availability.py",
    "resources list": "usecases/resources.py usecases/queries.py",
    "products list": "usecases/products.py usecases/queries.py",
    "products create, update": "usecases/products.py translate/products.py",
    "products booking": "translate/product_parameters.py",
}


@pytest.mark.parametrize("row", table("Parameters"), ids=lambda row: f"{row[0]}: {row[2][:9]}")
def test_every_parameter_is_read_where_the_table_says(row):
    where, names, status = row
    assert status.split(":")[0].split()[0] in {"done", "extension", "exempt", "ignored,"}
    source = "".join((ROOT / "plugins/bkap" / path).read_text() for path in READ_IN[where].split())
    if status.startswith(("done", "extension")):
        for name in words(names):
            stem = name.removeprefix("booking_date_fixed_time_")
            stem = stem.removeprefix("booking_can_be_cancelled") or stem or name
            is_read = f'"{name}"' in source or f'"{stem}"' in source or name == "fields"
            assert is_read, name


def test_the_booking_parameters_are_all_of_them():
    rows = [row for row in table("Parameters") if row[0] == "products booking"]
    assert {name for row in rows for name in words(row[1])} == set(PARAMETERS)


def test_every_setting_is_in_the_table_with_its_default():
    documented = {words(row[0])[0]: words(row[1])[0] for row in table("Settings")}
    real = {field.name: msgspec.json.encode(field.default).decode() for field in msgspec.structs.fields(BkapSettings)}
    assert documented == real


def test_every_difference_has_a_test_that_exists():
    folders = (Path(__file__).parent, Path(__file__).parents[2] / "contract")
    tests = "".join(path.read_text() for folder in folders for path in folder.glob("test_*.py"))
    rows = table("Known differences from the original")
    assert len(rows) > 10
    for row in rows:
        assert f"def {words(row[2])[0]}(" in tests, row


def test_the_document_of_the_readme_loads_and_names_every_setting(shop):
    text = re.search(r"```json\n(.*?)```", README, re.DOTALL)[1]
    counts = shop.load(json.loads(text))
    assert counts == {"resources": 1, "products": 3, "customers": 1, "orders": 1, "bookings": 1}
    part = README.partition("## The import document")[2]
    for field in msgspec.structs.fields(Settings):
        assert field.encode_name in part, field.encode_name


def test_the_openapi_document_has_the_parameters_of_the_table():
    operations = {}
    for route in all_routes(CONTEXT):
        for endpoint in route.endpoints:
            path = route.path.removeprefix("/bkap/").replace(r"(?P<id>\d+)", "<id>")
            operations[endpoint.methods[0], path] = operation_of(endpoint.handler)

    def documented(*places):
        """The parameters that the table gives for these places and that are read there."""
        rows = [row for row in table("Parameters") if row[0] in places]
        return {name for row in rows if not row[2].startswith(("exempt", "ignored")) for name in words(row[1])}

    for row, path in (
        ("bookings list", "bookings"),
        ("availability", "bookings/availability"),
        ("price", "bookings/price"),
        ("resources list", "resources"),
        ("products list", "products"),
    ):
        assert set(operations["GET", path].query) == documented(row), row
    assert set(operations["POST", "bookings"].body) == documented("bookings create")
    assert set(operations["POST", "bookings/<id>"].body) == documented("bookings update")
    create, update = operations["POST", "products"].body, operations["POST", "products/<id>"].body
    assert set(create) == documented("products create, update")
    assert set(create["booking"]) == set(update["booking"]) == documented("products booking")
    assert set(update) == documented("products create, update", "products booking")
