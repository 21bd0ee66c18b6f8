"""What clients send and get. Instants have an offset; the server writes UTC."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec

Id = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Text = Annotated[str, msgspec.Meta(max_length=500)]


class SlotQuery(msgspec.Struct, rename="camel"):
    event_type_id: Id
    start: date
    end: date
    time_zone: str = "UTC"


class PageQuery(msgspec.Struct):
    take: Annotated[int, msgspec.Meta(ge=1, le=250)] = 100
    skip: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0


class Attendee(msgspec.Struct, rename="camel"):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    email: Annotated[str, msgspec.Meta(min_length=3, max_length=200, pattern="^[^@]+@[^@]+$")]
    time_zone: Text = "UTC"


class NewBooking(msgspec.Struct, rename="camel"):
    event_type_id: Id
    start: Instant
    attendee: Attendee
    metadata: dict[Text, Text] = {}


class Reschedule(msgspec.Struct):
    start: Instant


class Cancel(msgspec.Struct, rename="camel"):
    cancellation_reason: Text = ""


class EventType(msgspec.Struct, rename="camel"):
    id: int
    title: str
    price: str
    currency: str
    time_zone: str


class Slot(msgspec.Struct, rename="camel"):
    start: datetime
    seats_remaining: int


class Booking(msgspec.Struct, rename="camel"):
    id: int
    uid: str
    status: str
    start: datetime
    end: datetime
    duration: int
    event_type_id: int
    attendees: list[Attendee]
    metadata: dict[str, Any]
    cancellation_reason: str
    price: str


class Pagination(msgspec.Struct, rename="camel"):
    total_items: int
    items_per_page: int
    has_next_page: bool


def shape(data: Any) -> dict[str, Any]:
    """The shape of a successful answer, for the OpenAPI document."""
    return {"status": str, "data": data}
