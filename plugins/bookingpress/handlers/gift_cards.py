"""``/gift-cards``: decode, call, reply."""

from decimal import Decimal
from typing import Literal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.usecases.gift_cards import GiftCards


class GiftCardsHandler(CrudHandler):
    usecases_type = GiftCards
    switches = "gift_cards"
    sortable = {
        "id": "id",
        "gift_card_id": "id",
        "gift_card_title": "title",
        "gift_card_amount": "price",
        "gift_card_value": "value",
    }
    created = "Gift card has been added successfully."
    updated = "Gift card has been updated successfully."
    deleted = "Gift card has been deleted successfully."
    body = {
        "gift_card_title": str,
        **dict.fromkeys(("gift_card_amount", "gift_card_value"), Decimal),
        "gift_card_expiry_type": Literal["never", "duration"],
        "gift_card_expiration_duration_val": int,
        "gift_card_expiration_duration_unit": Literal["d", "m", "y"],
        **{name: [int] for name in ("gift_card_services", "gift_card_staffmembers")},
        "gift_card_status": bool,
    }
    record = schemas.GiftCard
