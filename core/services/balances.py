"""Balances of coupons, packages and gift cards: checked, used, released and retaken with bookings.

Each use is recorded in the booking's own transaction with the balance locked. So a refused booking uses nothing, and
two callers at once cannot overdraw a balance.
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
    """The number of active uses; with ``customer_id`` only that customer's."""
    sql, parameters = "SELECT COUNT(*) FROM coupon_use WHERE coupon_id = ? AND active", [coupon.id]
    if customer_id:
        return int(fetch_all(f"{sql} AND customer_id = ?", [*parameters, customer_id])[0][0])
    return coupon.used + int(fetch_all(sql, parameters)[0][0])


def count_coupon_uses(selected_coupons: Sequence[Coupon]) -> dict[int, int]:
    """The number of active uses by coupon id."""
    uses_by_coupon = {coupon.id: coupon.used for coupon in selected_coupons}
    if uses_by_coupon:
        placeholders = ", ".join("?" * len(uses_by_coupon))
        sql = (
            "SELECT coupon_id, COUNT(*) FROM coupon_use"
            f" WHERE active AND coupon_id IN ({placeholders}) GROUP BY coupon_id"
        )
        for coupon_id, count in fetch_all(sql, list(uses_by_coupon)):
            uses_by_coupon[coupon_id] += int(count)
    return uses_by_coupon


def check_coupon(code: str, *, service_id: int, customer_id: int, today: date) -> Coupon:
    """The coupon with this code, if it may be used today.

    Raises:
        BalanceRefused: ``reasons`` lists all that apply, because dialects check in different orders:
            "inactive", "not_started", "expired", "used_up", "customer_limit", "service"; alone "unknown".
    """
    coupon = coupons.find(code=code)
    if coupon is None:
        raise BalanceRefused(kind="coupon", code=code, reason="unknown", reasons=("unknown",))
    reasons = []
    if coupon.status != "active":
        reasons.append("inactive")
    if coupon.starts_on and today.isoformat() < coupon.starts_on:
        reasons.append("not_started")
    if coupon.ends_on and today.isoformat() > coupon.ends_on:
        reasons.append("expired")
    if coupon.max_uses is not None and count_uses_of_coupon(coupon) >= coupon.max_uses:
        reasons.append("used_up")
    per_customer = coupon.max_uses_per_customer
    if per_customer is not None and customer_id and count_uses_of_coupon(coupon, customer_id) >= per_customer:
        reasons.append("customer_limit")
    if coupon.services and service_id not in coupon.services:
        reasons.append("service")
    if reasons:
        raise BalanceRefused(kind="coupon", code=code, reason=reasons[0], reasons=tuple(reasons))
    return coupon


def lock_balances(requests: Iterable[BookingRequest], *, now: datetime) -> None:
    """Lock every balance these requests name, in a fixed order, and release what expired holds have used.

    Call this inside ``writing()``.
    """
    returnable_by_balance: dict[tuple[str, int], bool] = {}
    for request in requests:
        if request.coupon_code:
            coupon = coupons.find(code=request.coupon_code)
            # A coupon without a limit needs no lock.
            if coupon is not None and (coupon.max_uses is not None or coupon.max_uses_per_customer is not None):
                returnable_by_balance["coupon", coupon.id] = coupon.returns
        if request.package_number:
            purchase = package_purchases.find(number=request.package_number)
            if purchase is not None:
                returnable_by_balance["package", purchase.id] = True
        if request.gift_card_code:
            card = gift_cards_sold.find(code=request.gift_card_code)
            if card is not None:
                returnable_by_balance["gift_card", card.id] = True
    if not returnable_by_balance:
        return
    lock_subjects(returnable_by_balance)
    for (kind, balance_id), returns in returnable_by_balance.items():
        if returns:
            table, column = _USE_TABLES[kind]
            execute(
                f"UPDATE {table} SET active = FALSE WHERE {column} = ? AND active AND EXISTS (SELECT 1 FROM booking b"
                f" WHERE b.id = {table}.booking_id AND b.status = ? AND b.expires_at <= ?)",
                (balance_id, HOLD, to_epoch(now)),
            )


_USE_TABLES = {
    "coupon": ("coupon_use", "coupon_id"),
    "package": ("package_use", "purchase_id"),
    "gift_card": ("gift_card_use", "sold_id"),
}


