"""Gift cards that the site sells."""

from collections import Counter
from datetime import datetime
from typing import Any

from core.domain.records import GiftCard
from core.services import catalog
from core.services.repository import gift_cards, gift_cards_sold
from plugins.bookingpress.translate.gift_cards import read_gift_card, to_gift_card
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import NAME
from plugins.bookingpress.usecases.crud import CrudUseCases, Ids


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
