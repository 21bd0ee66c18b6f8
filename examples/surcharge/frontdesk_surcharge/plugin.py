"""Adds a fixed fee to bookings that start on some days of the week."""

from dataclasses import replace
from decimal import Decimal

import msgspec

from frontdesk import Host, hookimpl
from frontdesk.money import Quote, QuoteLine
from frontdesk.records import BookingRequest

REQUIRES = ">=1.0,<2"


class Settings(msgspec.Struct, frozen=True):
    """``[plugins.surcharge]``: the fee in major units, its name, and the ISO weekdays it is for (1: Monday)."""

    amount: Decimal = Decimal(5)
    label: str = "Surcharge"
    weekdays: tuple[int, ...] = (6, 7)


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def filter_quote(quote: Quote, request: BookingRequest, host: Host) -> Quote:
    settings: Settings = host.settings("surcharge")
    if request.wall_start.isoweekday() not in settings.weekdays:
        return quote
    fee = QuoteLine("surcharge", settings.amount, settings.label)
    return replace(quote, total=quote.total + fee.amount, lines=(*quote.lines, fee))
