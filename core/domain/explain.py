"""Why a start can or cannot be booked, in the order of the checks."""

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
    **fields: object,
) -> list[Reason]:
    """Every reason against a booking; one reason with code "offered" where there is none.

    Args:
        calendar: The service.
        held: Claims by subject.
        wall_start: Wall minute.
        now: Epoch seconds UTC.
        fields: Of ``BookingCandidate``; None leaves one out. With ``for_listing`` the reasons are those of lists
            without full slots.
    """
    stated = {name: value for name, value in fields.items() if value is not None}
    candidate = BookingCandidate(wall_start=wall_start, now=now, **stated)  # type: ignore[arg-type]
    return explain_check(RuleCheck(calendar, candidate), held)


def explain_check(check: RuleCheck, held: Mapping[Subject, Sequence[Claim]]) -> list[Reason]:
    """As ``explain_booking``, for a check that exists; afterwards its ``claim_requests`` are set where they can be."""
    reasons = []
    for violation in check.violations():
        fields = violation.fields
        detail = violation.detail
        if "limit" in fields:
            detail = f"{detail} (limit {fields['limit']})".strip()
        reasons.append(
            Reason(
                code=violation.reason,
                detail=detail,
                rule=violation.rule,
                subject=fields.get("subject"),
                requested=fields.get("requested"),
                limit=fields.get("limit"),
            )
        )
    without_buffers = check.candidate.for_listing and check.calendar.plan.buffers.checked != "always"
    for request in check.claim_requests:
        claims = held.get(request.subject, ())
        if without_buffers:
            claims = [claim._replace(before=0, after=0) for claim in claims]
        reasons.extend(_full(request, claims))
    return reasons or [Reason(code="offered")]


def _full(request: ClaimRequest, held: Sequence[Claim]) -> list[Reason]:
    remaining = units_remaining(request, held)
    if remaining >= request.units:
        return []
    kind, id = request.subject
    text = f"{kind} {id}: {max(0, remaining)} of {request.capacity} places left, {request.units} wanted"
    overlapping: list[Claim] = []
    within_buffer: list[Claim] = []
    for claim in held:
        low, high = blocked_interval(claim, request.before, request.after, request.buffer_combination)
        if low < request.end and high > request.start:
            overlaps = claim.start < request.end and claim.end > request.start
            (overlapping if overlaps else within_buffer).append(claim)
    if overlapping:
        text += f"; taken by bookings {sorted({claim.booking_id for claim in overlapping})}"
    if within_buffer:
        text += f"; within the buffer of bookings {sorted({claim.booking_id for claim in within_buffer})}"
    return [
        Reason(
            code="full",
            detail=text,
            subject=request.subject,
            requested=request.units,
            limit=request.capacity,
            remaining=max(0, remaining),
            overlapping=tuple(overlapping),
            within_buffer=tuple(within_buffer),
        )
    ]
