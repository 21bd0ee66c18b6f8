"""Sessions: one time of a service and resource, read as one thing with all the bookings that share it.

A session is named by ``session_id``. It is listed once, at the place of its oldest booking, and shows what that one
and the others have in common.
"""

from collections.abc import Collection, Iterable, Sequence

from peewee import fn

from core import models
from core.domain.records import Booking, Page
from core.errors import NotFound
from core.services.bookings.reading import table
from core.services.records import Condition, checked_id

#: ``(has one of, has none of)``: what the statuses of a session's bookings must be like.
StatusMix = tuple[Collection[str], Collection[str]]


def get(session_id: int, *, statuses: Collection[str]) -> list[Booking]:
    """The bookings of a session that are in one of ``statuses``, oldest first.

    Raises:
        NotFound: There is none.
    """
    found = of([session_id], statuses=statuses).get(session_id)
    if not found:
        raise NotFound(kind="session", id=session_id)
    return found


def of(session_ids: Iterable[int], *, statuses: Collection[str]) -> dict[int, list[Booking]]:
    """The bookings of each session, oldest first; sessions without any are left out."""
    wanted = [number for number in {checked_id(number) for number in session_ids} if number]
    found: dict[int, list[Booking]] = {}
    if wanted:
        where = [("session_id", "in", wanted), ("status", "in", sorted(statuses))]
        for booking in table.all(where):
            found.setdefault(booking.session_id, []).append(booking)
    return found


def page(
    where: Sequence[Condition] = (),
    *,
    statuses: Collection[str],
    members: Sequence[Condition] = (),
    mixes: Sequence[StatusMix] = (),
    order: Sequence[tuple[str, str]] = (("created_at", "desc"),),
    limit: int | None = None,
    offset: int = 0,
) -> Page[list[Booking]]:
    """Some sessions, each as its bookings, and how many there are.

    Args:
        where: Conditions on what all bookings of a session share.
        statuses: Bookings in other statuses are not seen at all.
        members: Conditions that one of its bookings must meet.
        mixes: Only sessions whose statuses are like one of these.
        order: By fields of the oldest booking.
    """
    model = models.Booking
    query = model.select(model.session_id)
    query = table._where(query, [("status", "in", sorted(statuses)), *where])
    if members:
        inner = table._where(model.select(model.session_id), [("status", "in", sorted(statuses)), *members])
        query = query.where(model.session_id.in_(inner))
    older = model.alias()
    query = query.where(
        ~fn.EXISTS(
            older.select(older.id).where(
                older.session_id == model.session_id,
                older.id < model.id,
                older.status.in_(sorted(statuses)),
            )
        )
    )
    if mixes:
        wanted = None
        for mix in mixes:
            wanted = _like(mix) if wanted is None else wanted | _like(mix)
        query = query.where(wanted)
    total = query.count()
    if limit == 0 or offset >= max(total, 1):
        return Page([], total)
    terms = []
    for name, way in (*order, ("id", order[0][1] if order else "desc")):
        column = table._column(name)
        terms.append(column.asc() if way == "asc" else column.desc())
    query = query.order_by(*terms).offset(offset or None)
    if limit is not None:
        query = query.limit(limit)
    numbers = [row[0] for row in query.tuples()]
    found = of(numbers, statuses=statuses)
    return Page([found[number] for number in numbers if number in found], total)


def _like(mix: StatusMix):
    """A condition on the statuses of the bookings in a session."""
    has, lacks = mix
    met = fn.EXISTS(_with_status(has))
    return met & ~fn.EXISTS(_with_status(lacks)) if lacks else met


def _with_status(statuses: Collection[str]):
    model, other = models.Booking, models.Booking.alias()
    return other.select(other.id).where(
        other.session_id == model.session_id, other.status.in_(sorted(statuses))
    )
