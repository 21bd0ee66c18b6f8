"""The tables of the README match the code: every route with its methods, every parameter that is read."""

import ast
import inspect
import re
from pathlib import Path

from plugins import bookingpress
from plugins.bookingpress.routes import NAMESPACE, namespace
from plugins.bookingpress.settings import GROUPS, Settings
from plugins.bookingpress.translate.params import Params

PLUGIN = Path(bookingpress.__file__).parent
README = (PLUGIN / "README.md").read_text()
#: Methods of ``Params`` whose arguments are names that callers may send.
READERS = {name for name, member in vars(Params).items() if inspect.isfunction(member) and name[0] != "_"}


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
        for route in namespace(Host, Settings()).routes
    }


def readme_routes():
    routes = {}
    for line in README.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[3].startswith("done"):
            for path in re.findall(r"`(/[^`]*)`", cells[0]):
                routes[path] = [method.strip() for method in cells[1].split(",")]
    return routes


def test_routes():
    assert readme_routes() == code_routes()


def test_parameters():
    documented = set(re.findall(r"[a-z_]+", README))
    missing = []
    for path in (*PLUGIN.glob("usecases/*.py"), *PLUGIN.glob("translate/*.py")):
        if path.name == "imports.py":
            # It reads entries of a document, not parameters.
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        missing += [f"{path.name}: {argument.value}"] if argument.value not in documented else []
    assert missing == []


def test_settings_and_switches():
    for name in Settings.__struct_fields__:
        assert f"`{name}`" in README
    for group in GROUPS:
        assert f"`{group}`" in README