def use_coupon(code: str, *, booking_id: int, service_id: int, customer_id: int, today: date) -> Coupon:
    """Record a use by a booking, with the coupon locked.

    Raises:
        BalanceRefused: As ``check_coupon``.
    """
    with writing():
        coupon = coupons.find(code=code)
        if coupon is not None:
            lock_subjects([("coupon", coupon.id)])
        coupon = check_coupon(code, service_id=service_id, customer_id=customer_id, today=today)
        CouponUse.create(coupon_id=coupon.id, booking_id=booking_id, customer_id=customer_id)
    return coupon


def package_remaining(purchase: PackagePurchase, service_id: int, *, excluded_booking_id: int = 0) -> int | None:
    """Appointments of a service left in a package; None where the package does not include the service.

    Args:
        excluded_booking_id: A booking whose own appointments count as left.
    """
    count = next((item["count"] for item in purchase.services if item["service_id"] == service_id), None)
    if count is None:
        return None
    used = fetch_all(
        "SELECT COALESCE(SUM(units), 0) FROM package_use"
        " WHERE purchase_id = ? AND service_id = ? AND active AND booking_id <> ?",
        (purchase.id, service_id, excluded_booking_id),
    )[0][0]
    return count - int(used)


def check_package(
    package_number: str, *, service_id: int, customer_id: int, units: int, today: date, excluded_booking_id: int = 0
) -> PackagePurchase:
    """The purchased package with this number, if it covers ``units`` persons of the service today.

    Args:
        excluded_booking_id: A booking whose own appointments count as left.

    Raises:
        BalanceRefused: "unknown", "customer", "expired", "service", "used_up" or "short" (``remaining`` are left).
    """
    purchase = package_purchases.find(number=package_number)

    def refuse(reason: str, left: int = 0) -> BalanceRefused:
        return BalanceRefused(kind="package", code=package_number, reason=reason, remaining=left)

    if purchase is None:
        raise refuse("unknown")
    if purchase.customer_id != customer_id:
        raise refuse("customer")
    if purchase.expires_on and today.isoformat() > purchase.expires_on:
        raise refuse("expired")
    left = package_remaining(purchase, service_id, excluded_booking_id=excluded_booking_id)
    if left is None:
        raise refuse("service")
    if left <= 0:
        raise refuse("used_up")
    if left < units:
        raise refuse("short", left)
    return purchase


def use_package(
    package_number: str, *, booking_id: int, service_id: int, customer_id: int, units: int, today: date
) -> PackagePurchase:
    """Record the use of ``units`` appointments by a booking, with the package locked; raises as ``check_package``."""
    with writing():
        purchase = package_purchases.find(number=package_number)
        if purchase is not None:
            lock_subjects([("package", purchase.id)])
        purchase = check_package(
            package_number, service_id=service_id, customer_id=customer_id, units=units, today=today
        )
        PackageUse.create(purchase_id=purchase.id, booking_id=booking_id, service_id=service_id, units=units)
    return purchase


def gift_card_balance(card: GiftCardSold, *, excluded_booking_id: int = 0) -> Decimal:
    """The amount left on a sold card; what it pays for ``excluded_booking_id`` counts as left."""
    used = fetch_all(
        "SELECT COALESCE(SUM(amount), 0) FROM gift_card_use WHERE sold_id = ? AND active AND booking_id <> ?",
        (card.id, excluded_booking_id),
    )
    return card.value - decode_money(int(used[0][0]))


