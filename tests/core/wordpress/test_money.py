"""Prices in WooCommerce's markup."""

from decimal import Decimal

import pytest

from core.wordpress.money import MoneyFormat, format_amount, price_html

_DOLLAR = '<span class="woocommerce-Price-currencySymbol">&#36;</span>'


def test_the_plain_form_is_that_of_the_documents():
    assert price_html(Decimal(0), MoneyFormat()) == (
        f'<span class="woocommerce-Price-amount amount">{_DOLLAR}0.00</span>'
    )


def test_newer_shops_wrap_it_in_bdi():
    assert price_html(Decimal(1000), MoneyFormat(bdi=True)) == (
        f'<span class="woocommerce-Price-amount amount"><bdi>{_DOLLAR}1,000.00</bdi></span>'
    )


@pytest.mark.parametrize(
    ("amount", "form", "wanted"),
    [
        ("1234567.005", MoneyFormat(), "1,234,567.01"),
        ("12.5", MoneyFormat(decimals=0), "13"),
        ("1234.5", MoneyFormat(decimal_separator=",", thousand_separator="."), "1.234,50"),
        ("999", MoneyFormat(decimals=3), "999.000"),
    ],
)
def test_amounts_follow_the_shops_separators(amount, form, wanted):
    assert format_amount(Decimal(amount), form) == wanted


def test_signs_and_positions():
    euro = MoneyFormat(currency="EUR", position="right_space")
    symbol = '<span class="woocommerce-Price-currencySymbol">&euro;</span>'

    assert price_html(Decimal(-5), euro) == (
        f'<span class="woocommerce-Price-amount amount">-5.00&nbsp;{symbol}</span>'
    )
    assert MoneyFormat(currency="XYZ").symbol == "XYZ"
