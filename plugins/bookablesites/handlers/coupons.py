"""``/coupons``"""

import falcon

from core.http.openapi import told
from plugins.bookablesites.handlers.http import (
    LIST,
    PAGING,
    Handler,
    decode,
    path_id,
    read_query,
    send,
    send_created,
    send_nothing,
)
from plugins.bookablesites.schemas import CouponBody, Id, ValidateCouponBody
from plugins.bookablesites.usecases import coupons


class Coupons(Handler):
    """``/coupons``"""

    FEATURE = "coupons"

    @told(query={**PAGING, "code": str, "status": str, "service": Id}, reply=LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, coupons.list_coupons(read_query(req), self.context))

    @told(body=CouponBody, required=CouponBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = coupons.create_coupon(decode(req, CouponBody).complete_fields(), self.context)
        send_created(req, resp, created, f"coupons/{created['id']}")


class OneCoupon(Handler):
    """``/coupons/{id}``"""

    FEATURE = "coupons"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, coupons.get_coupon(path_id(id, "coupon"), self.context))

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        coupons.delete_coupon(path_id(id, "coupon"), self.context)
        send_nothing(resp)


class ValidateCoupon(Handler):
    """``/coupons/validate``"""

    FEATURE = "coupons"

    @told(
        body=ValidateCouponBody,
        required=ValidateCouponBody.REQUIRED,
        reply={"valid": bool, "reason": str, "coupon": dict, "price": dict},
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, coupons.validate_coupon(decode(req, ValidateCouponBody), self.context))
