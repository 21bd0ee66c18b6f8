"""The plugin's table in ``config.toml``, and the shop's settings in the index."""

from typing import Any

import msgspec

from frontdesk import Site
from frontdesk.wordpress.money import money_format


class BkapSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the shop answers, and what it says about itself in the index.

    Attributes:
        basic_over_http: Accept Basic and the query pair over plain HTTP too; off, plain HTTP takes signatures only.
        strict_past: Refuse past dates and starts inside the advance period, also on create.
        max_range_days: The longest range of dates in one availability call.
        jsonp: Answer ``_jsonp`` calls.
        wc_version: The version of WooCommerce in the index.
        description: The shop's tagline in the index.
    """

    basic_over_http: bool = True
    strict_past: bool = False
    max_range_days: int = 366
    jsonp: bool = True
    wc_version: str = "9.7.3"
    description: str = ""


def index_settings(site: Site, settings: BkapSettings) -> dict[str, Any]:
    """The settings in the index at ``/wc-api/v3``, beside name, address and routes (README, "Transport")."""
    money = money_format(site)
    return {
        "description": settings.description,
        "wc_version": settings.wc_version,
        "meta": {
            "timezone": site.timezone,
            "currency": site.currency,
            "currency_format": money.symbol,
            "currency_position": "right_space",
            "thousand_separator": money.thousand_separator,
            "decimal_separator": money.decimal_separator,
            "price_num_decimals": money.decimals,
            "tax_included": False,
            "weight_unit": "kg",
            "dimension_unit": "cm",
            "ssl_enabled": site.url.startswith("https:"),
            "permalinks_enabled": True,
            "generate_password": False,
            "links": {"help": "https://woocommerce.github.io/woocommerce-rest-api-docs/"},
        },
    }
