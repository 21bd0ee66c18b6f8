"""Why a start can or cannot be booked, in the order the checks are made."""

from collections.abc import Mapping, Sequence

from core.domain.booking_rules import BookingCandidate, RuleCheck
from core.domain.claims import Claim, ClaimRequest, Subject, blocked_interval, units_remaining
from core.domain.schedule import Reason, ServiceCalendar


def explain_booking(
    calendar: ServiceCalendar,
    held: Mapping[Subject, Sequence[Claim]],
    *,
    wall_start: int,
    now: int,
    **wanted: object,
) -> list[Reason]:
    """Everything that speaks against a booking; one reason with code "offered" when nothing does.

    Takes what ``demands`` takes. A start is refused by ``demands`` or by the ledger exactly when another reason than
    "offered" is given; with ``for_listing`` the same holds for ``offers`` with ``include_full=False``.
    """
    wanted = {name: value for name, value in wanted.items() if value is not None}
    ask = BookingCandidate(wall_start=wall_start, now=now, **wanted)  # type: ignore[arg-type]
    judgement = RuleCheck(calendar, ask)
    reasons = []
    for problem in judgement.violations():
        detail = problem.detail
        if "limit" in problem.facts:
            detail = f"{detail} (limit {problem.facts['limit']})".strip()
        reasons.append(Reason(code=problem.reason, detail=detail, rule=problem.rule))
    plain = ask.for_listing and calendar.plan.buffers.checked != "always"
    for demand in judgement.demands:
        found = held.get(demand.subject, ())
        reasons.extend(_full(demand, [busy._replace(before=0, after=0) for busy in found] if plain else found))
    return reasons or [Reason(code="offered")]


def _full(demand: ClaimRequest, held: Sequence[Claim]) -> list[Reason]:
    left = units_remaining(demand, held)
    if left >= demand.units:
        return []
    kind, number = demand.subject
    text = f"{kind} {number}: {max(0, left)} of {demand.capacity} places left, {demand.units} wanted"
    blockers, pauses = [], []
    for busy in held:
        low, high = blocked_interval(busy, demand.before, demand.after, demand.buffer_combination)
        if low < demand.end and high > demand.start:
            touches = busy.start < demand.end and busy.end > demand.start
            (blockers if touches else pauses).append(busy.booking_id)
    if blockers:
        text += f"; taken by bookings {sorted(set(blockers))}"
    if pauses:
        text += f"; within the pause of bookings {sorted(set(pauses))}"
    return [Reason(code="full", detail=text)]
