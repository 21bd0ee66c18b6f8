"""What the index at ``/wc-api/v3`` says about the shop (sheet 1.9)."""

from typing import Any

from core.domain.site import Site
from core.wordpress.money import money_format
from plugins.bkap.settings import BkapSettings


def store_facts(site: Site, settings: BkapSettings) -> dict[str, Any]:
    """The facts beside name, address and routes."""
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
