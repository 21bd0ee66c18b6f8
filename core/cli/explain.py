"""``explain``: why a service is or is not offered at a time, and where its price comes from."""

from collections.abc import Iterator

import click

from core.cli.context import Session, json_option, print_result
from core.domain.explanations import ExplainedPrice, Explanation
from core.domain.requests import BookingRequest
from core.domain.rule_sentences import wall_text
from core.services import explanation as explanations
from core.services import repository
from core.services.bookings.allocation import wall_minute


@click.command()
@click.argument("service_id", type=int)
@click.argument("start")
@click.option("--resource", type=int, default=0, help="With this resource; each of the service's by default.")
@click.option("--location", type=int, default=0, help="At this location.")
@click.option("--variant", type=int, default=0, help="Of this variant.")
@click.option("--persons", type=int, default=1, show_default=True, help="Size of the party.")
@click.option("--quantity", type=int, default=1, show_default=True, help="How many times the party.")
@click.option("--blocks", type=int, default=None, help="Length in blocks; the shortest by default.")
@click.option("--coupon", default="", help="With this coupon.")
@json_option
@click.pass_obj
def explain(
    session: Session,
    service_id: int,
    start: str,
    resource: int,
    location: int,
    variant: int,
    persons: int,
    quantity: int,
    blocks: int | None,
    coupon: str,
    as_json: bool,
) -> None:
    """Explain a start of a service: whether it can be booked and why, what is left, and its price line by line.

    START is on the service's own clock, such as 2026-03-02T10:00, or a date where it is booked by the day.
    """
    session.start()
    service = repository.services.get(service_id)
    request = BookingRequest(
        service_id=service_id,
        wall_start=explanations.parse_start(start, service),
        origin="",
        resource_id=resource,
        location_id=location,
        variant_id=variant,
        persons=persons,
        quantity=quantity,
        blocks=blocks,
        coupon_code=coupon,
    )
    explanation = explanations.explain_start(request, now=session.clock())
    print_result(explanation, as_json, lambda: explanation_text(explanation))


def explanation_text(explanation: Explanation) -> str:
    """The explanation as lines for people."""
    when = wall_text(wall_minute(explanation.wall_start))
    end = "" if explanation.wall_end is None else f" to {wall_text(wall_minute(explanation.wall_end))}"
    lines = [
        f"{explanation.service} ({explanation.service_id}), {when}{end}, {explanation.zone}",
        f"{'can be booked' if explanation.bookable else 'cannot be booked'};"
        f" {_left_text(explanation.remaining, explanation.capacity)}",
    ]
    lines += [f"note: {note}" for note in explanation.notes]
    for choice in explanation.choices:
        if choice.resource_id:
            state = "can be booked" if choice.bookable else "cannot be booked"
            name = choice.resource or "resource"
            lines.append(f"{name} ({choice.resource_id}): {state}; {_left_text(choice.remaining, choice.capacity)}")
        lines += [f"  {cause.code}: {cause.sentence}" for cause in choice.causes]
    return "\n".join([*lines, *_price_lines(explanation.price)])


def _left_text(remaining: int | None, capacity: int | None) -> str:
    if remaining is None:
        return "places are not limited"
    return f"{remaining} of {capacity if capacity is not None else 'unlimited'} places left"


def _price_lines(price: ExplainedPrice) -> Iterator[str]:
    if price.total is None:
        yield f"price: {price.problem}"
        return
    yield f"price: {price.total:f} {price.currency}"
    for line in price.lines:
        step = "" if line.step is None else f" (step {line.step})"
        label = f" {line.label}" if line.label else ""
        times = f" x {line.quantity}" if line.quantity != 1 else ""
        yield f"  {line.amount:f}  {line.origin}{label}{times}{step}"
    if price.due_now is not None:
        yield f"  due now: {price.due_now:f}"
