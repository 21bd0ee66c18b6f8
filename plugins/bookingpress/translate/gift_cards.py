"""Gift cards between the vendor's parameters and records and the core's."""

from decimal import Decimal
from typing import Any

from core.domain.records import GiftCard
from core.errors import Invalid
from plugins.bookingpress import schemas
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import money_text, number


def read_gift_card(params: Params, previous: GiftCard | None) -> dict[str, Any]:
    """Core's fields of a gift card; absent ones come from ``previous`` (PATCH) or are the defaults."""
    old = previous
    title = params.text("gift_card_title", longest=255) if old is None or "gift_card_title" in params else old.title
    if not title:
        raise Invalid(field="gift_card_title", reason="missing")
    price = params.amount("gift_card_amount", default=old.price if old else Decimal(0))
    value = params.amount("gift_card_value", default=old.value if old else price)
    if price < 0:
        raise Invalid(field="gift_card_amount", reason="range", value=str(price))
    if value <= 0:
        raise Invalid(field="gift_card_value", reason="range", value=str(value))
    is_active = old.status == "active" if old else True
    return {
        "title": title,
        "price": price,
        "value": value,
        **_read_expiry(params, old),
        "services": _ids(params, "gift_card_services", old.services if old else None),
        "resources": _ids(params, "gift_card_staffmembers", old.resources if old else None),
        "status": "active" if params.flag("gift_card_status", default=is_active) else "inactive",
    }


def _read_expiry(params: Params, previous: GiftCard | None) -> dict[str, Any]:
    expiry = params.choice(
        "gift_card_expiry_type", ("never", "duration"), default=previous.expiry if previous else "never"
    )
    if expiry == "never":
        return {"expiry": expiry, "valid_for": 0, "valid_unit": "m"}
    duration = params.number(
        "gift_card_expiration_duration_val", 1, 10_000, default=previous.valid_for if previous else 0
    )
    unit = params.choice(
        "gift_card_expiration_duration_unit", ("d", "m", "y"), default=previous.valid_unit if previous else ""
    )
    return {"expiry": expiry, "valid_for": duration, "valid_unit": unit}


def _ids(params: Params, name: str, previous: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(params.ids(name)) if previous is None or name in params else previous


def to_gift_card(card: GiftCard, *, sold: int, settings: SiteSettings, symbol: str) -> schemas.GiftCard:
    limited = card.expiry != "never"
    return schemas.GiftCard(
        gift_card_id=card.id,
        gift_card_title=card.title,
        gift_card_amount=number(card.price),
        gift_card_value=number(card.value),
        gift_card_formatted_value=money_text(card.value, settings, symbol),
        gift_card_expiry_type="duration" if limited else "never",
        gift_card_expiration_duration_val=card.valid_for if limited else 0,
        gift_card_expiration_duration_unit=card.valid_unit if limited else "",
        gift_card_services=list(card.services),
        gift_card_staffmembers=list(card.resources),
        gift_card_status=card.status == "active",
        total_sold=sold,
    )
