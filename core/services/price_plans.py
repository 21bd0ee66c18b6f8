"""Decodes stored price plans; ``core.domain.price_plan.plan_data`` encodes them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import msgspec

from core.domain.price_plan import STEPS, PricePlan
from core.errors import Invalid
from core.typed_data import from_plain


def load_plan(data: Mapping[str, Any]) -> PricePlan:
    """The plan for the plain data of ``plan_data``.

    Raises:
        Invalid: The data is no price plan.
    """
    try:
        plan = from_plain(data, PricePlan)
    except msgspec.ValidationError as error:
        raise Invalid(field="price_plan", reason="type", value=str(error)) from error
    return replace(plan, steps=load_steps(plan.steps))


def load_steps(data: Iterable[Mapping[str, Any]]) -> tuple[Any, ...]:
    """The steps for the plain data of ``step_data``; raises Invalid."""
    try:
        return tuple(from_plain(step, STEPS[step["kind"]]) for step in data)
    except (msgspec.ValidationError, KeyError, TypeError) as error:
        raise Invalid(field="price_plan", reason="type", value=str(error)) from error


@lru_cache(maxsize=8192)
def decode_price_plan(text: str) -> PricePlan:
    """``load_plan`` of stored JSON text, cached, because every read returns the same text."""
    try:
        return load_plan(msgspec.json.decode(text))
    except msgspec.DecodeError as error:
        raise Invalid(field="price_plan", reason="type", value=str(error)) from error
