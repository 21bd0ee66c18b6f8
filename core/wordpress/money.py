"""Prices as WooCommerce formats them: decimals, separators and HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from core.domain.currency import exponent
from core.domain.locales import number_style
from core.domain.site import Site

_SYMBOLS: Mapping[str, str] = {
    "AED": "&#x62f;.&#x625;", "ARS": "&#36;", "AUD": "&#36;", "BGN": "&#1083;&#1074;.", "BRL": "&#82;&#36;",
    "CAD": "&#36;", "CHF": "&#67;&#72;&#70;", "CLP": "&#36;", "CNY": "&yen;", "COP": "&#36;", "CZK": "&#75;&#269;",
    "DKK": "kr.", "EGP": "EGP", "EUR": "&euro;", "GBP": "&pound;", "HKD": "&#36;", "HUF": "&#70;&#116;",
    "IDR": "Rp", "ILS": "&#8362;", "INR": "&#8377;", "ISK": "kr.", "JPY": "&yen;", "KES": "KSh", "KRW": "&#8361;",
    "KWD": "&#x62f;.&#x643;", "MAD": "&#x62f;.&#x645;.", "MXN": "&#36;", "MYR": "&#82;&#77;", "NGN": "&#8358;",
    "NOK": "&#107;&#114;", "NZD": "&#36;", "PEN": "S/", "PHP": "&#8369;", "PKR": "&#8360;", "PLN": "&#122;&#322;",
    "RON": "lei", "RUB": "&#8381;", "SAR": "&#x631;.&#x633;", "SEK": "&#107;&#114;", "SGD": "&#36;",
    "THB": "&#3647;", "TRY": "&#8378;", "TWD": "&#78;&#84;&#36;", "UAH": "&#8372;", "USD": "&#36;",
    "VND": "&#8363;", "ZAR": "&#82;",
}  # fmt: skip

_PLACES = {
    "left": "{symbol}{amount}",
    "right": "{amount}{symbol}",
    "left_space": "{symbol}&nbsp;{amount}",
    "right_space": "{amount}&nbsp;{symbol}",
}


@dataclass(frozen=True, slots=True)
class MoneyFormat:
    """A shop's format of amounts.

    Attributes:
        position: ``left``, ``right``, ``left_space`` or ``right_space``.
        bdi: Wrap the amount in ``<bdi>``, as newer WooCommerce does.
    """

    currency: str = "USD"
    decimals: int = 2
    decimal_separator: str = "."
    thousand_separator: str = ","
    position: str = "left"
    bdi: bool = False

    @property
    def symbol(self) -> str:
        """The currency symbol as HTML entities, or the code."""
        return _SYMBOLS.get(self.currency, self.currency)


def format_amount(amount: Decimal, form: MoneyFormat) -> str:
    """The amount without symbol: ``1,000.00``; rounded half up."""
    rounded = abs(amount).quantize(Decimal(1).scaleb(-form.decimals), ROUND_HALF_UP)
    integer, _, fraction = format(rounded, "f").partition(".")
    groups: list[str] = []
    while len(integer) > 3:
        integer, group = integer[:-3], integer[-3:]
        groups.insert(0, group)
    text = form.thousand_separator.join([integer, *groups])
    return f"{text}{form.decimal_separator}{fraction}" if fraction else text


#: Core's position of the currency symbol -> WooCommerce's.
_POSITIONS = {
    "before": "left",
    "after": "right",
    "before_with_space": "left_space",
    "after_with_space": "right_space",
}


def money_format(site: Site, *, bdi: bool = False) -> MoneyFormat:
    """The default format of a shop with this currency and locale."""
    style = number_style(site.locale)
    return MoneyFormat(
        currency=site.currency,
        decimals=exponent(site.currency),
        decimal_separator=style.point,
        thousand_separator=style.thousands,
        position=_POSITIONS[style.sign],
        bdi=bdi,
    )


@lru_cache(maxsize=4096)
def price_html(amount: Decimal, form: MoneyFormat) -> str:
    """The amount with its symbol in WooCommerce's markup."""
    symbol = f'<span class="woocommerce-Price-currencySymbol">{form.symbol}</span>'
    text = _PLACES[form.position].format(symbol=symbol, amount=format_amount(amount, form))
    text = f"-{text}" if amount < 0 else text
    inside = f"<bdi>{text}</bdi>" if form.bdi else text
    return f'<span class="woocommerce-Price-amount amount">{inside}</span>'
