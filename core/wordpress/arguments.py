"""Checks the arguments that an endpoint declares: required first, then validated, then sanitized."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from core.wordpress import phpjson, schema
from core.wordpress.rest import BODY_METHODS, Endpoint, RestRequest, WPError
from core.wordpress.schema import Arg, SchemaError


def read_json(request: RestRequest) -> None:
    """Decode the JSON body into ``request.json``.

    Raises:
        WPError: It is no JSON, or it is a string or a number.
    """
    if not request.is_json:
        return
    try:
        value = request.php_request.json()
    except phpjson.JsonError as error:
        raise invalid_json_error(error.code, error.text) from None
    if isinstance(value, list) and request.namespace.json_lists:
        value = {str(index): inner for index, inner in enumerate(value)}
    if value is not None and not isinstance(value, dict):
        raise invalid_json_error(4, "Syntax error")
    request.json = value


def peek_json(request: RestRequest) -> None:
    """Decode the JSON body early; ``read_json`` refuses one that cannot be decoded."""
    with suppress(WPError):
        read_json(request)


def invalid_json_error(code: int, text: str) -> WPError:
    """WordPress's error for a body that is no JSON."""
    details = {"json_error_code": code, "json_error_message": text}
    return WPError("rest_invalid_json", "Invalid JSON body passed.", data=details)


def check_arguments(request: RestRequest, endpoint: Endpoint) -> None:
    """Check for required arguments, validate, then sanitize; the error of a step names all arguments that fail it.

    Raises:
        WPError: ``rest_missing_callback_param`` or ``rest_invalid_param``.
    """
    args = endpoint.args
    request.defaults = endpoint.defaults
    missing = [name for name in endpoint.required if request.get(name) is None]
    if missing:
        raise WPError(
            "rest_missing_callback_param",
            f"Missing parameter(s): {', '.join(missing)}",
            data={"params": missing},
        )
    sources = request.sent_params()
    names = {name for source in sources for name in source if name in args}
    if names:
        _validate_all(sources, names, args)
        _clean_all(sources, names, args)


def _validate_all(sources: list[dict[str, Any]], names: set[str], args: Mapping[str, Arg]) -> None:
    wrong: dict[str, SchemaError] = {}
    for name in names:
        rule = args[name]
        value = None
        if rule.check:
            value = next((source[name] for source in sources if source.get(name) is not None), None)
        if value is not None:
            try:
                _validate(value, rule, name)
            except SchemaError as error:
                wrong[name] = error
    if wrong:
        raise invalid_params_error({name: wrong[name] for name in args if name in wrong})


def _clean_all(sources: list[dict[str, Any]], names: set[str], args: Mapping[str, Arg]) -> None:
    """Sanitize every source, not only the one with precedence: paging links are made from the query."""
    wrong: dict[str, SchemaError] = {}
    for source in sources:
        for name in names:
            if name in source:
                try:
                    source[name] = _clean(source[name], args[name], name)
                except SchemaError as error:
                    wrong[name] = error
    if wrong:
        raise invalid_params_error({name: wrong[name] for name in args if name in wrong})


def _validate(value: Any, rule: Arg, name: str) -> None:
    if callable(rule.check):
        rule.check(value, name)
    else:
        schema.validate(value, rule.schema, name)


def _clean(value: Any, rule: Arg, name: str) -> Any:
    how = rule.clean
    if callable(how):
        return how(value)
    if how is None or "type" not in rule.schema:
        return value
    if how == "parse":
        schema.validate(value, rule.schema, name)
    return schema.clean(value, rule.schema)


def invalid_params_error(wrong: dict[str, SchemaError]) -> WPError:
    """``rest_invalid_param`` for these parameters."""
    details = {
        name: {"code": error.code, "message": error.message, "data": error.data} for name, error in wrong.items()
    }
    return WPError(
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(wrong)}",
        data={"params": {name: error.message for name, error in wrong.items()}, "details": details},
    )


def fill_request(request: RestRequest) -> None:
    """Copy query and form of the HTTP request into ``request``."""
    inputs = request.php_request
    # Sanitizing replaces values, and other code reads the same query.
    request.query = dict(inputs.query)
    request.is_json = inputs.is_json
    if request.method in BODY_METHODS:
        request.form = dict(inputs.form)
