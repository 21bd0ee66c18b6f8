"""``/coupons``"""

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import CouponBody, Id, ValidateCouponBody
from plugins.bookablesites.usecases import coupons


class Coupons(http.Handler):
    """``/coupons``"""

    FEATURE = "coupons"

    @operation(query={**http.PAGING, "code": str, "status": str, "service": Id}, reply=http.LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, coupons.list_coupons(http.read_query(req), self.context))

    @operation(body=CouponBody, required=CouponBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = coupons.create_coupon(http.decode(req, CouponBody).complete_fields(), self.context)
        http.send_created(req, resp, created, f"coupons/{created['id']}")


class OneCoupon(http.Handler):
    """``/coupons/{id}``"""

    FEATURE = "coupons"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, coupons.get_coupon(http.path_id(id, "coupon"), self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        coupons.delete_coupon(http.path_id(id, "coupon"), self.context)
        http.send_nothing(resp)


class ValidateCoupon(http.Handler):
    """``/coupons/validate``"""

    FEATURE = "coupons"

    @operation(
        body=ValidateCouponBody,
        required=ValidateCouponBody.REQUIRED,
        reply={"valid": bool, "reason": str, "coupon": dict, "price": dict},
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, coupons.validate_coupon(http.decode(req, ValidateCouponBody), self.context))
