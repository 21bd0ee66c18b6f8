"""``/gift-cards`` (fact sheet, section 6.10)."""

from collections import Counter
from decimal import Decimal
from typing import Any, ClassVar, Literal

from core.domain.records import GiftCard
from core.errors import Invalid
from core.http.openapi import operation
from core.services import catalog
from core.services.repository import gift_cards as table
from core.services.repository import gift_cards_sold
from plugins.bookingpress.errors import NOTICE, WENT_WRONG, Refused, notice
from plugins.bookingpress.resources.base import Listing, Params, Things, simple_page, words
from plugins.bookingpress.schemas import GiftCard as GiftCardRecord
from plugins.bookingpress.translate.money import to_gift_card
from plugins.bookingpress.translate.values import NAME

_BODY = {
    "gift_card_title": str,
    **dict.fromkeys(("gift_card_amount", "gift_card_value"), Decimal),
    "gift_card_expiry_type": Literal["never", "duration"],
    "gift_card_expiration_duration_val": int,
    "gift_card_expiration_duration_unit": Literal["d", "m", "y"],
    **{name: [int] for name in ("gift_card_services", "gift_card_staffmembers")},
    "gift_card_status": bool,
}


class GiftCards(Things):
    group = "gift_cards"
    sorts: ClassVar = {
        "id": "id",
        "gift_card_id": "id",
        "gift_card_title": "title",
        "gift_card_amount": "price",
        "gift_card_value": "value",
    }

    @operation(reply=[GiftCardRecord])
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        found, total = simple_page(table, listing, words(listing.search, ("title",)))
        return self._records(found), total

    @operation(reply=GiftCardRecord)
    def one(self, id: int) -> tuple[Any, int]:
        card = table.get(id)
        return self._records([card])[0], card.version

    def _records(self, found: list[GiftCard]) -> list[Any]:
        sold = gift_cards_sold.list_all([("gift_card_id", "in", [card.id for card in found])])
        counts = Counter(card.gift_card_id for card in sold)
        settings = self.shop.settings
        return [to_gift_card(card, sold=counts[card.id], settings=settings, symbol=self.shop.symbol) for card in found]

    @operation(body=_BODY, reply=NOTICE)
    def create(self, given: Params) -> Any:
        made = create_gift_card(given, now=self.shop.now)
        return notice("Gift card has been added successfully.", gift_card_id=made)

    @operation(body=_BODY, reply=NOTICE)
    def update(self, id: int, given: Params, *, gentle: bool) -> Any:
        before = table.get_many([id]).get(id)
        if before is None:
            raise Refused(msg=WENT_WRONG, status=404)
        table.update(id, now=self.shop.now, **read_gift_card(given, before if gentle else None))
        return notice("Gift card has been updated successfully.", gift_card_id=id)

    def delete(self, id: int, expected_version: int | None) -> Any:
        """Cards that are sold already stay valid."""
        if not table.get_many([id]):
            raise Refused(msg="Gift card not found.", status=404)
        catalog.delete_record(table, id, now=self.shop.now, origin=NAME)
        return notice("Gift card has been deleted successfully.", gift_card_id=id)


def create_gift_card(given: Params, *, now: Any, id: int | None = None) -> int:
    return table.create(now=now, id=id, origin=NAME, **read_gift_card(given, None)).id


def read_gift_card(given: Params, old: GiftCard | None) -> dict[str, Any]:
    """The values of a gift card; absent ones come from ``old`` (PATCH) or are the defaults."""
    title = given.text("gift_card_title", longest=255) if old is None or "gift_card_title" in given else old.title
    if not title:
        raise Invalid(field="gift_card_title", reason="missing")
    price = given.amount("gift_card_amount", default=old.price if old else 0)
    value = given.amount("gift_card_value", default=old.value if old else price)
    if price < 0:
        raise Invalid(field="gift_card_amount", reason="range", value=str(price))
    if value <= 0:
        raise Invalid(field="gift_card_value", reason="range", value=str(value))
    expiry = given.text("gift_card_expiry_type") or (old.expiry if old else "never")
    length = given.whole("gift_card_expiration_duration_val", default=old.valid_for if old else 0)
    unit = given.text("gift_card_expiration_duration_unit") or (old.valid_unit if old else "")
    if expiry == "duration":
        if not 1 <= length <= 10_000:
            raise Invalid(field="gift_card_expiration_duration_val", reason="range", value=length)
        if unit not in ("d", "m", "y"):
            raise Invalid(field="gift_card_expiration_duration_unit", reason="choice", value=unit)
    elif expiry != "never":
        raise Invalid(field="gift_card_expiry_type", reason="choice", value=expiry)
    else:
        length, unit = 0, "m"
    active = old.status == "active" if old else True
    services = given.ids("gift_card_services") if old is None or "gift_card_services" in given else old.services
    staff = given.ids("gift_card_staffmembers") if old is None or "gift_card_staffmembers" in given else old.resources
    return {
        "title": title,
        "price": price,
        "value": value,
        "expiry": expiry,
        "valid_for": length,
        "valid_unit": unit,
        "services": tuple(services),
        "resources": tuple(staff),
        "status": "active" if given.flag("gift_card_status", default=active) else "inactive",
    }
