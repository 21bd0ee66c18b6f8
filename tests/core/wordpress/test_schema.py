"""Argument rules: messages, codes and cleaning."""

from decimal import Decimal

import pytest

from core.wordpress import schema
from core.wordpress.schema import SchemaError

INT = {"type": "integer"}
BAD = [
    (INT, "abc", "rest_invalid_type", "p is not of type integer."),
    (INT, "1.5", "rest_invalid_type", "p is not of type integer."),
    (INT, ["1"], "rest_invalid_type", "p is not of type integer."),
    (INT, True, "rest_invalid_type", "p is not of type integer."),
    ({**INT, "minimum": 1}, "0", "rest_out_of_bounds", "p must be greater than or equal to 1"),
    ({**INT, "maximum": 9}, 10, "rest_out_of_bounds", "p must be less than or equal to 9"),
    (
        {**INT, "minimum": 1, "maximum": 100},
        "0",
        "rest_out_of_bounds",
        "p must be between 1 (inclusive) and 100 (inclusive)",
    ),
    (
        {**INT, "minimum": 1, "maximum": 5, "exclusiveMaximum": True},
        5,
        "rest_out_of_bounds",
        "p must be between 1 (inclusive) and 5 (exclusive)",
    ),
    ({**INT, "multipleOf": 5}, 7, "rest_invalid_multiple", "p must be a multiple of 5."),
    ({"type": "number"}, "1e999", "rest_invalid_type", "p is not of type number."),
    ({"type": "boolean"}, "maybe", "rest_invalid_type", "p is not of type boolean."),
    ({"type": "boolean"}, 2, "rest_invalid_type", "p is not of type boolean."),
    ({"type": "boolean"}, "", "rest_invalid_type", "p is not of type boolean."),
    ({"type": "string"}, 5, "rest_invalid_type", "p is not of type string."),
    ({"type": "string"}, {}, "rest_invalid_type", "p is not of type string."),
    ({"type": "string", "minLength": 2}, "a", "rest_too_short", "p must be at least 2 characters long."),
    ({"type": "string", "maxLength": 1}, "ab", "rest_too_long", "p must be at most 1 character long."),
    ({"type": "string", "pattern": "^a$"}, "b", "rest_invalid_pattern", "p does not match pattern ^a$."),
    ({"type": "string", "enum": ["view"]}, "edit", "rest_not_in_enum", "p is not view."),
    ({"type": "string", "enum": ["a", "b"]}, "c", "rest_not_in_enum", "p is not one of a and b."),
    ({"type": "string", "enum": ["a", "b", "c"]}, "", "rest_not_in_enum", "p is not one of a, b, and c."),
    ({"type": "string", "format": "date-time"}, "2026-03-02", "rest_invalid_date", "Invalid date."),
    ({"type": "string", "format": "email"}, "x@y", "rest_invalid_email", "Invalid email address."),
    ({"type": "string", "format": "ip"}, "1.2.3", "rest_invalid_ip", "p is not a valid IP address."),
    ({"type": ["null", "string"]}, 5, "rest_invalid_type", "p is not of type null,string."),
    ({"type": "array", "items": INT}, "1,x", "rest_invalid_type", "p[1] is not of type integer."),
    ({"type": "array", "items": INT}, {"a": "1"}, "rest_invalid_type", "p is not of type array."),
    ({"type": "array", "minItems": 1}, [], "rest_too_few_items", "p must contain at least 1 item."),
    ({"type": "array", "uniqueItems": True}, [1, 1], "rest_duplicate_items", "p has duplicate items."),
    ({"type": "object"}, "x", "rest_invalid_type", "p is not of type object."),
    (
        {"type": "object", "properties": {"a": INT}},
        {"a": "x"},
        "rest_invalid_type",
        "p[a] is not of type integer.",
    ),
    (
        {"type": "object", "properties": {"a": {"type": "integer", "required": True}}},
        {},
        "rest_property_required",
        "a is a required property of p.",
    ),
    (
        {"type": "object", "additionalProperties": False},
        {"z": 1},
        "rest_additional_properties_forbidden",
        "z is not a valid property of p.",
    ),
]


@pytest.mark.parametrize(("rules", "value", "code", "message"), BAD, ids=lambda part: str(part)[:40])
def test_what_a_schema_refuses(rules, value, code, message):
    with pytest.raises(SchemaError) as caught:
        schema.validate(value, rules, "p")
    assert (caught.value.code, caught.value.message) == (code, message)


@pytest.mark.parametrize(
    ("rules", "value", "wanted"),
    [
        (INT, "5", 5),
        (INT, "5.0", 5),
        (INT, "99999999999999999999", 2**63 - 1),
        ({"type": "number"}, "1.50", Decimal("1.50")),
        ({"type": "boolean"}, "false", False),
        ({"type": "boolean"}, "TRUE", True),
        ({"type": "boolean"}, "0", False),
        ({"type": "string"}, "a/b", "a/b"),
        ({"type": "array", "items": INT}, "1, 2,3", [1, 2, 3]),
        ({"type": "array", "items": INT}, ["1", 2], [1, 2]),
        ({"type": "array"}, {}, []),
        ({"type": ["null", "string"]}, None, None),
        ({"type": ["array", "string"]}, "", ""),
        ({"type": {"odd": 1}}, "as is", "as is"),
        ({"type": "object", "properties": {"a": INT}}, {"a": "1", "b": "2"}, {"a": 1, "b": "2"}),
        ({"type": "object"}, "", {}),
        ({"type": "string", "enum": ["a"]}, "a", "a"),
        ({"type": "string", "format": "date-time"}, "2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_a_schema_takes_and_makes_of_it(rules, value, wanted):
    schema.validate(value, rules, "p")

    made = schema.clean(value, rules)
    assert (made, type(made)) == (wanted, type(wanted))


def test_item_schemas_become_arguments():
    properties = {
        "id": {"type": "integer", "readonly": True},
        "name": {"type": "string", "context": ["view"]},
        "type": {"type": "string", "enum": ["a", "b"], "default": "a"},
    }

    creating = schema.item_args(properties, creating=True, required=["name"])
    editing = schema.item_args(properties, creating=False, required=["name"])

    assert {name: rule.describe() for name, rule in creating.items()} == {
        "name": {"type": "string", "required": True},
        "type": {"default": "a", "type": "string", "enum": ["a", "b"], "required": False},
    }
    assert list(creating["type"].describe()) == ["default", "type", "enum", "required"]
    assert editing["name"].describe() == {"type": "string", "required": False}
    assert "default" not in editing["type"].describe()
