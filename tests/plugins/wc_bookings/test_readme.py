"""The README's tables say what the code does."""

import re
from pathlib import Path

import msgspec
import pytest

from core import db
from core.wordpress.server import RestServer
from plugins.wc_bookings import auth
from plugins.wc_bookings.importer import SECTIONS
from plugins.wc_bookings.resources import namespaces
from plugins.wc_bookings.settings import Settings
from tests.plugins.wc_bookings.conftest import Shop
from tests.plugins.wc_bookings.test_golden import DIFFERENT

README = (Path(__file__).parents[3] / "plugins" / "wc_bookings" / "README.md").read_text()

#: Routes and parameters that the real server of this version does not have or does not honour.
EXTENSIONS = {
    "POST /wc-bookings/v1/bookings",
    "POST, PUT, PATCH /wc-bookings/v1/bookings/{id}",
    "POST, PUT, PATCH /wc-bookings/v1/bookings/batch",
    "POST /wc-bookings/v1/resources",
    "POST, PUT, PATCH /wc-bookings/v1/resources/{id}",
    "POST, PUT, PATCH /wc-bookings/v1/resources/batch",
}


def rows(shop: Shop) -> list[str]:
    """The route table as the code has it."""
    host = shop.manager.host
    server = RestServer(site=host.site, clock=host.clock)
    keys = auth.consumer_keys(host, host.settings("wc_bookings").resolved())
    server.add(namespaces.first_version(host, keys))
    server.add(namespaces.second_version(host, keys))
    made = []
    for path, methods, names in server.list_endpoints():
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", path)
        verbs = ", ".join(methods)
        status = "extension" if f"{verbs} {path}" in EXTENSIONS else "done"
        given = " ".join(f"`{name}`" for name in names if f"{{{name}}}" not in path)
        made.append(f"| {verbs} | `{path}` | {status} | {given} |".replace("|  |", "| |"))
    return made


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    yield Shop(tmp_path_factory.mktemp("readme"))
    db.close_database()


def table(title: str) -> list[str]:
    """The rows below a heading."""
    part = README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in part.splitlines() if line.startswith("| ")][2:]


def test_every_route_and_parameter_is_in_the_table_and_nothing_else(shop):
    assert table("Routes and parameters") == rows(shop)


def test_every_setting_is_explained():
    named = [re.findall(r"`(\w+)`", row)[0] for row in table("Settings")]
    assert named == [field.name for field in msgspec.structs.fields(Settings)]


def test_every_section_of_a_document_is_explained():
    named = [re.findall(r"`(\w+)`", row)[0] for row in table("Import and export")]
    assert named == list(SECTIONS)


def test_every_difference_is_listed_with_its_reason():
    listed = dict(re.match(r"\| `([\w:]+)` \| (.*) \|", row).groups() for row in table("Where recordings differ"))
    assert listed == DIFFERENT


SLOTS = [
    "product_ids",
    "category_ids",
    "resource_ids",
    "min_date",
    "max_date",
    "page",
    "limit",
    "get_past_times",
    "hide_unavailable",
    "intervals",
    "timezone_offset",
]


def test_the_parameters_of_slots_are_explained():
    named = [re.findall(r"`(\w+)`", row)[0] for row in table("Parameters of slots")]
    assert named == SLOTS


def test_the_openapi_document_has_every_route(shop):
    [dialect] = [dialect for _, dialect in shop.manager.dialects]
    document = dialect.openapi()
    named = {re.findall(r"`([^`]+)`", row)[0] for row in table("Routes and parameters")}
    assert set(document["paths"]) == {f"/wp-json{path}" for path in named}
