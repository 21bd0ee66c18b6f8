"""Coupons: create, read and delete; the vendor offers no update."""

import secrets
import string
from datetime import datetime
from typing import Any

from core.domain.records import Coupon
from core.services import balances, catalog
from core.services.repository import coupons
from plugins.bookingpress.translate.coupons import read_coupon, to_coupon
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import NAME
from plugins.bookingpress.usecases.crud import CrudUseCases, Ids

_CODE_LETTERS = string.ascii_uppercase + string.digits


class Coupons(CrudUseCases):
    table = coupons
    id_name = "coupon_id"
    thing = "Coupon"
    searched = ("title", "code")

    def _shown(self, records: list[Coupon], *, single: bool) -> list[Any]:
        uses = balances.count_coupon_uses(records)
        return [to_coupon(coupon, used=uses[coupon.id], symbol=self.context.symbol) for coupon in records]

    def _create(self, params: Params) -> Ids:
        return {"coupon_id": create_coupon(params, now=self.context.now)}

    def _delete(self, record: Coupon) -> None:
        catalog.delete_record(coupons, record.id, now=self.context.now, origin=NAME)


def create_coupon(params: Params, *, now: datetime, id: int | None = None) -> int:
    """Store a coupon, with a random code where the caller names none; returns its id.

    Args:
        id: Imports keep it, and bring the number of uses with it.
    """
    fields = read_coupon(params)
    fields["code"] = fields["code"] or "".join(secrets.choice(_CODE_LETTERS) for _ in range(8))
    used = max(0, params.integer("coupon_total_used")) if id is not None else 0
    return coupons.create(now=now, id=id, used=used, origin=NAME, **fields).id
