"""``/coupons``"""

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import CouponBody, Id, ValidateCouponBody
from plugins.bookablesites.usecases import coupons


class Coupons(base.Handler):
    """``/coupons``"""

    FEATURE = "coupons"

    @operation(query={**base.PAGING, "code": str, "status": str, "service": Id}, reply=base.LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, coupons.list_coupons(base.read_query(req), self.context))

    @operation(body=CouponBody, required=CouponBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = coupons.create_coupon(base.decode(req, CouponBody).complete_fields(), self.context)
        base.send_created(req, resp, created, f"coupons/{created['id']}")


class OneCoupon(base.Handler):
    """``/coupons/{id}``"""

    FEATURE = "coupons"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, coupons.get_coupon(base.path_id(id, "coupon"), self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        coupons.delete_coupon(base.path_id(id, "coupon"), self.context)
        base.send_nothing(resp)


class ValidateCoupon(base.Handler):
    """``/coupons/validate``"""

    FEATURE = "coupons"

    @operation(
        body=ValidateCouponBody,
        required=ValidateCouponBody.REQUIRED,
        reply={"valid": bool, "reason": str, "coupon": dict, "price": dict},
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, coupons.validate_coupon(base.decode(req, ValidateCouponBody), self.context))
