"""Checks the dialects that plugins register: names, prefixes, steps, and routes that Falcon and callers can use."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from falcon.routing import CompiledRouter
from falcon.routing.util import SuffixedMethodNotFoundError

from core.answer_checks import PluginAnswer, both_plugins, describe_value, first_wrong, is_list_of
from core.hook_calls import PluginConflict, PluginError
from core.http.dialect import Dialect, RequestSteps, Route, methods_of_resource
from core.suggestions import nearest_name

#: Paths that the host serves itself.
RESERVED_PREFIXES = ("/healthz", "/readyz", "/metrics", "/docs", "/_sandbox")
_STEPS = ("before_routing", "before_handler", "after_response")
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def check_dialect_answer(answer: PluginAnswer, value: Any) -> list[Dialect]:
    """The dialects of one plugin as a list.

    Raises:
        PluginError: One of them cannot be served.
    """
    dialects = [value] if isinstance(value, Dialect) else value
    if not is_list_of(dialects, Dialect):
        raise answer.expected("a Dialect or a list of them", first_wrong(dialects, Dialect))
    for dialect in dialects:
        _check_dialect(answer, dialect)
    return list(dialects)


def _check_dialect(answer: PluginAnswer, dialect: Dialect) -> None:
    if not isinstance(dialect.name, str) or not _WORD.fullmatch(dialect.name):
        raise answer.problem(f"the name of a dialect is a word in lower case, not {describe_value(dialect.name)}")
    if not is_list_of(dialect.prefixes, str) or not dialect.prefixes:
        raise answer.problem(
            f"prefixes must be a list of paths such as ['/{dialect.name}/v1'], not {describe_value(dialect.prefixes)}"
        )
    if not is_list_of(dialect.routes, Route):
        wrong = describe_value(first_wrong(dialect.routes, Route))
        raise answer.problem(f"routes must be a list of Route, not {wrong}")
    answer.check_function("render_error", dialect.render_error, "req", "error")
    for label, function, arguments in (
        ("rewrite", dialect.rewrite, ("req",)),
        ("is_credential", dialect.is_credential, ("name",)),
        ("openapi", dialect.openapi, ()),
    ):
        if function is not None:
            answer.check_function(label, function, *arguments)
    _check_steps(answer, dialect.steps)
    for prefix in dialect.prefixes:
        if not prefix.startswith("/") or prefix.endswith("/") or _is_reserved(prefix):
            raise PluginError(f"plugin {answer.plugin!r} claims the prefix {prefix!r}, which cannot be claimed.")
    templates: set[str] = set()
    for route in dialect.routes:
        _check_route(answer, dialect, route)
        if route.template in templates:
            raise answer.problem(f"the route {route.template} is there twice; the second would hide the first")
        templates.add(route.template)


def _is_reserved(prefix: str) -> bool:
    return f"{prefix.lower()}/".startswith(tuple(f"{reserved}/" for reserved in RESERVED_PREFIXES))


def _check_steps(answer: PluginAnswer, steps: Any) -> None:
    """Refuse steps that would not run: a misspelt sign-in would leave the API open."""
    if not isinstance(steps, RequestSteps):
        raise answer.problem(f"steps must be an object of a class on RequestSteps, not {describe_value(steps)}")
    for name in dir(type(steps)):
        if name.startswith("_") or name in _STEPS or not callable(getattr(type(steps), name)):
            continue
        meant = nearest_name(name, _STEPS)
        hint = f"did you mean {meant!r}?" if meant else f"there are {', '.join(_STEPS)}."
        raise PluginError(
            f"plugin {answer.plugin!r}: {answer.hook}: steps have a method {name!r}, which nobody calls; {hint}"
        )
    answer.check_function("before_routing of steps", steps.before_routing, "req", "resp")
    answer.check_function("before_handler of steps", steps.before_handler, "req", "resp", "resource", "params")
    answer.check_function("after_response of steps", steps.after_response, "req", "resp", "succeeded")


def _check_route(answer: PluginAnswer, dialect: Dialect, route: Route) -> None:
    template, resource = route.template, route.resource
    if not isinstance(template, str):
        raise answer.problem(f"the template of a route must be a text, not {describe_value(template)}")
    if not any(template == prefix or template.startswith(prefix + "/") for prefix in dialect.prefixes):
        raise PluginError(f"plugin {answer.plugin!r} has a route {template!r} outside its prefixes.")
    if isinstance(resource, type):
        name = resource.__name__
        raise answer.problem(f"the route {template} has the class {name}; give it an object: {name}()")
    ending = f"_{route.suffix}" if route.suffix else ""
    methods = methods_of_resource(resource, route.suffix)
    if not methods:
        responders = [name for name in dir(resource) if name.startswith("on_")]
        has = f"only {', '.join(responders)}" if responders else "none"
        raise answer.problem(
            f"the route {template} needs a responder such as on_get{ending}(self, req, resp), and"
            f" {type(resource).__name__} has {has}"
        )
    fields = _fields_of(template)
    for method in methods:
        name = f"on_{method.lower()}{ending}"
        answer.check_function(f"{name} of the route {template}", getattr(resource, name), "req", "resp", **fields)


def _fields_of(template: str) -> dict[str, str]:
    """The fields of a Falcon template, by name."""
    return {name: name for name in re.findall(r"\{([A-Za-z_]\w*)(?::[^}]*)?\}", template)}


def check_dialects(dialects: Sequence[tuple[str, Dialect]]) -> None:
    """Refuse dialects of several plugins that claim the same, and templates that Falcon cannot route.

    Raises:
        PluginConflict: Two claim one name or one prefix.
        PluginError: Falcon refuses a route.
    """
    check_claims(dialects)
    add_routes(dialects, CompiledRouter().add_route)


def check_claims(dialects: Sequence[tuple[str, Dialect]]) -> None:
    """Refuse dialects of several plugins that claim the same; who adds their routes hears of those by itself.

    Raises:
        PluginConflict: Two claim one name or one prefix.
    """
    prefixes: dict[str, str] = {}
    names: dict[str, str] = {}
    for owner, dialect in dialects:
        if dialect.name in names:
            raise PluginConflict(f"{both_plugins(names[dialect.name], owner)} serve a dialect {dialect.name!r}.")
        names[dialect.name] = owner
        for prefix in dialect.prefixes:
            if prefix.lower() in prefixes:
                raise PluginConflict(
                    f"{both_plugins(prefixes[prefix.lower()], owner)} claim the prefix {prefix!r}; disable one."
                )
            prefixes[prefix.lower()] = owner


def add_routes(dialects: Iterable[tuple[str, Dialect]], add_route: Callable[..., Any]) -> None:
    """Add the routes of every dialect to Falcon with ``add_route(template, resource, suffix=...)``.

    Raises:
        PluginError: Falcon refuses a route; the message names plugin and route.
    """
    for owner, dialect in dialects:
        for route in dialect.routes:
            try:
                add_route(route.template, route.resource, suffix=route.suffix)
            except (ValueError, TypeError, SuffixedMethodNotFoundError) as error:
                reason = " ".join(str(error).split()).rstrip(".")
                sentence = f"plugin {owner!r} has a route that cannot be used: {route.template}: {reason}."
                raise PluginError(sentence) from error
