"""Bookings, the claims they own, and the events that tell of them.

Instants are epoch seconds UTC; ``wall_*`` are seconds of the wall clock of ``zone``, counted as if that clock were
UTC, so that what the customer was told can be given back whatever happens to the zone's rules later.
"""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    IntegerField,
    TextField,
)

from core.db import BaseModel
from core.fields import JSONField, MoneyField


class Booking(BaseModel):
    id = BigIntegerField(primary_key=True)
    #: Bookings of one service, resource and span form a session; it has the id of its first booking.
    session_id = BigIntegerField()
    #: Bookings made together share a group.
    group_id = CharField(max_length=40, default="", index=True)
    service_id = BigIntegerField()
    variant_id = BigIntegerField(default=0)
    resource_id = BigIntegerField(default=0, index=True)
    location_id = IntegerField(default=0)
    customer_id = IntegerField(default=0, index=True)
    order_id = BigIntegerField(default=0, index=True)
    order_item_id = BigIntegerField(default=0)
    parent_id = BigIntegerField(default=0)
    status = CharField(max_length=20)
    origin = CharField(max_length=64)
    start = BigIntegerField()
    end = BigIntegerField()
    wall_start = BigIntegerField()
    wall_end = BigIntegerField()
    zone = CharField(max_length=64)
    all_day = BooleanField(default=False)
    blocks = IntegerField(default=1)
    quantity = IntegerField(default=1)
    persons = IntegerField(default=1)
    #: ``{person type id: count}`` as text keys; empty without types.
    person_counts = JSONField(default=dict)
    #: ``[[extra id, quantity], ...]``
    extras_chosen = JSONField(default=list)
    currency = CharField(max_length=3, default="")
    total = MoneyField(default=0)
    quote = JSONField(default=dict)
    #: Another booking of its group holds the places on the service for this one too.
    shared_places = BooleanField(default=False)
    #: What it was bought with (``core.services.purchase_terms``), so that a change is priced with the same.
    terms = JSONField(default=dict)
    coupon_code = CharField(max_length=255, default="")
    note = TextField(default="")
    #: Names as they were when booked: ``{"service": ..., "customer": ..., "resource": ..., "location": ...}``.
    snapshot = JSONField(default=dict)
    created_at = BigIntegerField()
    modified_at = BigIntegerField()
    cancelled_at = BigIntegerField(null=True)
    expires_at = BigIntegerField(null=True)
    version = IntegerField(default=1)
    extras = JSONField(default=dict)

    class Meta:
        indexes = (
            # Lists are newest first, whole or narrowed by status, service or both; what narrows
            # them stands in the index too, so that skipping to a far page reads nothing else.
            (("created_at", "id", "status"), False),
            (("status", "created_at", "id"), False),
            (("service_id", "created_at", "id", "status"), False),
            (("start", "status"), False),
            (("session_id", "id", "status"), False),
            (("service_id", "start"), False),
        )


# Whoever joined another one's session: few in most businesses, and all that counting sessions has to look at.
Booking.add_index(Booking.index(Booking.session_id, where=(Booking.session_id != Booking.id), name="booking_joined"))


class BookingTally(BaseModel):
    """How many bookings a service has in each status, kept by triggers, so that no list has to count them.

    Service 0 is that of bookings without a service.
    """

    service_id = BigIntegerField()
    status = CharField(max_length=20)
    n = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("service_id", "status")


class BookingTotal(BaseModel):
    """The same for all services together, so that a list's total does not grow with their number.

    Empty on PostgreSQL: there every writer would wait for the one before it at that row.
    """

    status = CharField(max_length=20, primary_key=True)
    n = BigIntegerField(default=0)


class Tombstone(BaseModel):
    """The number of something that was deleted: what still names it names nothing else."""

    kind = CharField(max_length=32)
    subject_id = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("kind", "subject_id")


class Claim(BaseModel):
    """Units of one subject held over ``[start, end)``.

    ``capacity`` is the limit it was sold under, so that the invariant can be checked whatever is changed later.
    ``span_class`` sorts claims by length, so that those in reach of a window are found by narrow index ranges.
    """

    id = BigAutoField()
    booking_id = BigIntegerField(index=True)
    #: With the number of a location in it where places are counted by location.
    subject_kind = CharField(max_length=32)
    subject_id = BigIntegerField()
    span_class = IntegerField()
    #: ``start`` less ``before``: where the claim begins to be in anybody's way.
    reach_start = BigIntegerField()
    start = BigIntegerField()
    end = BigIntegerField()
    before = IntegerField(default=0)
    after = IntegerField(default=0)
    units = IntegerField()
    capacity = IntegerField()
    exclusive = BooleanField(default=False)
    session = CharField(max_length=80, default="")
    #: Set where an operator sold past the capacity on purpose.
    overbooked = BooleanField(default=False)
    expires_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("subject_kind", "subject_id", "span_class", "reach_start"), False),)


class Event(BaseModel):
    """The outbox: one row per committed change, written in the same transaction."""

    id = BigAutoField()
    kind = CharField(max_length=40)
    subject_kind = CharField(max_length=16)
    subject_id = BigIntegerField()
    origin = CharField(max_length=64, default="")
    at = BigIntegerField(index=True)
    data = JSONField(default=dict)

    class Meta:
        indexes = ((("subject_kind", "subject_id"), False), (("kind", "id"), False))


class Dispatch(BaseModel):
    """An event that one consumer has not dealt with yet; its row goes when it has."""

    id = BigAutoField()
    event_id = BigIntegerField(index=True)
    consumer = CharField(max_length=64)
    attempts = IntegerField(default=0)
    not_before = BigIntegerField(default=0)
    #: Until then, on the real clock, somebody is at it: on SQLite the process of this name.
    leased_until = BigIntegerField(default=0)
    leased_by = CharField(max_length=40, default="")

    class Meta:
        indexes = ((("consumer", "not_before", "id"), False),)
