"""The doctor's rules about money: orders, balances, prices, what was taken for them, and payments."""

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

#: Amounts are stored with six places.
_SMALLEST = Decimal("0.000001")
_KEEPS = sorted(OCCUPYING - {HOLD})
_NOTHING = Decimal(0)


class _Line(msgspec.Struct):
    amount: Decimal


class _Quote(msgspec.Struct):
    lines: list[_Line] = []
    facts: dict[str, Any] = {}


class _Terms(msgspec.Struct):
    package: str | None = None
    gift_card: str | None = None
    coupon: dict[str, Any] | None = None


_quote = msgspec.json.Decoder(_Quote, strict=False)
_terms = msgspec.json.Decoder(_Terms)


def _groups(now: datetime) -> Finding:
    """Orders add up to their lines."""
    found = fetch_all(
        "SELECT o.id, o.total, COALESCE(SUM(i.total), 0) FROM booking_order o LEFT JOIN order_item i"
        " ON i.order_id = o.id GROUP BY o.id, o.total"
    )
    yield len(found), None
    for order_id, total, lines in found:
        if total != lines:
            yield (
                0,
                Breach("orders", f"order {order_id}", f"total {decode_money(total)}, lines {decode_money(int(lines))}"),
            )


def _balances(now: datetime) -> Finding:
    """No coupon, package or gift card was used beyond what it is worth."""
    found = fetch_all(
        "SELECT c.id, c.max_uses, c.used + COUNT(u.id) FROM coupon c LEFT JOIN coupon_use u"
        " ON u.coupon_id = c.id AND u.active GROUP BY c.id, c.max_uses, c.used"
    )
    yield len(found), None
    for coupon_id, most, used in found:
        if most is not None and used > most:
            yield 0, Breach("coupons", f"coupon {coupon_id}", f"{used} of {most} uses")
    found = fetch_all(
        "SELECT s.id, s.value, COALESCE(SUM(u.amount), 0) FROM gift_card_sold s LEFT JOIN gift_card_use u"
        " ON u.sold_id = s.id AND u.active GROUP BY s.id, s.value"
    )
    yield len(found), None
    for card_id, value, used in found:
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
    """The lines of a price add up to what the booking costs."""
    for chunk in read_in_chunks("SELECT id, total, quote FROM booking WHERE id > ?"):
        yield len(chunk), None
        for booking_id, stored, text in chunk:
            quote = _quote.decode(text)
            total, lines = decode_money(stored), sum((line.amount for line in quote.lines), _NOTHING)
            if quote.lines and abs(lines - total) > _SMALLEST:
                yield 0, Breach("prices", f"booking {booking_id}", f"costs {total}, its lines make {lines}")


def _taken(now: datetime) -> Finding:
    """What was taken from packages, gift cards and coupons is what the bookings hold, no more and no less."""
    yield from _uses_without_booking()
    sql = "SELECT id, status, persons, quote, terms FROM booking WHERE terms <> '{}' AND status <> ? AND id > ?"
    for chunk in read_in_chunks(sql, (HOLD,)):
        first, last = chunk[0][0], chunk[-1][0]
        yield len(chunk), None
        units = _sums("package_use", "SUM(units)", first, last)
        paid = _sums("gift_card_use", "SUM(amount)", first, last)
        uses = _sums("coupon_use", "COUNT(*)", first, last)
        for booking_id, status, persons, quote_text, terms_text in chunk:
            terms, keeps = _terms.decode(terms_text), status in _KEEPS
            facts = _quote.decode(quote_text).facts
            wanted = persons if keeps and terms.package else 0
            if units.get(booking_id, 0) != wanted:
                detail = f"holds {units.get(booking_id, 0)} appointments of its package, needs {wanted}"
                yield 0, Breach("packages", f"booking {booking_id}", detail)
            owed = Decimal(str(facts.get("gift_card") or 0)) if keeps else _NOTHING
            if terms.gift_card and decode_money(paid.get(booking_id, 0)) != owed:
                detail = f"has {decode_money(paid.get(booking_id, 0))} from its gift card, needs {owed}"
                yield 0, Breach("gift_cards", f"booking {booking_id}", detail)
            if uses.get(booking_id, 0) > 1:
                yield 0, Breach("coupons", f"booking {booking_id}", f"used its coupon {uses[booking_id]} times")


def _sums(table: str, what: str, first: int, last: int) -> dict[int, int]:
    sql = f"SELECT booking_id, {what} FROM {table} WHERE active AND booking_id BETWEEN ? AND ? GROUP BY booking_id"
    return {booking_id: int(amount) for booking_id, amount in fetch_all(sql, (first, last))}


def _uses_without_booking() -> Finding:
    """Packages and cards are held by bookings that occupy; coupons that return likewise."""
    marks = ", ".join("?" * len(OCCUPYING))
    for table, rule, returns in (
        ("package_use", "packages", ""),
        ("gift_card_use", "gift_cards", ""),
        ("coupon_use", "coupons", " AND EXISTS (SELECT 1 FROM coupon c WHERE c.id = u.coupon_id AND c.returns)"),
    ):
        sql = (
            f"SELECT u.booking_id, b.status FROM {table} u LEFT JOIN booking b ON b.id = u.booking_id"
            f" WHERE u.active AND (b.id IS NULL OR b.status NOT IN ({marks})){returns}"
        )
        for booking_id, status in fetch_all(sql, sorted(OCCUPYING)):
            what = "no such booking" if status is None else f"the booking is {status}"
            yield 0, Breach(rule, f"booking {booking_id}", f"holds a balance, but {what}")


def _payments(now: datetime) -> Finding:
    """Nobody owes less than nothing, and payments are about bookings that exist."""
    yield int(fetch_all("SELECT COUNT(*) FROM payment")[0][0]), None
    for payment_id, due in fetch_all("SELECT id, due FROM payment WHERE due < 0"):
        yield 0, Breach("payments", f"payment {payment_id}", f"{decode_money(due)} are due")
    for payment_id, booking_id in fetch_all(
        "SELECT p.id, p.booking_id FROM payment p LEFT JOIN booking b ON b.id = p.booking_id"
        " WHERE p.booking_id <> 0 AND b.id IS NULL"
    ):
        yield 0, Breach("payments", f"payment {payment_id}", f"booking {booking_id} does not exist")


def _lines(now: datetime) -> Finding:
    """A line of an order costs what its bookings cost, unless its total was stated."""
    found = fetch_all(
        "SELECT i.id, i.total, SUM(b.total) FROM order_item i JOIN booking b ON b.order_item_id = i.id"
        " WHERE NOT i.stated AND b.order_id = i.order_id GROUP BY i.id, i.total"
    )
    yield len(found), None
    for item_id, total, costs in found:
        if total != costs:
            yield (
                0,
                Breach(
                    "orders",
                    f"line {item_id}",
                    f"total {decode_money(total)}, its bookings cost {decode_money(int(costs))}",
                ),
            )


RULES = (_groups, _balances, _prices, _taken, _payments, _lines)
