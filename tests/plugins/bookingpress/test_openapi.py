"""What is told of this dialect's bodies is what its resources read, and its records are what the document says."""

import ast
import inspect
import json
import sys
from collections.abc import Mapping

import pytest
from jsonschema import Draft202012Validator

from core.http.openapi import operation_of
from core.wordpress.server import RestServer
from plugins.bookingpress import auth, openapi
from plugins.bookingpress.resources import PATHS, booking, namespace
from plugins.bookingpress.settings import Settings
from plugins.bookingpress.translate.schedule import DAYSOFF, SPECIAL_DAYS, WORKHOURS
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
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def told_by(kind):
    handlers = [operation_of(getattr(kind, name)) for name in ("page", "create", "update")]
    return names([one.query for one in handlers] + [one.body for one in handlers])


@pytest.mark.parametrize("kind", PATHS.values(), ids=lambda kind: kind.__name__)
def test_every_name_that_is_read_is_told_and_every_name_told_is_read(kind):
    modules = [sys.modules[kind.__module__], *([booking] if kind.group == "appointments" else [])]
    read, there = set(), set()
    for tree in (ast.parse(inspect.getsource(module)) for module in modules):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
                read |= {
                    text for argument in node.args if isinstance(argument, ast.Constant) for text in texts(argument)
                }
            if isinstance(node, ast.FunctionDef):
                there |= set().union(*map(texts, node.body))
        tables = [
            one for one in tree.body if isinstance(one, ast.Assign) and one.targets[0].id not in ("_BODY", "BODY")
        ]
        there |= set().union(*map(texts, tables))
    # A unit stands beside its number: f"{name}_unit".
    there |= {f"{name}_unit" for name in there}
    told = told_by(kind)
    assert read - told - IMPORTED == set()
    assert told - there == set()


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
    server.add(namespace(Host, auth.Gate(Host, Settings()), strict=False))
    return openapi.document(server)


def test_records_and_the_bodies_that_make_them_fit_the_document(shop):
    document = json.loads(json.dumps(_document()))

    def check(schema, value):
        Draft202012Validator({**schema, "components": document["components"]}).validate(value)

    def reply(path, verb="get"):
        operation = document["paths"][f"{BASE}/{path}"][verb]
        return operation["responses"]["200"]["content"]["application/json"]["schema"]

    service = shop.make("/services", **MADE["services"])
    for path, given in MADE.items():
        body = json.loads(json.dumps(given).replace('service_id": 1', f'service_id": {service}'))
        schema = document["paths"][f"{BASE}/{path}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert set(body) <= set(schema["properties"])
        check(schema, body)
        done = shop.post(f"/{path}", body)
        assert done["variant"] == "success", done
        check(reply(path, "post"), done)
        listed = shop.get(f"/{path}")
        assert listed["items"]
        check(reply(path), listed)
        number = next(value for name, value in done.items() if name.endswith("_id") and name != "wpuser_id")
        check(reply(f"{path}/{{id}}"), shop.get(f"/{path}/{number}"))
