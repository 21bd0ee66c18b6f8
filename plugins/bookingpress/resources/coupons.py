"""``/coupons``: create, read and delete (fact sheet, section 6.8)."""

import secrets
import string
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal

from core.errors import Invalid
from core.http.openapi import operation
from core.services import balances, catalog
from core.services.repository import coupons as table
from plugins.bookingpress.errors import NOTICE, Refused, notice
from plugins.bookingpress.resources.base import Listing, Params, Things, simple_page, words
from plugins.bookingpress.schemas import Coupon
from plugins.bookingpress.translate.money import DISCOUNTS, to_coupon
from plugins.bookingpress.translate.values import NAME

_LETTERS = string.ascii_uppercase + string.digits
_BODY = {
    **dict.fromkeys(("coupon_title", "coupon_code"), str),
    "coupon_discount": Decimal,
    "coupon_discount_type": Literal[tuple(DISCOUNTS)],
    "coupon_period_type": Literal["unlimited", "date_range"],
    **dict.fromkeys(("coupon_start_date", "coupon_end_date"), date),
    "coupon_services": [int],
    "coupon_allowed_uses": int,
    "coupon_status": bool,
}


class Coupons(Things):
    group = "coupon"
    sorts: ClassVar = {"id": "id", "coupon_id": "id", "coupon_title": "title", "coupon_code": "code"}

    @operation(reply=[Coupon])
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        found, total = simple_page(table, listing, words(listing.search, ("title", "code")))
        used = balances.count_coupon_uses(found)
        return [to_coupon(coupon, used=used[coupon.id], symbol=self.shop.symbol) for coupon in found], total

    @operation(reply=Coupon)
    def one(self, id: int) -> tuple[Any, int]:
        coupon = table.get(id)
        used = balances.count_coupon_uses([coupon])[id]
        return to_coupon(coupon, used=used, symbol=self.shop.symbol), coupon.version

    @operation(body=_BODY, reply=NOTICE)
    def create(self, given: Params) -> Any:
        return notice("Coupon created successfully", coupon_id=create_coupon(given, now=self.shop.now))

    def delete(self, id: int, expected_version: int | None) -> Any:
        if not table.get_many([id]):
            raise Refused(msg="Coupon not found.", status=404)
        catalog.delete_record(table, id, now=self.shop.now, origin=NAME)
        return notice("Coupon deleted successfully", coupon_id=id)


def create_coupon(given: Params, *, now: Any, id: int | None = None) -> int:
    """Store a coupon. Uses are never given back: a cancelled or deleted appointment has used it up."""
    kind = given.text("coupon_discount_type").capitalize() or "Fixed"
    if kind not in DISCOUNTS:
        raise Invalid(field="coupon_discount_type", reason="choice", value=kind)
    discount = given.amount("coupon_discount")
    if discount <= 0:
        raise Invalid(field="coupon_discount", reason="range", value=str(discount))
    if kind == "Percentage" and discount > 100:
        raise Refused(msg="May not add more than a 100% discount.")
    first = last = ""
    period = given.text("coupon_period_type") or "unlimited"
    if period == "date_range":
        first, last = given.day("coupon_start_date"), given.day("coupon_end_date")
        for name, value in (("coupon_start_date", first), ("coupon_end_date", last)):
            if not value:
                raise Invalid(field=name, reason="missing")
        if first > last:
            raise Refused(msg="Coupn Period Start date is not greater than End date")
    elif period != "unlimited":
        raise Invalid(field="coupon_period_type", reason="choice", value=period)
    uses = given.whole("coupon_allowed_uses")
    if not 0 <= uses <= 2**31 - 1:
        raise Invalid(field="coupon_allowed_uses", reason="range", value=uses)
    code = given.text("coupon_code", longest=255) or "".join(secrets.choice(_LETTERS) for _ in range(8))
    return table.create(
        now=now,
        id=id,
        code=code,
        title=given.text("coupon_title", longest=255),
        discount_type=DISCOUNTS[kind],
        discount=discount,
        starts_on=first,
        ends_on=last,
        services=given.ids("coupon_services"),
        max_uses=uses or None,
        used=max(0, given.whole("coupon_total_used")) if id is not None else 0,
        returns=False,
        status="active" if given.flag("coupon_status", default=True) else "inactive",
        origin=NAME,
    ).id
