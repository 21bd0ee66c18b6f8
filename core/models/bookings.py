"""Bookings, their claims, tallies of them, and the events about them.

Instants are epoch seconds in UTC. ``wall_*`` are seconds of the wall clock of ``zone``, counted as if that clock were
UTC, so that the time the customer was told survives later changes of the zone's rules.
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
    #: Bookings created together share a group.
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
    #: Another booking of its group holds the claims on the service for this one too.
    shared_places = BooleanField(default=False)
    #: The terms of purchase (``core.services.purchase_terms``), so that a change is priced by the same terms.
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
            # Lists are newest first, filtered by status, service or both. The filters are part of the index, so that
            # skipping to a far page reads nothing else.
            (("created_at", "id", "status"), False),
            (("status", "created_at", "id"), False),
            (("service_id", "created_at", "id", "status"), False),
            (("start", "status"), False),
            (("session_id", "id", "status"), False),
            (("service_id", "start"), False),
        )


# The bookings that joined another one's session: few in most businesses, and all that counting sessions reads.
Booking.add_index(Booking.index(Booking.session_id, where=(Booking.session_id != Booking.id), name="booking_joined"))


class BookingTally(BaseModel):
    """The number of bookings by service and status, maintained by triggers, so that no list has to count them.

    Service 0 stands for bookings without a service.
    """

    service_id = BigIntegerField()
    status = CharField(max_length=20)
    n = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("service_id", "status")


class BookingTotal(BaseModel):
    """The number of bookings by status, so that the total of a list costs the same for any number of services.

    Empty on PostgreSQL, where all writers would wait for the lock of these rows.
    """

    status = CharField(max_length=20, primary_key=True)
    n = BigIntegerField(default=0)


class SessionTally(BaseModel):
    """The number of sessions by service and by the statuses of their bookings (``statuses.bits_of``), by triggers."""

    service_id = BigIntegerField()
    statuses = IntegerField()
    n = BigIntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("service_id", "statuses")


class Tombstone(BaseModel):
    """The id of a deleted record, so that references to it are not taken for damage."""

    kind = CharField(max_length=32)
    subject_id = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("kind", "subject_id")


class Claim(BaseModel):
    """Units of one subject held over ``[start, end)``.

    ``capacity`` is the limit at the time of booking, so that the doctor can check it after settings change.
    ``span_class`` is a class of length, so that narrow index ranges find the claims that reach into a window.
    """

    id = BigAutoField()
    booking_id = BigIntegerField(index=True)
    #: With the id of a location (``service@3``) where capacity is counted by location.
    subject_kind = CharField(max_length=32)
    subject_id = BigIntegerField()
    span_class = IntegerField()
    #: ``start`` less ``before``: from here on the claim can conflict with others.
    reach_start = BigIntegerField()
    start = BigIntegerField()
    end = BigIntegerField()
    before = IntegerField(default=0)
    after = IntegerField(default=0)
    units = IntegerField()
    capacity = IntegerField()
    exclusive = BooleanField(default=False)
    session = CharField(max_length=80, default="")
    #: Taken beyond the capacity on purpose.
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
    #: Who made the change (``core.services.actors``); empty where nobody in particular did.
    actor = CharField(max_length=120, default="")
    #: Why, in the operator's words.
    reason = CharField(max_length=500, default="")
    #: Consumers to queue it for; the trigger that does so empties the list.
    consumers = JSONField(default=list)

    class Meta:
        indexes = ((("subject_kind", "subject_id"), False), (("kind", "id"), False), (("actor", "id"), False))


class Dispatch(BaseModel):
    """An event that a consumer has not acknowledged; the row is deleted when it does."""

    id = BigAutoField()
    event_id = BigIntegerField(index=True)
    consumer = CharField(max_length=64)
    attempts = IntegerField(default=0)
    not_before = BigIntegerField(default=0)
    #: Reserved until then, on the real clock; on SQLite for the process named in ``leased_by``.
    leased_until = BigIntegerField(default=0)
    leased_by = CharField(max_length=40, default="")

    class Meta:
        indexes = ((("consumer", "not_before", "id"), False),)
