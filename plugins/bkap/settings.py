"""The plugin's table in ``config.toml``."""

import msgspec


class BkapSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``[plugins.bkap]``; the defaults are the fact sheet's choices.

    Attributes:
        basic_over_http: Basic and the query pair work over plain HTTP too; off, the real server's 404 is back.
        strict_past: Refuse past dates and starts inside the advance period, also on create.
        max_range_days: The longest range of dates one availability call may ask for.
        jsonp: Answer ``_jsonp`` calls.
        wc_version: What the index says about WooCommerce.
        description: The shop's tagline in the index.
    """

    basic_over_http: bool = True
    strict_past: bool = False
    max_range_days: int = 366
    jsonp: bool = True
    wc_version: str = "9.7.3"
    description: str = ""
