"""The doctor's rules about money: orders, balances, prices and payments."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from core.db import fetch_all
from core.domain.breach import Breach, Finding
from core.domain.statuses import HOLD, OCCUPYING
from core.fields import decode_money
from core.models import PackagePurchase
from core.services.row_mapping import read_in_chunks
from core.typed_data import json_decoder

#: Amounts are stored with six places.
_SMALLEST_AMOUNT = Decimal("0.000001")
_HOLDING_STATUSES = sorted(OCCUPYING - {HOLD})
_ZERO = Decimal(0)


class _Line(msgspec.Struct):
    amount: Decimal


class _Quote(msgspec.Struct):
    lines: list[_Line] = []
    facts: dict[str, Any] = {}


class _Terms(msgspec.Struct):
    package: str | None = None
    gift_card: str | None = None
    coupon: dict[str, Any] | None = None


_quote = json_decoder(_Quote, strict=False)
_terms = json_decoder(_Terms)


def _wrong_total(subject: str, total: int, parts: str, parts_total: Any) -> Breach:
    """A total that is not the sum of its parts; both are money as it is stored."""
    return Breach("orders", subject, f"total {decode_money(total)}, {parts} {decode_money(int(parts_total))}")


def _groups(now: datetime) -> Finding:
    """The total of an order is the sum of its lines."""
    rows = fetch_all(
        "SELECT o.id, o.total, COALESCE(SUM(i.total), 0) FROM booking_order o LEFT JOIN order_item i"
        " ON i.order_id = o.id GROUP BY o.id, o.total"
    )
    yield len(rows), None
    for order_id, total, lines_total in rows:
        if total != lines_total:
            yield 0, _wrong_total(f"order {order_id}", total, "lines", lines_total)


def _balances(now: datetime) -> Finding:
    """No coupon, package or gift card is overdrawn."""
    rows = fetch_all(
        "SELECT c.id, c.max_uses, c.used + COUNT(u.id) FROM coupon c LEFT JOIN coupon_use u"
        " ON u.coupon_id = c.id AND u.active GROUP BY c.id, c.max_uses, c.used"
    )
    yield len(rows), None
    for coupon_id, max_uses, used in rows:
        if max_uses is not None and used > max_uses:
            yield 0, Breach("coupons", f"coupon {coupon_id}", f"{used} of {max_uses} uses")
    rows = fetch_all(
        "SELECT s.id, s.value, COALESCE(SUM(u.amount), 0) FROM gift_card_sold s LEFT JOIN gift_card_use u"
        " ON u.sold_id = s.id AND u.active GROUP BY s.id, s.value"
    )
    yield len(rows), None
    for card_id, value, used in rows:
        if used > value:
            yield 0, Breach("gift_cards", f"card {card_id}", f"paid {decode_money(int(used))} of {decode_money(value)}")
    sums = {
        (purchase, service): units
        for purchase, service, units in fetch_all(
            "SELECT purchase_id, service_id, SUM(units) FROM package_use WHERE active GROUP BY purchase_id, service_id"
        )
    }
    yield len(sums), None
    for purchase in PackagePurchase.select():
        for item in purchase.services:
            used = int(sums.get((purchase.id, item["service_id"]), 0))
            if used > item["count"]:
                yield 0, Breach("packages", f"purchase {purchase.id}", f"{used} of {item['count']} used")


def _prices(now: datetime) -> Finding:
    """The lines of a quote add up to the booking's total."""
    for chunk in read_in_chunks("SELECT id, total, quote FROM booking WHERE id > ?"):
        yield len(chunk), None
        for booking_id, total_micros, quote_json in chunk:
            quote = _quote.decode(quote_json)
            total, lines = decode_money(total_micros), sum((line.amount for line in quote.lines), _ZERO)
            if quote.lines and abs(lines - total) > _SMALLEST_AMOUNT:
                yield 0, Breach("prices", f"booking {booking_id}", f"costs {total}, its lines make {lines}")


