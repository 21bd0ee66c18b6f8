"""The booking statuses of core: a superset that every dialect maps to its own words without loss."""

HOLD = "hold"
RELEASED = "released"
DRAFT = "draft"
UNPAID = "unpaid"
PENDING = "pending"
CONFIRMED = "confirmed"
PAID = "paid"
COMPLETED = "completed"
#: Over, and its places are free, also when it ended before its time.
DONE = "done"
CANCELLED = "cancelled"
REJECTED = "rejected"
NO_SHOW = "no_show"
TRASHED = "trashed"

ALL = (
    HOLD,
    RELEASED,
    DRAFT,
    UNPAID,
    PENDING,
    CONFIRMED,
    PAID,
    COMPLETED,
    DONE,
    CANCELLED,
    REJECTED,
    NO_SHOW,
    TRASHED,
)

#: Bookings in these statuses hold their claims; a hold only until it expires.
OCCUPYING = frozenset({HOLD, UNPAID, PENDING, CONFIRMED, PAID, COMPLETED})
