"""The neutral price engine: every step by a table, and what must hold for any plan."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.money import parse_amount, round_half_up
from core.domain.price_blocks import MAX_BLOCKS, add_months, block_spans, count_blocks
from core.domain.price_context import CouponTerms, GiftCardBalance, PackageCredit, PriceContext
from core.domain.price_display import display_price, has_additional_costs
from core.domain.price_plan import (
    CHECKOUT,
    STEPS,
    AtLeast,
    Base,
    BaseOverride,
    BlockRange,
    BlockRanges,
    Coupon,
    DatePrice,
    Deposit,
    Display,
    ExtraPrice,
    Extras,
    FixedStay,
    FixedStays,
    GiftCard,
    Package,
    PerBlock,
    PersonPrice,
    PersonTypes,
    PriceChange,
    PriceCondition,
    PricePlan,
    PriceRule,
    PriceRules,
    ResourceCosts,
    ResourcePrice,
    Round,
    Scale,
    SlotPrice,
    Tax,
    TaxRate,
    plan_data,
)
from core.domain.pricing import evaluate, with_checkout
from core.errors import BalanceRefused, Invalid
from core.services.price_plans import decode_price_plan, load_plan

D = Decimal
FRIDAY = datetime(2026, 12, 25)


def priced(*steps, plan=None, **chosen):
    plan = replace(plan or PricePlan(), steps=steps)
    return evaluate(plan, PriceContext(**{"start": FRIDAY, "blocks": 3, **chosen}))


def base(amount):
    return Base(amount=D(amount))


def per_block(amount):
    return PerBlock(amount=D(amount))


def rules(*found):
    return PriceRules(rules=found)


def rule(op, block=None, base=None, **when):
    change = [None if amount is None else PriceChange(op=op, amount=D(amount)) for amount in (block, base)]
    return PriceRule(when=PriceCondition(**when), block=change[0], base=change[1])


PEOPLE = PersonTypes(
    prices=(PersonPrice(person_type_id=1, base=D(5), block=D(2)), PersonPrice(person_type_id=2, block=D(1)))
)
ROOMS = ResourceCosts(
    prices=(ResourcePrice(resource_id=7, base=D(4), block=D(1)), ResourcePrice(resource_id=8, base=D(9)))
)


@pytest.mark.parametrize(
    ("steps", "chosen", "total"),
    [
        ([], {}, 0),
        ([base(10), per_block(5)], {}, 25),
        ([base(10), per_block(5)], {"blocks": 0}, 10),
        ([base(10), PEOPLE], {"person_types": ((1, 2), (2, 1), (9, 4))}, 10 + 10 + 12 + 3),
        ([base(10), PEOPLE], {"person_types": ((1, -2),)}, 10),
        ([per_block(5), ROOMS], {"resource_ids": (7, 8, 9)}, 15 + 4 + 3 + 9),
        ([base(10), Scale(by="persons"), base(1)], {"persons": 3}, 31),
        ([base(10), Scale(by="persons")], {"person_types": ((1, 2), (2, 2))}, 40),
        ([base(10), Scale(by="persons")], {}, 10),
        ([base(10), Scale(by="quantity")], {"quantity": 3}, 30),
        ([base(10), Scale(by="quantity")], {"quantity": -3}, 0),
        ([base(10), rules(rule("minus", base=25)), AtLeast(), base(3)], {}, 3),
        ([base(10), rules(rule("minus", base=25)), base(3)], {}, 0),
        ([base(10), AtLeast(amount=D("12.5"))], {}, D("12.50")),
        ([base("1.005"), Round(places=1), base("0.04")], {}, D("1.04")),
    ],
)
def test_steps(steps, chosen, total):
    assert priced(*steps, **chosen).total == total


@pytest.mark.parametrize(
    ("found", "total"),
    [
        ([rule("plus", 5)], 110 + 15),
        ([rule("minus", 5)], 110 - 15),
        ([rule("times", "1.5")], 155),
        ([rule("divide", 2)], 65),
        ([rule("divide", 0)], 110),
        ([rule("equals", 1)], 23),
        ([rule("plus", base=5)], 115),
        ([rule("times", base=0)], 90),
        ([rule("equals", 1), rule("plus", 2)], 29),
        ([rule("plus", 2), rule("equals", 1)], 23),
        ([rule("plus", 5, weekdays=(6, 7))], 120),
        ([rule("plus", 5, base=5, weekdays=(6, 7), each="day")], 125),
        ([rule("plus", 5, months=(1,))], 110),
        ([rule("plus", 5, weeks=(52,))], 125),
        ([rule("plus", 5, from_date=date(2026, 12, 26))], 120),
        ([rule("plus", 5, to_date=date(2026, 12, 25))], 115),
        ([rule("plus", 5, min_persons=2)], 110),
        ([rule("plus", 5, max_persons=1)], 125),
        ([rule("plus", 5, min_blocks=3, max_blocks=3)], 125),
        ([rule("plus", 5, min_blocks=4)], 110),
        ([rule("plus", 5, max_blocks=2)], 110),
    ],
)
def test_rules_on_three_days_from_a_friday(found, total):
    """Base 20, each block 30."""
    assert priced(base(20), per_block(30), rules(*found), persons=1).total == total


@pytest.mark.parametrize(
    ("each", "when", "times"),
    [
        ("day", {"weekdays": (6, 7)}, 4),
        ("first", {"weekdays": (6, 7)}, 1),
        ("block", {"weekdays": (6, 7)}, 0),
        ("block", {"weekdays": (5,)}, 1),
        ("week", {"weeks": (52, 53)}, 2),
        ("month", {"months": (12, 1)}, 1),
        ("first", {"from_date": date(2027, 1, 5)}, 0),
    ],
)
def test_how_often_a_rule_meets_one_block_of_ten_days(each, when, times):
    plan = PricePlan(block_length=10, single_block=True)
    assert priced(rules(rule("plus", 1, each=each, **when)), plan=plan).total == times


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        ((18 * 60, 22 * 60), {18, 19, 20, 21}),
        ((0, 1440), set(range(24))),
        ((22 * 60, 2 * 60), {22, 23, 0, 1}),
        ((90, 150), set()),
    ],
)
def test_a_time_window_holds_the_hours_that_lie_in_it(window, hours):
    step = rules(rule("plus", 1, timed=True, from_minute=window[0], to_minute=window[1]))
    plan = PricePlan(block_unit="hour")
    for hour in range(24):
        assert priced(step, plan=plan, blocks=1, start=FRIDAY.replace(hour=hour)).total == (hour in hours)


def test_the_base_changes_in_the_order_in_which_rules_are_first_met():
    late = rule("times", base=2, each="first", from_date=date(2026, 12, 26))
    early = rule("plus", base=1, to_date=date(2026, 12, 25))
    assert priced(base(10), per_block(0), rules(late, early)).total == 22


DATED = DatePrice(
    amount=D(10),
    weekdays=((6, D(20)),),
    dates=((date(2026, 12, 27), D(30)),),
    slots=(
        SlotPrice(from_minute=540, to_minute=600, amount=D(7), weekdays=(5, 6)),
        SlotPrice(from_minute=600, amount=D(8), weekdays=(5,)),
        SlotPrice(from_minute=600, amount=D(9), dates=(date(2027, 1, 1),)),
        SlotPrice(from_minute=660, weekdays=(6,)),
    ),
)


@pytest.mark.parametrize(
    ("start", "end", "total"),
    [
        ((25, 0), None, 10 + 20 + 30),
        ((25, 9), (25, 10), 7),
        ((25, 9), (25, 11), 10),
        ((25, 9), None, 7 + 7 + 30),
        ((25, 10), (25, 23), 8),
        ((26, 11), (26, 12), 20),
        ((27, 9), (27, 10), 30),
    ],
)
def test_slot_then_date_then_weekday_then_ordinary(start, end, total):
    start, end = datetime(2026, 12, *start), end and datetime(2026, 12, *end)
    assert priced(DATED, start=start, end=end, blocks=1 if end else 3).total == total


def test_the_slots_of_a_date_replace_its_weekdays():
    """1 January 2027 is a Friday."""
    day = datetime(2027, 1, 1)
    assert priced(DATED, start=day.replace(hour=9), blocks=1).total == 10
    assert priced(DATED, start=day.replace(hour=10), blocks=1).total == 9


def test_a_range_spares_special_nights_and_a_fixed_stay_beats_it():
    ranges = BlockRanges(ranges=(BlockRange(min_blocks=2, max_blocks=2, amount=D(5)),))
    stays = FixedStays(stays=(FixedStay(blocks=3, amount=D(9), start_weekdays=(5,)),))
    assert priced(DATED, ranges).total == 5 + 20 + 30
    assert priced(DATED, ranges, stays, fixed_blocks=3).total == 3 + 20 + 30
    assert priced(DATED, ranges, stays, fixed_blocks=3, start=datetime(2026, 12, 22)).total == 5 + 5 + 10


def test_between_two_ranges_every_night_is_ordinary():
    two = (
        BlockRange(min_blocks=1, max_blocks=2, amount=D(5)),
        BlockRange(min_blocks=4, max_blocks=9, amount=D(1)),
    )
    assert [priced(per_block(10), BlockRanges(ranges=two), blocks=n).total for n in (0, 2, 3, 4, 11)] == [
        0,
        10,
        30,
        4,
        29,
    ]


@pytest.mark.parametrize(
    ("location", "resources", "price"), [(0, (), 1), (2, (7,), 4), (2, (8,), 3), (3, (7,), 2), (3, (8, 7), 2)]
)
def test_the_first_override_that_fits_counts(location, resources, price):
    overrides = (
        BaseOverride(amount=D(4), resource_id=7, location_id=2),
        BaseOverride(amount=D(3), location_id=2),
        BaseOverride(amount=D(2), resource_id=7),
    )
    step = Base(amount=D(1), overrides=overrides)
    assert priced(step, location_id=location, resource_ids=resources).total == price


TEA = Extras(prices=(ExtraPrice(extra_id=1, amount=D(4), label="Tea", max_quantity=3),))


def test_lines_say_where_an_amount_came_from():
    quote = priced(base(10), Scale(by="persons"), TEA, Tax(rates=(TaxRate(value=D(10)),)), persons=2, extras=((1, 3),))
    assert [(line.kind, line.amount, line.label, line.quantity) for line in quote.lines] == [
        ("base", 10, "", 1), ("persons", 10, "", 2), ("extra", 12, "Tea", 3), ("tax", D("3.20"), "", 1),
    ]  # fmt: skip


def test_a_package_a_coupon_and_a_card_are_taken_in_turn():
    quote = priced(
        base(10), Scale(by="persons"), TEA, Package(), Coupon(), GiftCard(), Tax(rates=(TaxRate(value=D(10)),)),
        persons=2, extras=((1, 3),), package=PackageCredit(code="P", left=2),
        coupon=CouponTerms(code="C", value=D(50)), gift_card=GiftCardBalance(code="G", balance=D(1)),
    )  # fmt: skip
    facts = {name: quote.facts[name] for name in ("subtotal", "package", "coupon", "discount", "gift_card", "tax")}
    assert facts == {
        "subtotal": 32,
        "package": 20,
        "coupon": 6,
        "discount": 26,
        "gift_card": 1,
        "tax": D("0.5"),
    }
    assert quote.total == D("5.50")


@pytest.mark.parametrize(
    ("facts", "oversize", "total"),
    [
        ({"value": D(25)}, "capped", D("7.5")),
        ({"value": D(25), "type": "fixed"}, "capped", 0),
        ({"value": D(25), "type": "fixed"}, "dropped", 10),
        ({"value": D(10), "type": "fixed"}, "dropped", 0),
        ({"value": D(-5), "type": "fixed"}, "capped", 10),
        ({"value": D(5), "services": (1,)}, "capped", 10),
        ({"value": D(5), "services": (1, 2)}, "capped", D("9.5")),
    ],
)
def test_coupons(facts, oversize, total):
    quote = priced(base(10), Coupon(oversize=oversize), coupon=CouponTerms(code="C", **facts), service_id=2)
    assert quote.total == total


def test_a_booking_from_elsewhere_can_bring_its_own_way_to_pay():
    own = PricePlan(steps=(base(10), Tax(rates=(TaxRate(value=D(20)),))))
    brought = (
        Package(),
        Coupon(oversize="dropped"),
        Tax(rates=(TaxRate(value=D(99)),)),
        Deposit(value=D(50)),
    )
    plan = with_checkout(own, brought)
    assert [step.kind for step in plan.steps] == ["base", "package", "coupon", "tax", "deposit"]
    quote = evaluate(plan, PriceContext(start=FRIDAY, coupon=CouponTerms(code="C", value=D(50)), use_deposit=True))
    assert (quote.total, quote.due_now) == (6, 3)


def test_a_package_without_enough_credits_is_refused():
    with pytest.raises(BalanceRefused):
        priced(base(10), Package(), persons=3, package=PackageCredit(code="P", left=2))


@pytest.mark.parametrize(
    ("amount", "exponent", "total"),
    [
        ("2.425", 2, "2.43"),
        ("2.5", 0, "3"),
        ("1.0005", 3, "1.001"),
        ("0.004", 2, "0.00"),
        ("3.335", 2, "3.34"),
    ],
)
def test_a_half_is_rounded_up_at_the_currencys_exponent(amount, exponent, total):
    quote = priced(base(amount), exponent=exponent)
    assert (str(quote.total), quote.facts["exact"]) == (total, D(amount))


@pytest.mark.parametrize(
    ("chosen", "plan"),
    [
        ({"blocks": MAX_BLOCKS + 1}, {}),
        ({"blocks": -1}, {}),
        ({"start": datetime(9999, 12, 30)}, {}),
        ({"start": datetime(9999, 12, 1), "blocks": 1}, {"block_unit": "month"}),
        ({"blocks": 1}, {"block_length": 10**12}),
        ({"blocks": 1}, {"block_unit": "minute", "block_length": 10**30}),
        ({"persons": 10**40}, {}),
        ({"start": datetime(2000, 1, 1), "end": datetime(9000, 1, 1), "blocks": None}, {}),
    ],
)
def test_numbers_beyond_reason_are_refused(chosen, plan):
    with pytest.raises(Invalid):
        priced(base(10), per_block(10), Scale(by="persons"), plan=PricePlan(**plan), **chosen)


def test_a_price_beyond_what_money_can_be_is_refused():
    with pytest.raises(Invalid):
        priced(base(10), per_block(10), rules(*[rule("times", "1e14")] * 40))


@pytest.mark.parametrize(
    ("unit", "length", "end", "blocks"),
    [
        ("day", 1, datetime(2026, 12, 25, 23, 59, 59), 1),
        ("day", 1, datetime(2026, 12, 26), 1),
        ("day", 2, datetime(2026, 12, 27, 23, 59, 59), 2),
        ("night", 1, datetime(2026, 12, 28, 11), 3),
        ("night", 1, FRIDAY, 1),
        ("hour", 1, datetime(2026, 12, 25, 2, 30), 3),
        ("minute", 30, datetime(2026, 12, 25, 1), 2),
        ("month", 1, datetime(2027, 2, 25), 2),
        ("month", 1, datetime(2027, 1, 31, 23, 59, 59), 2),
        ("month", 2, datetime(2027, 2, 28, 23, 59, 59), 2),
    ],
)
def test_blocks_are_counted_from_the_span(unit, length, end, blocks):
    plan = PricePlan(block_unit=unit, block_length=length)
    assert count_blocks(plan, FRIDAY, end) == blocks
    assert count_blocks(replace(plan, single_block=True), FRIDAY, end) == 1


def test_months_end_on_their_last_day():
    assert add_months(datetime(2027, 1, 31), 1) == datetime(2027, 2, 28)
    assert add_months(datetime(2027, 1, 31), 13) == datetime(2028, 2, 29)
    assert add_months(datetime(2027, 1, 31), 2) == datetime(2027, 3, 31)
    spans = block_spans(PricePlan(block_unit="month"), datetime(2026, 11, 1), 3)
    assert [start.month for start, _ in spans] == [11, 12, 1]


@pytest.mark.parametrize(
    ("steps", "display", "price", "more"),
    [
        ([base(10), per_block(5)], {"min_blocks": 3}, 25, True),
        ([base(10), per_block(5)], {}, 15, False),
        ([base(10)], {"stated": D("8.5")}, D("8.5"), False),
        ([base(10), ROOMS], {}, 15, True),
        ([base(10), PEOPLE], {"min_persons": 2}, 12, True),
        ([base(10), Scale(by="persons"), PEOPLE], {"min_persons": 2}, 24, True),
        ([base(10), Scale(by="persons")], {"min_persons": 0}, 10, True),
        ([DATED], {}, 10, True),
        ([base(10)], {"additional": True}, 10, True),
        ([base(10), rules(rule("plus", 1))], {}, 10, True),
    ],
)
def test_the_price_of_a_list(steps, display, price, more):
    plan = PricePlan(steps=tuple(steps), display=Display(**display))
    assert (display_price(plan), has_additional_costs(plan)) == (price, more)


@pytest.mark.parametrize(
    ("value", "amount"),
    [("", 0), (None, 0), (False, 0), ("12.50", D("12.5")), (5, 5), (19.9, D("19.9")), (" 3 ", 3), ("-2", -2)],
)
def test_amounts_are_read(value, amount):
    assert parse_amount(value) == amount


@pytest.mark.parametrize("value", ["x", "1,5", "NaN", "-inf", "1e15", "1e-13", {}, True])
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(Invalid):
        parse_amount(value)


@pytest.mark.parametrize(
    "data",
    [
        {"steps": [{"kind": "magic"}]},
        {"steps": [{"amount": "1"}]},
        {"steps": [3]},
        {"steps": [{"kind": "base"}]},
        {"block_unit": "decade"},
        {"steps": [{"kind": "base", "amount": "x"}]},
    ],
)
def test_stored_data_that_is_no_plan_is_refused(data):
    with pytest.raises(Invalid):
        load_plan(data)
    with pytest.raises(Invalid):
        decode_price_plan(json.dumps(data))


# What must hold for any plan.

amounts = st.decimals(min_value=0, max_value=10_000, places=3)
changes = st.none() | st.builds(
    PriceChange,
    op=st.sampled_from(["plus", "minus", "times", "divide", "equals"]),
    amount=st.decimals(min_value=0, max_value=9, places=2),
)
days = st.dates(date(2026, 12, 1), date(2027, 1, 31))
whens = st.builds(
    PriceCondition,
    each=st.sampled_from(["block", "day", "week", "month", "first"]),
    from_date=st.none() | days,
    weekdays=st.lists(st.integers(1, 7), max_size=3).map(tuple),
    timed=st.booleans(),
    from_minute=st.integers(0, 1439),
    to_minute=st.integers(0, 1440),
    min_persons=st.none() | st.integers(0, 4),
)
ids = st.integers(1, 3)
prices = st.builds(PersonPrice, person_type_id=ids, base=amounts, block=amounts)
steps_before = st.one_of(
    st.builds(Base, amount=amounts),
    st.builds(PerBlock, amount=amounts),
    st.builds(DatePrice, amount=amounts, dates=st.lists(st.tuples(days, amounts), max_size=3).map(tuple)),
    st.builds(
        BlockRanges,
        ranges=st.lists(
            st.builds(BlockRange, min_blocks=st.integers(1, 3), max_blocks=ids, amount=amounts, flat=st.booleans()),
            max_size=2,
        ).map(tuple),
    ),
    st.builds(FixedStays, stays=st.lists(st.builds(FixedStay, blocks=ids, amount=amounts), max_size=2).map(tuple)),
    st.builds(PersonTypes, prices=st.lists(prices, max_size=3).map(tuple)),
    st.builds(
        PriceRules,
        rules=st.lists(st.builds(PriceRule, when=whens, block=changes, base=changes), min_size=1, max_size=3).map(
            tuple
        ),
    ),
    st.builds(
        ResourceCosts,
        prices=st.lists(st.builds(ResourcePrice, resource_id=ids, base=amounts, block=amounts), max_size=2).map(tuple),
    ),
    st.builds(AtLeast),
    st.builds(Scale, by=st.sampled_from(["persons", "quantity"])),
    st.builds(Round, places=st.none() | st.integers(0, 3)),
    st.just(Extras(prices=tuple(ExtraPrice(extra_id=n, amount=D("3.333")) for n in (1, 2, 3)))),
)
steps_after = st.one_of(
    st.builds(Package),
    st.builds(Coupon, oversize=st.sampled_from(["dropped", "capped"])),
    st.builds(GiftCard),
    st.builds(
        Tax,
        rates=st.lists(
            st.builds(
                TaxRate,
                value=st.decimals(min_value=0, max_value=30, places=2),
                type=st.sampled_from(["percentage", "fixed"]),
            ),
            max_size=3,
        ).map(tuple),
    ),
    st.builds(Deposit, value=amounts, type=st.sampled_from(["percentage", "fixed"])),
)
plans = st.builds(
    lambda before, after, **rest: PricePlan(
        steps=(*before, *sorted(after, key=lambda step: CHECKOUT.index(step.kind))), **rest
    ),
    st.lists(steps_before, max_size=6),
    st.lists(steps_after, max_size=4),
    block_unit=st.sampled_from(["minute", "hour", "day", "night", "month"]),
    block_length=st.integers(1, 45),
    single_block=st.booleans(),
    display=st.builds(Display, stated=st.none() | amounts, min_blocks=ids),
)
pairs = st.lists(st.tuples(ids, st.integers(0, 3)), max_size=3).map(tuple)
contexts = st.builds(
    PriceContext,
    start=st.datetimes(datetime(2026, 12, 1), datetime(2026, 12, 31)),
    blocks=st.integers(0, 5),
    persons=st.integers(0, 5),
    person_types=pairs,
    resource_ids=st.lists(ids, max_size=2).map(tuple),
    extras=pairs,
    quantity=st.integers(0, 4),
    fixed_blocks=st.integers(0, 3),
    coupon=st.none()
    | st.builds(CouponTerms, code=st.just("C"), value=amounts, type=st.sampled_from(["percentage", "fixed"])),
    package=st.none() | st.just(PackageCredit(code="P", left=99)),
    gift_card=st.none() | st.builds(GiftCardBalance, code=st.just("G"), balance=amounts),
    use_deposit=st.booleans(),
    exponent=st.sampled_from([0, 2, 3]),
)


@settings(deadline=None, max_examples=150)
@given(plans, contexts)
def test_any_quote_adds_up_and_is_money(plan, context):
    try:
        quote = evaluate(plan, context)
    except Invalid:
        # More money than there is: eighteen days, each of which multiplies the price by six.
        return
    assert sum((line.amount for line in quote.lines), D(0)) == quote.total
    assert quote.total == round_half_up(quote.total, context.exponent)
    assert quote.total >= 0
    assert all(amount >= 0 for amount in quote.facts.values())
    assert quote.due_now is None or 0 <= quote.due_now <= quote.total
    facts = quote.facts
    assert facts["subtotal"] - facts["discount"] - facts["gift_card"] + facts["tax"] == quote.total


def test_one_of_many_costs_no_less_than_nothing():
    """Found by the test above."""
    steps = (
        PriceRules(rules=(PriceRule(when=PriceCondition(), base=PriceChange(op="minus", amount=D("0.01"))),)),
        Scale(by="persons"),
    )
    quote = evaluate(PricePlan(steps=steps), PriceContext(start=datetime(2026, 12, 1), blocks=1, persons=2, exponent=2))
    assert (quote.facts["unit"], quote.total) == (0, 0)


@settings(deadline=None, max_examples=150)
@given(plans)
def test_any_plan_can_be_stored_and_read_back(plan):
    text = json.dumps(plan_data(plan))
    assert decode_price_plan(text) == plan
    assert load_plan(msgspec.to_builtins(plan)) == plan


@settings(deadline=None)
@given(plans, contexts, st.integers(0, 90))
def test_a_span_prices_as_its_number_of_blocks(plan, context, minutes):
    if plan.block_unit in ("minute", "hour"):
        size = timedelta(minutes=plan.block_length * (60 if plan.block_unit == "hour" else 1))
        span = max(1, context.blocks) * size
        whole = evaluate(plan, replace(context, blocks=max(1, context.blocks)))
        assert evaluate(plan, replace(context, blocks=None, end=context.start + span)).total == whole.total


def test_every_kind_of_step_can_be_read_back():
    assert len(STEPS) == 17
    assert set(CHECKOUT) < set(STEPS)
