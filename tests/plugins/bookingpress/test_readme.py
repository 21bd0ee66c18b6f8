"""The README's tables say what the code does: every route with its methods, every parameter that is read."""

import ast
import re
from pathlib import Path

from plugins import bookingpress
from plugins.bookingpress.resources import NAMESPACE, routes
from plugins.bookingpress.settings import GROUPS, Settings

PLUGIN = Path(bookingpress.__file__).parent
README = (PLUGIN / "README.md").read_text()
#: Methods of ``Params`` whose arguments are names that callers may send.
READERS = {"raw", "has", "whole", "id", "text", "html", "flag", "amount", "day", "ids", "items", "decoded"}


class Host:
    class site:
        name, timezone, currency, locale, url = "Shop", "UTC", "USD", "en_US", "http://shop.test"

    clock = limiter = None


def code_routes():
    index = {f"/{NAMESPACE}": ["GET"]}
    return index | {
        route.path.replace(r"(?P<id>[\d]+)", "{id}"): [
            verb for endpoint in route.endpoints for verb in endpoint.methods
        ]
        for route in routes(Host, None)
    }


def readme_routes():
    found = {}
    for line in README.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[3].startswith("done"):
            for path in re.findall(r"`(/[^`]*)`", cells[0]):
                found[path] = [method.strip() for method in cells[1].split(",")]
    return found


def test_routes():
    assert readme_routes() == code_routes()


def test_parameters():
    known = set(re.findall(r"[a-z_]+", README))
    missing = []
    for path in (PLUGIN / "resources").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        missing += [f"{path.name}: {argument.value}"] if argument.value not in known else []
    assert missing == []


def test_settings_and_switches():
    for name in Settings.__struct_fields__:
        assert f"`{name}`" in README
    for group in GROUPS:
        assert f"`{group}`" in README