def _taken(now: datetime) -> Finding:
    """The uses of packages, gift cards and coupons are those that the bookings need."""
    yield from _uses_without_booking()
    sql = "SELECT id, status, persons, quote, terms FROM booking WHERE terms <> '{}' AND status <> ? AND id > ?"
    for chunk in read_in_chunks(sql, (HOLD,)):
        first, last = chunk[0][0], chunk[-1][0]
        yield len(chunk), None
        units = _sums_by_booking("package_use", "SUM(units)", first, last)
        paid = _sums_by_booking("gift_card_use", "SUM(amount)", first, last)
        uses = _sums_by_booking("coupon_use", "COUNT(*)", first, last)
        for booking_id, status, persons, quote_text, terms_text in chunk:
            terms, holds_balances = _terms.decode(terms_text), status in _HOLDING_STATUSES
            quote_facts = _quote.decode(quote_text).facts
            expected_units = persons if holds_balances and terms.package else 0
            if units.get(booking_id, 0) != expected_units:
                detail = f"holds {units.get(booking_id, 0)} appointments of its package, needs {expected_units}"
                yield 0, Breach("packages", f"booking {booking_id}", detail)
            owed = Decimal(str(quote_facts.get("gift_card") or 0)) if holds_balances else _ZERO
            if terms.gift_card and decode_money(paid.get(booking_id, 0)) != owed:
                detail = f"has {decode_money(paid.get(booking_id, 0))} from its gift card, needs {owed}"
                yield 0, Breach("gift_cards", f"booking {booking_id}", detail)
            if uses.get(booking_id, 0) > 1:
                yield 0, Breach("coupons", f"booking {booking_id}", f"used its coupon {uses[booking_id]} times")


def _sums_by_booking(table: str, what: str, first: int, last: int) -> dict[int, int]:
    sql = f"SELECT booking_id, {what} FROM {table} WHERE active AND booking_id BETWEEN ? AND ? GROUP BY booking_id"
    return {booking_id: int(amount) for booking_id, amount in fetch_all(sql, (first, last))}


def _uses_without_booking() -> Finding:
    """Only occupying bookings use packages, gift cards and coupons that return."""
    placeholders = ", ".join("?" * len(OCCUPYING))
    for table, rule, returns in (
        ("package_use", "packages", ""),
        ("gift_card_use", "gift_cards", ""),
        ("coupon_use", "coupons", " AND EXISTS (SELECT 1 FROM coupon c WHERE c.id = u.coupon_id AND c.returns)"),
    ):
        sql = (
            f"SELECT u.booking_id, b.status FROM {table} u LEFT JOIN booking b ON b.id = u.booking_id"
            f" WHERE u.active AND (b.id IS NULL OR b.status NOT IN ({placeholders})){returns}"
        )
        for booking_id, status in fetch_all(sql, sorted(OCCUPYING)):
            what = "no such booking" if status is None else f"the booking is {status}"
            yield 0, Breach(rule, f"booking {booking_id}", f"holds a balance, but {what}")


def _payments(now: datetime) -> Finding:
    """No payment has a negative amount due, and every payment's booking exists."""
    yield int(fetch_all("SELECT COUNT(*) FROM payment")[0][0]), None
    for payment_id, due in fetch_all("SELECT id, due FROM payment WHERE due < 0"):
        yield 0, Breach("payments", f"payment {payment_id}", f"{decode_money(due)} are due")
    for payment_id, booking_id in fetch_all(
        "SELECT p.id, p.booking_id FROM payment p LEFT JOIN booking b ON b.id = p.booking_id"
        " WHERE p.booking_id <> 0 AND b.id IS NULL"
    ):
        yield 0, Breach("payments", f"payment {payment_id}", f"booking {booking_id} does not exist")


def _lines(now: datetime) -> Finding:
    """The total of an order line is the sum of its bookings, unless it is stated."""
    rows = fetch_all(
        "SELECT i.id, i.total, SUM(b.total) FROM order_item i JOIN booking b ON b.order_item_id = i.id"
        " WHERE NOT i.stated AND b.order_id = i.order_id GROUP BY i.id, i.total"
    )
    yield len(rows), None
    for item_id, total, bookings_total in rows:
        if total != bookings_total:
            yield 0, _wrong_total(f"line {item_id}", total, "its bookings cost", bookings_total)


RULES = (_groups, _balances, _prices, _taken, _payments, _lines)
