"""Coupons, packages and gift cards: what is left of them, taken and given back like places in the ledger.

Every taking happens inside the booking's own transaction with the balance locked, so nothing is lost when the booking
is refused and nothing goes below zero when two callers come at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.db import execute, fetch_all, writing
from core.domain.records import Coupon, GiftCardSold, PackagePurchase
from core.domain.requests import BookingRequest
from core.domain.statuses import HOLD
from core.errors import BalanceRefused
from core.fields import decode_money
from core.models import CouponUse, GiftCardUse, PackageUse
from core.services.repository import coupons, gift_cards_sold, package_purchases, to_epoch
from core.subject_locks import lock_subjects


def count_uses_of_coupon(coupon: Coupon, customer_id: int = 0) -> int:
    """Uses that count now; of one customer, when given."""
    sql, parameters = "SELECT COUNT(*) FROM coupon_use WHERE coupon_id = ? AND active", [coupon.id]
    if customer_id:
        return int(fetch_all(f"{sql} AND customer_id = ?", [*parameters, customer_id])[0][0])
    return coupon.used + int(fetch_all(sql, parameters)[0][0])


def count_coupon_uses(wanted: Sequence[Coupon]) -> dict[int, int]:
    """Uses that count now, of several coupons by id."""
    found = {coupon.id: coupon.used for coupon in wanted}
    if found:
        marks = ", ".join("?" * len(found))
        sql = f"SELECT coupon_id, COUNT(*) FROM coupon_use WHERE active AND coupon_id IN ({marks}) GROUP BY coupon_id"
        for number, count in fetch_all(sql, list(found)):
            found[number] += int(count)
    return found


def check_coupon(code: str, *, service_id: int, customer_id: int, today: date) -> Coupon:
    """The coupon behind ``code`` if it may be used now.

    Raises:
        BalanceRefused: ``reasons`` holds everything that is wrong, because dialects ask in different orders:
            "inactive", "not_started", "expired", "used_up", "customer_limit", "service"; alone "unknown".
    """
    coupon = coupons.find(code=code)
    if coupon is None:
        raise BalanceRefused(kind="coupon", code=code, reason="unknown", reasons=("unknown",))
    wrong = []
    if coupon.status != "active":
        wrong.append("inactive")
    if coupon.starts_on and today.isoformat() < coupon.starts_on:
        wrong.append("not_started")
    if coupon.ends_on and today.isoformat() > coupon.ends_on:
        wrong.append("expired")
    if coupon.max_uses is not None and count_uses_of_coupon(coupon) >= coupon.max_uses:
        wrong.append("used_up")
    per_customer = coupon.max_uses_per_customer
    if per_customer is not None and customer_id and count_uses_of_coupon(coupon, customer_id) >= per_customer:
        wrong.append("customer_limit")
    if coupon.services and service_id not in coupon.services:
        wrong.append("service")
    if wrong:
        raise BalanceRefused(kind="coupon", code=code, reason=wrong[0], reasons=tuple(wrong))
    return coupon


def lock_balances(requests: Iterable[BookingRequest], *, now: datetime) -> None:
    """Lock every balance these requests name, in one order for all, and free what holds that ran out had used.

    Must be called inside ``writing()``.
    """
    found: dict[tuple[str, int], bool] = {}
    for request in requests:
        if request.coupon_code:
            coupon = coupons.find(code=request.coupon_code)
            # Uses of a coupon without a limit are many, and nobody asks for them.
            if coupon is not None and (coupon.max_uses is not None or coupon.max_uses_per_customer is not None):
                found["coupon", coupon.id] = coupon.returns
        if request.package_number:
            purchase = package_purchases.find(number=request.package_number)
            if purchase is not None:
                found["package", purchase.id] = True
        if request.gift_card_code:
            card = gift_cards_sold.find(code=request.gift_card_code)
            if card is not None:
                found["gift_card", card.id] = True
    if not found:
        return
    lock_subjects(found)
    for (kind, number), returns in found.items():
        if returns:
            table, column = _USES[kind]
            execute(
                f"UPDATE {table} SET active = FALSE WHERE {column} = ? AND active AND EXISTS (SELECT 1 FROM booking b"
                f" WHERE b.id = {table}.booking_id AND b.status = ? AND b.expires_at <= ?)",
                (number, HOLD, to_epoch(now)),
            )


_USES = {
    "coupon": ("coupon_use", "coupon_id"),
    "package": ("package_use", "purchase_id"),
    "gift_card": ("gift_card_use", "sold_id"),
}


def use_coupon(code: str, *, booking_id: int, service_id: int, customer_id: int, today: date) -> Coupon:
    """Count one use for a booking, under the coupon's lock.

    Raises:
        BalanceRefused: As ``check_coupon``.
    """
    with writing():
        known = coupons.find(code=code)
        if known is not None:
            lock_subjects([("coupon", known.id)])
        coupon = check_coupon(code, service_id=service_id, customer_id=customer_id, today=today)
        CouponUse.create(coupon_id=coupon.id, booking_id=booking_id, customer_id=customer_id)
    return coupon


def package_remaining(purchase: PackagePurchase, service_id: int, *, without: int = 0) -> int | None:
    """Appointments left for a service; None where the package does not include it.

    Args:
        without: A booking whose own appointments count as left.
    """
    count = next((item["count"] for item in purchase.services if item["service_id"] == service_id), None)
    if count is None:
        return None
    used = fetch_all(
        "SELECT COALESCE(SUM(units), 0) FROM package_use"
        " WHERE purchase_id = ? AND service_id = ? AND active AND booking_id <> ?",
        (purchase.id, service_id, without),
    )[0][0]
    return count - int(used)


def check_package(
    number: str, *, service_id: int, customer_id: int, units: int, today: date, without: int = 0
) -> PackagePurchase:
    """The purchased package behind ``number`` if it covers ``units`` persons of this service today.

    Args:
        without: A booking whose own appointments count as left.

    Raises:
        BalanceRefused: "unknown", "customer", "expired", "service", "used_up" or "short" (``left`` says how many).
    """
    purchase = package_purchases.find(number=number)

    def refuse(reason: str, left: int = 0) -> BalanceRefused:
        return BalanceRefused(kind="package", code=number, reason=reason, left=left)

    if purchase is None:
        raise refuse("unknown")
    if purchase.customer_id != customer_id:
        raise refuse("customer")
    if purchase.expires_on and today.isoformat() > purchase.expires_on:
        raise refuse("expired")
    left = package_remaining(purchase, service_id, without=without)
    if left is None:
        raise refuse("service")
    if left <= 0:
        raise refuse("used_up")
    if left < units:
        raise refuse("short", left)
    return purchase


def use_package(
    number: str, *, booking_id: int, service_id: int, customer_id: int, units: int, today: date
) -> PackagePurchase:
    """Take ``units`` appointments from a package for a booking, under its lock."""
    with writing():
        known = package_purchases.find(number=number)
        if known is not None:
            lock_subjects([("package", known.id)])
        purchase = check_package(number, service_id=service_id, customer_id=customer_id, units=units, today=today)
        PackageUse.create(purchase_id=purchase.id, booking_id=booking_id, service_id=service_id, units=units)
    return purchase


def gift_card_balance(card: GiftCardSold, *, without: int = 0) -> Decimal:
    """What a sold card can still pay; what it pays for the booking ``without`` counts as left."""
    used = fetch_all(
        "SELECT COALESCE(SUM(amount), 0) FROM gift_card_use WHERE sold_id = ? AND active AND booking_id <> ?",
        (card.id, without),
    )
    return card.value - decode_money(int(used[0][0]))


def check_gift_card(code: str, *, service_id: int, resource_id: int, today: date) -> GiftCardSold:
    """The sold card behind ``code`` if it can pay for this service and resource today.

    Raises:
        BalanceRefused: "unknown", "expired", "used_up", "service" or "staff".
    """
    card = gift_cards_sold.find(code=code)

    def refuse(reason: str) -> BalanceRefused:
        return BalanceRefused(kind="gift_card", code=code, reason=reason)

    if card is None:
        raise refuse("unknown")
    if card.expires_on and today.isoformat() > card.expires_on:
        raise refuse("expired")
    if gift_card_balance(card) <= 0:
        raise refuse("used_up")
    if card.services and service_id not in card.services:
        raise refuse("service")
    if card.resources and resource_id not in card.resources:
        raise refuse("staff")
    return card


def use_gift_card(card: GiftCardSold, amount: Decimal, *, booking_id: int) -> None:
    """Take ``amount`` off a card for a booking, under its lock.

    Raises:
        BalanceRefused: Less than ``amount`` is left ("short").
    """
    with writing():
        lock_subjects([("gift_card", card.id)])
        left = gift_card_balance(card)
        if amount > left:
            raise BalanceRefused(kind="gift_card", code=card.code, reason="short", left=left)
        if amount > 0:
            GiftCardUse.create(sold_id=card.id, booking_id=booking_id, amount=amount)


@dataclass(frozen=True, slots=True)
class HeldBalance:
    """What a booking has taken, or had before it gave it back: appointments of a package, money of a gift card."""

    booking_id: int
    units: int = 0
    amount: Decimal = Decimal(0)


def held_by(booking_id: int) -> HeldBalance:
    """What a booking has taken, whether it occupies now or not."""
    units = fetch_all("SELECT COALESCE(SUM(units), 0) FROM package_use WHERE booking_id = ?", (booking_id,))
    amount = fetch_all("SELECT COALESCE(SUM(amount), 0) FROM gift_card_use WHERE booking_id = ?", (booking_id,))
    return HeldBalance(booking_id, int(units[0][0]), decode_money(int(amount[0][0])))


def gift_card_of(code: str, held: HeldBalance, *, resource_id: int, today: date) -> tuple[GiftCardSold | None, Decimal]:
    """A card that pays for a booking already, and how much it can pay for it in all.

    One that has expired since pays what it pays, and nothing more.

    Raises:
        BalanceRefused: It is not for this resource ("staff").
    """
    card = gift_cards_sold.find(code=code)
    if card is None or (card.expires_on and today.isoformat() > card.expires_on):
        return card, held.amount
    if card.resources and resource_id not in card.resources:
        raise BalanceRefused(kind="gift_card", code=code, reason="staff")
    return card, gift_card_balance(card, without=held.booking_id)


def resize(
    held: HeldBalance,
    *,
    service_id: int,
    package: PackagePurchase | None,
    units: int,
    card: GiftCardSold | None,
    amount: Decimal,
    active: bool,
) -> None:
    """Have a booking hold these appointments and this money; inside ``writing()`` and after ``prepare``.

    Whether there is enough has been asked by then.

    Args:
        active: It occupies; else this is what it takes should it come back.
    """
    if units != held.units:
        changed = PackageUse.update(units=units).where(PackageUse.booking_id == held.booking_id).execute()
        if not changed and package is not None:
            PackageUse.create(
                purchase_id=package.id,
                booking_id=held.booking_id,
                service_id=service_id,
                units=units,
                active=active,
            )
    if amount == held.amount:
        return
    if amount <= 0:
        GiftCardUse.delete().where(GiftCardUse.booking_id == held.booking_id).execute()
        return
    paying = GiftCardUse.update(amount=amount).where(GiftCardUse.booking_id == held.booking_id).execute()
    if not paying and card is not None:
        GiftCardUse.create(sold_id=card.id, booking_id=held.booking_id, amount=amount, active=active)


def forget_booking(booking_id: int) -> None:
    """A booking goes for good: return what it took; a use that does not return stays counted."""
    give_back(booking_id)
    CouponUse.delete().where(CouponUse.booking_id == booking_id, ~CouponUse.active).execute()
    for model in (PackageUse, GiftCardUse):
        model.delete().where(model.booking_id == booking_id).execute()


def give_back(booking_id: int) -> None:
    """A booking stopped occupying: return what it took, where that kind of balance returns."""
    with writing():
        for use in CouponUse.select().where(CouponUse.booking_id == booking_id, CouponUse.active):
            coupon = coupons.get_many([use.coupon_id]).get(use.coupon_id)
            if coupon is None or coupon.returns:
                CouponUse.update(active=False).where(CouponUse.id == use.id).execute()
        PackageUse.update(active=False).where(PackageUse.booking_id == booking_id).execute()
        GiftCardUse.update(active=False).where(GiftCardUse.booking_id == booking_id).execute()


def retake(booking_id: int) -> None:
    """A booking occupies once more: take again what it had given back.

    Raises:
        BalanceRefused: Somebody else has used it up meanwhile.
    """
    with writing():
        for use in CouponUse.select().where(CouponUse.booking_id == booking_id, ~CouponUse.active):
            coupon = coupons.get_many([use.coupon_id]).get(use.coupon_id)
            if coupon is None:
                continue
            lock_subjects([("coupon", coupon.id)])
            if coupon.max_uses is not None and count_uses_of_coupon(coupon) >= coupon.max_uses:
                raise BalanceRefused(kind="coupon", code=coupon.code, reason="used_up")
            most = coupon.max_uses_per_customer
            if most is not None and use.customer_id and count_uses_of_coupon(coupon, use.customer_id) >= most:
                raise BalanceRefused(kind="coupon", code=coupon.code, reason="customer_limit")
            CouponUse.update(active=True).where(CouponUse.id == use.id).execute()
        for use in PackageUse.select().where(PackageUse.booking_id == booking_id, ~PackageUse.active):
            lock_subjects([("package", use.purchase_id)])
            purchase = package_purchases.get(use.purchase_id)
            left = package_remaining(purchase, use.service_id) or 0
            if left < use.units:
                raise BalanceRefused(kind="package", code=purchase.number, reason="short", left=left)
            PackageUse.update(active=True).where(PackageUse.id == use.id).execute()
        for use in GiftCardUse.select().where(GiftCardUse.booking_id == booking_id, ~GiftCardUse.active):
            lock_subjects([("gift_card", use.sold_id)])
            card = gift_cards_sold.get(use.sold_id)
            if gift_card_balance(card) < use.amount:
                raise BalanceRefused(kind="gift_card", code=card.code, reason="short", left=gift_card_balance(card))
            GiftCardUse.update(active=True).where(GiftCardUse.id == use.id).execute()
