"""A product's settings compiled: the neutral plan, rules and prices that core keeps of them, in one place."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.domain.price_display import display_price
from core.domain.price_plan import plan_data
from plugins.wc_bookings.translate.prices import to_price, to_price_label, to_price_plan
from plugins.wc_bookings.translate.products import SETTING_DEFAULTS, without_defaults
from plugins.wc_bookings.translate.schedule import to_plan, to_rules
from plugins.wc_bookings.translate.values import flag


def to_service_fields(settings: Mapping[str, Any], resources: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Field values of the service: ``plan``, ``rules``, ``price_plan`` and ``price``.

    Args:
        settings: The bookings part of a product, complete.
        resources: The product's resources in the vendor's words, in its order.

    Raises:
        Invalid: A cost is not a number.
    """
    prices = to_price_plan(settings)
    return {
        "plan": to_plan(settings, resources if flag(settings.get("has_resources")) else ()),
        "rules": to_rules(settings),
        "price_plan": plan_data(prices),
        "price": display_price(prices),
    }


def to_stored_settings(settings: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What goes into the service's extras: the settings themselves and the price as it is shown."""
    prices = to_price_plan(settings)
    return {
        "settings": without_defaults(settings, SETTING_DEFAULTS),
        "label": [to_price(prices), *to_price_label(prices, kind)],
    }
