"""What the index at ``/wc-api/v3`` says about the shop (sheet 1.9)."""

from typing import Any

from babel.numbers import get_currency_precision

from core.domain.site import Site
from core.wordpress.money import MoneyFormat
from plugins.bkap.settings import BkapSettings


def store_facts(site: Site, settings: BkapSettings) -> dict[str, Any]:
    """The facts beside name, address and routes."""
    return {
        "description": settings.description,
        "wc_version": settings.wc_version,
        "meta": {
            "timezone": site.timezone,
            "currency": site.currency,
            "currency_format": MoneyFormat(currency=site.currency).symbol,
            "currency_position": "right_space",
            "thousand_separator": ",",
            "decimal_separator": ".",
            "price_num_decimals": get_currency_precision(site.currency),
            "tax_included": False,
            "weight_unit": "kg",
            "dimension_unit": "cm",
            "ssl_enabled": site.url.startswith("https:"),
            "permalinks_enabled": True,
            "generate_password": False,
            "links": {"help": "https://woocommerce.github.io/woocommerce-rest-api-docs/"},
        },
    }