def check_gift_card(code: str, *, service_id: int, resource_id: int, today: date) -> GiftCardSold:
    """The sold card with this code, if it can pay for this service and resource today.

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
    """Record a payment for a booking, with the card locked.

    Raises:
        BalanceRefused: Less than ``amount`` is left ("short").
    """
    with writing():
        lock_subjects([("gift_card", card.id)])
        left = gift_card_balance(card)
        if amount > left:
            raise BalanceRefused(kind="gift_card", code=card.code, reason="short", remaining=left)
        if amount > 0:
            GiftCardUse.create(sold_id=card.id, booking_id=booking_id, amount=amount)


@dataclass(frozen=True, slots=True)
class HeldBalance:
    """What a booking uses, or used before it was released: appointments of a package, money of a gift card."""

    booking_id: int
    units: int = 0
    amount: Decimal = Decimal(0)


def held_balance(booking_id: int) -> HeldBalance:
    """The balances that a booking uses or has released."""
    units = fetch_all("SELECT COALESCE(SUM(units), 0) FROM package_use WHERE booking_id = ?", (booking_id,))
    amount = fetch_all("SELECT COALESCE(SUM(amount), 0) FROM gift_card_use WHERE booking_id = ?", (booking_id,))
    return HeldBalance(booking_id, int(units[0][0]), decode_money(int(amount[0][0])))


def gift_card_for_booking(
    code: str, held: HeldBalance, *, resource_id: int, today: date
) -> tuple[GiftCardSold | None, Decimal]:
    """The card that pays for a booking already, and the most it can pay for it in all.

    A card that has expired meanwhile pays what it pays now, and no more.

    Raises:
        BalanceRefused: The card is not for this resource ("staff").
    """
    card = gift_cards_sold.find(code=code)
    if card is None or (card.expires_on and today.isoformat() > card.expires_on):
        return card, held.amount
    if card.resources and resource_id not in card.resources:
        raise BalanceRefused(kind="gift_card", code=code, reason="staff")
    return card, gift_card_balance(card, excluded_booking_id=held.booking_id)


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
    """Set the appointments and the amount that a booking uses; inside ``writing()`` and after ``lock_balances``.

    The caller has checked that the balances cover them.

    Args:
        active: The booking occupies; otherwise this is what it takes when it occupies again.
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
    """Release and delete the uses of a booking that is deleted; uses of coupons that do not return still count."""
    release(booking_id)
    CouponUse.delete().where(CouponUse.booking_id == booking_id, ~CouponUse.active).execute()
    for model in (PackageUse, GiftCardUse):
        model.delete().where(model.booking_id == booking_id).execute()


def release(booking_id: int) -> None:
    """Release what a booking uses when it stops occupying, except coupons that do not return."""
    with writing():
        for use in CouponUse.select().where(CouponUse.booking_id == booking_id, CouponUse.active):
            coupon = coupons.get_many([use.coupon_id]).get(use.coupon_id)
            if coupon is None or coupon.returns:
                CouponUse.update(active=False).where(CouponUse.id == use.id).execute()
        PackageUse.update(active=False).where(PackageUse.booking_id == booking_id).execute()
        GiftCardUse.update(active=False).where(GiftCardUse.booking_id == booking_id).execute()


def retake(booking_id: int) -> None:
    """Take again what a booking had released, when it occupies again.

    Raises:
        BalanceRefused: The balance has been used up meanwhile.
    """
    with writing():
        for coupon_use in CouponUse.select().where(CouponUse.booking_id == booking_id, ~CouponUse.active):
            coupon = coupons.get_many([coupon_use.coupon_id]).get(coupon_use.coupon_id)
            if coupon is None:
                continue
            lock_subjects([("coupon", coupon.id)])
            if coupon.max_uses is not None and count_uses_of_coupon(coupon) >= coupon.max_uses:
                raise BalanceRefused(kind="coupon", code=coupon.code, reason="used_up")
            max_per_customer = coupon.max_uses_per_customer
            if (
                max_per_customer is not None
                and coupon_use.customer_id
                and count_uses_of_coupon(coupon, coupon_use.customer_id) >= max_per_customer
            ):
                raise BalanceRefused(kind="coupon", code=coupon.code, reason="customer_limit")
            CouponUse.update(active=True).where(CouponUse.id == coupon_use.id).execute()
        for package_use in PackageUse.select().where(PackageUse.booking_id == booking_id, ~PackageUse.active):
            lock_subjects([("package", package_use.purchase_id)])
            purchase = package_purchases.get(package_use.purchase_id)
            left = package_remaining(purchase, package_use.service_id) or 0
            if left < package_use.units:
                raise BalanceRefused(kind="package", code=purchase.number, reason="short", remaining=left)
            PackageUse.update(active=True).where(PackageUse.id == package_use.id).execute()
        for gift_card_use in GiftCardUse.select().where(GiftCardUse.booking_id == booking_id, ~GiftCardUse.active):
            lock_subjects([("gift_card", gift_card_use.sold_id)])
            card = gift_cards_sold.get(gift_card_use.sold_id)
            if gift_card_balance(card) < gift_card_use.amount:
                raise BalanceRefused(
                    kind="gift_card", code=card.code, reason="short", remaining=gift_card_balance(card)
                )
            GiftCardUse.update(active=True).where(GiftCardUse.id == gift_card_use.id).execute()
