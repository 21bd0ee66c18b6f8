"""The words for where something stands. Every dialect maps them to its own words and back without loss.

Services, resources and locations, bookings, orders, payments, and what coupons, packages and gift cards share, have a
list each. One word means the same in every list.
"""

from collections.abc import Iterable

#: Offered to everybody.
ACTIVE = "active"
#: Can be booked, but appears in no list.
HIDDEN = "hidden"
#: Only staff see it and book it.
INTERNAL = "internal"
#: Waits for somebody's approval before it is offered.
IN_REVIEW = "in_review"
#: Not finished; nobody can use it yet.
DRAFT = "draft"
#: Out of sight and out of use, but still stored: it can be restored.
DELETED = "deleted"
INACTIVE = "inactive"

#: Keeps its units until it expires.
HOLD = "hold"
RELEASED = "released"
UNPAID = "unpaid"
#: Waits to be confirmed (a booking) or paid (an order, a payment).
PENDING = "pending"
CONFIRMED = "confirmed"
PAID = "paid"
COMPLETED = "completed"
#: Over, and its places are free, also when it ended before its time.
DONE = "done"
CANCELLED = "cancelled"
REJECTED = "rejected"
NO_SHOW = "no_show"

#: The customer has promised or started the payment; it has not arrived.
AWAITING_PAYMENT = "awaiting_payment"
REFUNDED = "refunded"
FAILED = "failed"
PARTLY_PAID = "partly_paid"
PARTLY_REFUNDED = "partly_refunded"

#: Statuses of services, resources and locations.
CATALOG = (ACTIVE, HIDDEN, INTERNAL, IN_REVIEW, DRAFT, DELETED)
#: The tallies of sessions store them by their place in this list, so a new one goes to its end.
BOOKING = (
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
    DELETED,
)
ORDER = (DRAFT, PENDING, AWAITING_PAYMENT, PAID, COMPLETED, CANCELLED, REFUNDED, FAILED, DELETED)
PAYMENT = (PENDING, PAID, PARTLY_PAID, REFUNDED, PARTLY_REFUNDED)
#: Statuses of coupons, packages and gift cards.
BALANCE = (ACTIVE, INACTIVE)

#: Bookings in these statuses hold their claims; a hold only until it expires.
OCCUPYING = frozenset({HOLD, UNPAID, PENDING, CONFIRMED, PAID, COMPLETED})


def bits_of(words: Iterable[str]) -> int:
    """Statuses of bookings in one number, as the tallies of sessions store them: a bit for each, as they are listed."""
    return sum(1 << BOOKING.index(word) for word in set(words))
