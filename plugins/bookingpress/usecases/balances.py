"""What pays for appointments: coupons (the vendor offers no update of them), packages, gift cards on sale."""

import secrets
import string
from collections import Counter
from datetime import datetime
from typing import Any

from frontdesk import balances, catalog
from frontdesk.errors import Invalid
from frontdesk.records import Coupon, GiftCard, Package
from frontdesk.repository import coupons, gift_cards, gift_cards_sold, package_purchases, packages, services
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.balances import (
    read_coupon,
    read_gift_card,
    read_package,
    to_coupon,
    to_gift_card,
    to_package,
)
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import NAME, stored_extras, with_stored_extras
from plugins.bookingpress.usecases.base import CrudUseCases, Ids, position_for

# -- coupons -----------------------------------------------------------------------------------------------------------


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


# -- packages ----------------------------------------------------------------------------------------------------------


class Packages(CrudUseCases):
    table = packages
    id_name = "package_id"
    thing = "Package"

    def _shown(self, records: list[Package], *, single: bool) -> list[Any]:
        included = services.get_many(item["service_id"] for package in records for item in package.services)
        prices = {id: service.price for id, service in included.items()}
        settings, symbol = self.context.settings, self.context.symbol
        return [to_package(package, prices=prices, settings=settings, symbol=symbol) for package in records]

    def _create(self, params: Params) -> Ids:
        return {"package_id": create_package(params, now=self.context.now)}

    def _update(self, previous: Package, params: Params, *, partial: bool) -> Ids:
        fields = _read(params, previous, partial=partial)
        images = stored_extras(previous).get("images")
        if "package_images" in params:
            images = params.decoded("package_images")
        extras = with_stored_extras(previous, images=images or [])
        packages.update(previous.id, now=self.context.now, extras=extras, **fields)
        return {"package_id": previous.id}

    def _delete(self, record: Package) -> None:
        today = self.context.today.isoformat()
        for purchase in package_purchases.list_all([("package_id", "=", record.id)]):
            if purchase.expires_on and purchase.expires_on < today:
                continue
            if any((balances.package_remaining(purchase, item["service_id"]) or 0) > 0 for item in purchase.services):
                raise Refused(reason="package_in_use")
        catalog.delete_record(packages, record.id, now=self.context.now, origin=NAME)


def create_package(params: Params, *, now: datetime, id: int | None = None) -> int:
    """Store a package; returns its id, which imports keep."""
    fields = _read(params, None)
    return packages.create(
        now=now,
        id=id,
        position=position_for(packages, params, "package_position"),
        origin=NAME,
        extras={NAME: {"images": params.decoded("package_images") or []}},
        **fields,
    ).id


def _read(params: Params, previous: Package | None, *, partial: bool = False) -> dict[str, Any]:
    fields = read_package(params, previous, partial=partial)
    if params.items("package_services"):
        included = [item["service_id"] for item in fields["services"]]
        existing = services.get_many(included)
        for position, service_id in enumerate(included):
            if service_id not in existing:
                field = f"package_services.{position}.service_id"
                raise Invalid(field=field, reason="unknown", value=service_id)
    return fields


# -- gift cards --------------------------------------------------------------------------------------------------------


class GiftCards(CrudUseCases):
    table = gift_cards
    id_name = "gift_card_id"
    thing = "Gift card"
    searched = ("title",)

    def _shown(self, records: list[GiftCard], *, single: bool) -> list[Any]:
        sold = gift_cards_sold.list_all([("gift_card_id", "in", [card.id for card in records])])
        counts = Counter(card.gift_card_id for card in sold)
        settings, symbol = self.context.settings, self.context.symbol
        return [to_gift_card(card, sold=counts[card.id], settings=settings, symbol=symbol) for card in records]

    def _create(self, params: Params) -> Ids:
        return {"gift_card_id": create_gift_card(params, now=self.context.now)}

    def _update(self, previous: GiftCard, params: Params, *, partial: bool) -> Ids:
        fields = read_gift_card(params, previous if partial else None)
        gift_cards.update(previous.id, now=self.context.now, **fields)
        return {"gift_card_id": previous.id}

    def _delete(self, record: GiftCard) -> None:
        """Cards that are sold already stay valid."""
        catalog.delete_record(gift_cards, record.id, now=self.context.now, origin=NAME)


def create_gift_card(params: Params, *, now: datetime, id: int | None = None) -> int:
    """Store a gift card; returns its id, which imports keep."""
    return gift_cards.create(now=now, id=id, origin=NAME, **read_gift_card(params, None)).id
