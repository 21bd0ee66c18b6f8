"""``/coupons`` and trying one on a basket (fact sheet, 8.2). Coupons are made and removed, never changed."""

from dataclasses import replace

import falcon

from core.db import writing
from core.domain.records import Coupon
from core.domain.requests import BookingRequest
from core.errors import BalanceRefused, Invalid, NotAvailable
from core.http.openapi import operation
from core.services import balances, bookings, catalog
from core.services.repository import Condition, coupons, services
from plugins.bookablesites.errors import coupon_reason
from plugins.bookablesites.resources.common import (
    LIST,
    PAGING,
    Resource,
    filters,
    id_filter,
    paging,
    path_id,
    read,
    send,
    send_created,
    send_list,
    send_nothing,
    sliced,
)
from plugins.bookablesites.schemas import CouponBody, CouponTry, Id, plain
from plugins.bookablesites.translate.bookings import to_chosen, to_persons
from plugins.bookablesites.translate.catalog import NAME, coupon_status, to_coupon, to_coupon_values
from plugins.bookablesites.translate.prices import checkout, to_price
from plugins.bookablesites.translate.times import today

#: What ``/coupons/validate`` calls a coupon that cannot be used; other dialects know more reasons.
_REASONS = {"inactive": "unknown", "not_started": "unknown"}


class _Coupons(Resource):
    FEATURE = "coupons"

    def shown(self, record: Coupon) -> dict:
        now = self.tenant.now()
        return to_coupon(record, balances.count_uses_of_coupon(record), today(now, self.tenant.zone))


class Coupons(_Coupons):
    """``/coupons``"""

    @operation(query={**PAGING, "code": str, "status": str, "service": Id}, reply=LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        wanted = paging(given)
        where: list[Condition] = [("code", "=", given["code"])] if "code" in given else []
        service = id_filter(given, "service")
        if service is None and "status" not in given:
            found = coupons.page(where, limit=wanted.limit, offset=wanted.offset)
            send_list(resp, [self.shown(record) for record in found.items], found.total or 0, wanted)
            return
        # Both are computed, and a business has few coupons.
        fitting = [
            r for r in coupons.list_all(where, order=[("id", "desc")]) if self._fits(r, given.get("status"), service)
        ]
        send_list(resp, [self.shown(record) for record in sliced(fitting, wanted)], len(fitting), wanted)

    def _fits(self, record: Coupon, status: str | None, service: int | None) -> bool:
        if service is not None and record.services and service not in record.services:
            return False
        if status is None:
            return True
        day = today(self.tenant.now(), self.tenant.zone)
        return coupon_status(record, balances.count_uses_of_coupon(record), day) == status

    @operation(body=CouponBody, required=CouponBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        values = to_coupon_values(read(req, CouponBody).whole(), currency=self.tenant.currency)
        known = services.get_many(values["services"])
        for position, number in enumerate(values["services"]):
            if number not in known:
                raise Invalid(field=f"services.{position}", reason="unknown", value=number)
        with writing():
            made = coupons.create(now=self.tenant.now(), origin=NAME, **values)
        send_created(req, resp, self.shown(made), f"coupons/{made.id}")


class OneCoupon(_Coupons):
    """``/coupons/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, self.shown(coupons.get(path_id(id, "coupon"))))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        catalog.delete_record(coupons, path_id(id, "coupon"), now=self.tenant.now(), origin=NAME)
        send_nothing(resp)


class TryCoupon(_Coupons):
    """``/coupons/validate``"""

    @operation(
        body=CouponTry, required=CouponTry.REQUIRED, reply={"valid": bool, "reason": str, "coupon": dict, "price": dict}
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = read(req, CouponTry)
        body.whole()
        given = plain(body)
        now = self.tenant.now()
        if given["service"] not in services.get_many([given["service"]]):
            raise Invalid(field="service", reason="unknown", value=given["service"])
        try:
            record = balances.check_coupon(
                given["code"],
                service_id=given["service"],
                customer_id=given.get("customer") or 0,
                today=today(now, self.tenant.zone),
            )
        except BalanceRefused as error:
            reason = coupon_reason(error)
            send(resp, {"valid": False, "reason": _REASONS.get(reason, reason)})
            return
        request = BookingRequest(
            service_id=given["service"],
            wall_start=now.replace(tzinfo=None, second=0, microsecond=0),
            origin=NAME,
            resource_id=given.get("employee") or 0,
            customer_id=given.get("customer") or 0,
            persons=to_persons(given) or 1,
            extras=to_chosen(given),
            coupon_code=record.code,
            checkout=tuple(checkout()),
        )
        try:
            quote, _ = bookings.quote(request, now=now, check=False)
        except NotAvailable:
            # A calendar that has no span at this minute; the price of a basket does not depend on it.
            midnight = request.wall_start.replace(hour=12, minute=0)
            quote, _ = bookings.quote(replace(request, wall_start=midnight), now=now, check=False)
        send(resp, {"valid": True, "coupon": self.shown(record), "price": to_price(quote)})
