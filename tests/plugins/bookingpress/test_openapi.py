"""Handlers declare every name that is read, and records and bodies fit the OpenAPI document."""

import ast
import inspect
import json
import sys
from collections.abc import Mapping

import pytest
from jsonschema import Draft202012Validator

from core.wordpress.server import RestServer
from plugins.bookingpress import openapi
from plugins.bookingpress.handlers import appointments
from plugins.bookingpress.routes import COLLECTIONS, namespace
from plugins.bookingpress.settings import Settings
from plugins.bookingpress.translate.hours import DAYSOFF, SPECIAL_DAYS, WORKHOURS
from plugins.bookingpress.translate.params import WRITE_NAMES
from tests.plugins.bookingpress.conftest import BASE
from tests.plugins.bookingpress.test_readme import READERS, Host

#: Read of imported documents only.
IMPORTED = {"coupon_total_used"}


def names(shape):
    """All names of a shape, those of hours and dates left out: one reader of theirs serves all."""
    if shape in (WORKHOURS, DAYSOFF, SPECIAL_DAYS):
        return set()
    if isinstance(shape, Mapping):
        return {name.removesuffix("[]") for name in shape} | names(list(shape.values()))
    return set().union(*map(names, shape)) if isinstance(shape, list | tuple) else set()


def texts(node):
    return {
        constant.value
        for constant in ast.walk(node)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }


#: The handlers of each noun, which share its modules.
NOUNS = {}
for kind in COLLECTIONS.values():
    NOUNS.setdefault(kind.__module__.rpartition(".")[2], []).append(kind)


def declared(noun):
    kinds = NOUNS[noun]
    shapes = [
        shape for kind in kinds for shape in (kind.filters, kind.body, *({name: int} for name in kind.update_names))
    ]
    return names([*shapes, *([appointments.TIME_SLOT_PARAMETERS] if noun == "appointments" else [])])


def sources(noun):
    """The modules that read what the handlers declare: the use cases and the translation of their noun."""
    parts = [f"plugins.bookingpress.{folder}.{noun}" for folder in ("usecases", "translate")]
    checkout = "plugins.bookingpress.translate.checkout"
    modules = [sys.modules[name] for name in (*parts, *([checkout] if noun == "appointments" else []))]
    return [ast.parse(inspect.getsource(module)) for module in modules]


@pytest.mark.parametrize("noun", NOUNS)
def test_every_name_that_is_read_is_declared_and_every_name_declared_is_read(noun):
    read, mentioned = set(), {name for kind in NOUNS[noun] for name in kind.update_names}
    for tree in sources(noun):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
                read |= {
                    text for argument in node.args if isinstance(argument, ast.Constant) for text in texts(argument)
                }
            if isinstance(node, ast.FunctionDef):
                mentioned |= set().union(*map(texts, node.body))
        mentioned |= set().union(
            *map(texts, (assignment for assignment in tree.body if isinstance(assignment, ast.Assign | ast.AnnAssign)))
        )
    mentioned |= {name for kind in NOUNS[noun] for name in WRITE_NAMES.get(kind.collection, {})}
    # A unit stands beside its number: f"{name}_unit".
    mentioned |= {f"{name}_unit" for name in mentioned}
    assert read - declared(noun) - IMPORTED == set()
    assert declared(noun) - mentioned == set()


MADE = {
    "categories": {"service_category_name": "Care"},
    "customers": {"firstname": "Mira", "lastname": "Holt", "email": "mira@example.org", "note": "x"},
    "services": {
        "service_name": "Trim",
        "service_duration_val": 30,
        "service_duration_unit": "m",
        "service_price": 40,
        "extra_services": [{"name": "Tea", "price": 2.5, "duration": 5, "duration_unit": "m", "max_qty": 2}],
    },
    "staffmembers": {
        "firstname": "Ola",
        "lastname": "Reyes",
        "email": "ola@example.org",
        "status": 1,
        "assigned_service_list": [{"assign_service_id": 1, "assign_service_price": 45}],
        "workhours": [{"day": "monday", "start_time": "09:00", "end_time": "17:00", "breaks": []}],
        "daysoff": [{"name": "Fair", "start_date": "2026-07-01", "repeat": True}],
    },
    "locations": {"location_name": "Quay", "services": [{"service_id": 1, "service_qty": 2}]},
    "coupons": {"coupon_code": "TEN", "coupon_discount": 10, "coupon_discount_type": "Percentage"},
    "packages": {
        "package_name": "Five",
        "package_price": 99,
        "package_services": [{"service_id": 1, "bookingpress_no_of_appointments": 5}],
    },
    "gift-cards": {"gift_card_title": "Fifty", "gift_card_amount": 50},
}


def _document():
    server = RestServer(site=Host.site, clock=None)
    server.add(namespace(Host, Settings()))
    return openapi.document(server)


def test_records_and_the_bodies_that_make_them_fit_the_document(shop):
    document = json.loads(json.dumps(_document()))

    def check(schema, value):
        Draft202012Validator({**schema, "components": document["components"]}).validate(value)

    def reply(path, verb="get"):
        operation = document["paths"][f"{BASE}/{path}"][verb]
        return operation["responses"]["200"]["content"]["application/json"]["schema"]

    service = shop.make("/services", **MADE["services"])
    for path, sample in MADE.items():
        body = json.loads(json.dumps(sample).replace('service_id": 1', f'service_id": {service}'))
        schema = document["paths"][f"{BASE}/{path}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert set(body) <= set(schema["properties"])
        check(schema, body)
        answer = shop.post(f"/{path}", body)
        assert answer["variant"] == "success", answer
        check(reply(path, "post"), answer)
        listing = shop.get(f"/{path}")
        assert listing["items"]
        check(reply(path), listing)
        record_id = next(value for name, value in answer.items() if name.endswith("_id") and name != "wpuser_id")
        check(reply(f"{path}/{{id}}"), shop.get(f"/{path}/{record_id}"))
