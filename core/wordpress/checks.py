"""Holding a request against the arguments its endpoint declares: required, judged, cleaned."""

from typing import Any

from core.wordpress import phpjson, schema
from core.wordpress.rest import BODY_METHODS, Endpoint, RestRequest, WPError
from core.wordpress.schema import Arg, SchemaError


def read_json(request: RestRequest) -> None:
    """Decode the JSON body into ``request.json``.

    Raises:
        WPError: It cannot be read, or is a text or number.
    """
    if request.inputs is None or not request.says_json:
        return
    try:
        value = request.inputs.json()
    except phpjson.JsonError as error:
        raise bad_json(error.code, error.text) from None
    if isinstance(value, list) and request.namespace.json_lists:
        value = {str(index): inner for index, inner in enumerate(value)}
    if value is not None and not isinstance(value, dict):
        raise bad_json(4, "Syntax error")
    request.json = value


def bad_json(code: int, text: str) -> WPError:
    """What WordPress says of a body it cannot read."""
    facts = {"json_error_code": code, "json_error_message": text}
    return WPError("rest_invalid_json", "Invalid JSON body passed.", data=facts)


def check(request: RestRequest, endpoint: Endpoint) -> None:
    """Required first, then judged, then cleaned; each step names all its culprits at once.

    Raises:
        WPError: ``rest_missing_callback_param`` or ``rest_invalid_param``.
    """
    args = endpoint.args
    request.defaults = {
        name: rule.schema["default"] for name, rule in args.items() if rule.schema.get("default") is not None
    }
    missing = [name for name, rule in args.items() if rule.required and request.get(name) is None]
    if missing:
        raise WPError(
            "rest_missing_callback_param",
            f"Missing parameter(s): {', '.join(missing)}",
            data={"params": missing},
        )
    wrong: dict[str, SchemaError] = {}
    for name, rule in args.items():
        value = request.get(name) if rule.check else None
        if value is not None:
            try:
                _judge(value, rule, name)
            except SchemaError as error:
                wrong[name] = error
    if wrong:
        raise invalid(wrong)
    clean(request, args)


def clean(request: RestRequest, args: Any) -> None:
    """Clean every declared parameter wherever it came from.

    Raises:
        WPError: ``rest_invalid_param``, for arguments that are judged only now.
    """
    wrong: dict[str, SchemaError] = {}
    for source in request.sources():
        for name in source.keys() & args.keys():
            rule = args[name]
            try:
                source[name] = _cleaned(source[name], rule, name)
            except SchemaError as error:
                wrong[name] = error
    if wrong:
        raise invalid({name: wrong[name] for name in args if name in wrong})


def _judge(value: Any, rule: Arg, name: str) -> None:
    if callable(rule.check):
        rule.check(value, name)
    else:
        schema.validate(value, rule.schema, name)


def _cleaned(value: Any, rule: Arg, name: str) -> Any:
    how = rule.clean
    if callable(how):
        return how(value)
    if how is None or "type" not in rule.schema:
        return value
    if how == "parse":
        schema.validate(value, rule.schema, name)
    return schema.clean(value, rule.schema)


def invalid(wrong: dict[str, SchemaError]) -> WPError:
    """``rest_invalid_param`` for these parameters."""
    details = {
        name: {"code": error.code, "message": error.message, "data": error.data}
        for name, error in wrong.items()
    }
    return WPError(
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(wrong)}",
        data={"params": {name: error.message for name, error in wrong.items()}, "details": details},
    )


def fill(request: RestRequest) -> None:
    """Put what the HTTP request carries (all but JSON) into ``request``."""
    inputs = request.inputs
    # Cleaning replaces values, and others may read the same query.
    request.query = dict(inputs.query)
    request.says_json = inputs.says_json
    if request.method in BODY_METHODS:
        request.form = dict(inputs.form)
