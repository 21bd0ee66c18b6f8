"""A change is priced by the terms of purchase, and the balances that the booking uses follow."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import migrate
from core.db import database, fetch_all
from core.domain import price_plan as steps
from core.domain.price_plan import PricePlan, plan_data
from core.domain.requests import SKIP_ALL_BUT_CAPACITY, ChangeRequest, OrderRequest
from core.domain.schedule import CapacityRules, SchedulePlan
from core.domain.statuses import CANCELLED, CONFIRMED, DELETED, PAID, REJECTED, UNPAID
from core.errors import BalanceRefused, NotFound
from core.services import balances, bookings, doctor, orders, repository
from tests.core.services.factories import NOW, TUESDAY_NINE, asks, service

pytestmark = pytest.mark.usefixtures("store")

PLAN = SchedulePlan(
    capacity=CapacityRules(limit=500, units_per="person"),
)


@dataclass
class Shop:
    """A room at 40 a head and 10 % tax, a mat at 5, and one customer's package, gift card and coupon."""

    room: int
    mat: int
    customer: int
    package: str = "P-1"
    card: str = "GC"
    coupon: str = "C25"

    def book(self, **values):
        return bookings.create(asks(self.room, customer_id=self.customer, **values), now=NOW)

    def change(self, booking, **values):
        return bookings.update(
            booking.id, ChangeRequest(reprice=True, overrides=SKIP_ALL_BUT_CAPACITY, **values), now=NOW
        )

    @property
    def package_left(self):
        return balances.package_remaining(repository.package_purchases.find(number=self.package), self.room)

    @property
    def card_left(self):
        return balances.gift_card_balance(repository.gift_cards_sold.find(code=self.card))

    @property
    def coupon_uses(self):
        return balances.count_uses_of_coupon(repository.coupons.find(code=self.coupon))


def open_shop(*, appointments=5, value=50, uses=3, suffix="", coupon="percentage", discount=25) -> Shop:
    room = service(plan=PLAN)
    mat = repository.extras.create(now=NOW, service_id=room.id, name="Mat", price=Decimal(5))
    plan = PricePlan(
        steps=(
            steps.Base(amount=Decimal(40)),
            steps.Scale(by="persons"),
            steps.Extras(prices=(steps.ExtraPrice(extra_id=mat.id, amount=Decimal(5)),)),
            steps.Package(),
            steps.Coupon(oversize="dropped"),
            steps.GiftCard(),
            steps.Tax(rates=(steps.TaxRate(value=Decimal(10)),)),
            steps.Deposit(value=Decimal(50)),
        ),
        single_block=True,
    )
    repository.services.update(room.id, now=NOW, price_plan=plan_data(plan))
    customer = repository.customers.create(now=NOW, first_name="Mira")
    shop = Shop(room.id, mat.id, customer.id, f"P{suffix}", f"G{suffix}", f"C{suffix}")
    package = repository.packages.create(now=NOW, name="Five times")
    repository.package_purchases.create(
        now=NOW,
        number=shop.package,
        package_id=package.id,
        customer_id=customer.id,
        services=({"service_id": room.id, "count": appointments},),
        purchased_on="2026-01-01",
        expires_on="2027-01-01",
    )
    card = repository.gift_cards.create(now=NOW, title="Fifty")
    repository.gift_cards_sold.create(now=NOW, code=shop.card, gift_card_id=card.id, value=Decimal(value))
    repository.coupons.create(
        now=NOW, code=shop.coupon, discount=Decimal(discount), discount_type=coupon, max_uses=uses
    )
    return shop


def well() -> bool:
    report = doctor.examine(now=NOW)
    assert report.breaches == []
    return True


# -- one kind of balance after the other ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persons", "left"),
    [pytest.param(2, 3, id="fewer"), pytest.param(3, 2, id="as many"), pytest.param(5, 0, id="more")],
)
def test_a_package_follows_the_party(persons, left):
    shop = open_shop()
    booking = shop.book(persons=3, package_number=shop.package)
    assert (booking.total, shop.package_left) == (0, 2)

    after = shop.change(booking, persons=persons)

    assert (after.total, shop.package_left) == (0, left)
    assert well()


def test_a_package_that_is_too_small_refuses_and_nothing_is_changed():
    shop = open_shop()
    booking = shop.book(persons=3, package_number=shop.package)
    with pytest.raises(BalanceRefused) as refused:
        shop.change(booking, persons=6)
    assert (refused.value.reason, refused.value.remaining) == ("short", 5)
    assert (bookings.get(booking.id), shop.package_left) == (booking, 2)
    assert well()


def test_a_party_resized_by_a_dialect_that_keeps_the_total_still_follows_its_package():
    shop = open_shop()
    booking = shop.book(persons=3, package_number=shop.package)
    after = bookings.update(booking.id, ChangeRequest(persons=2, overrides=SKIP_ALL_BUT_CAPACITY), now=NOW)
    assert (after.total, shop.package_left) == (0, 3)
    with pytest.raises(BalanceRefused):
        bookings.update(booking.id, ChangeRequest(persons=9, overrides=SKIP_ALL_BUT_CAPACITY), now=NOW)
    assert well()


def test_an_expired_package_holds_what_it_holds_and_gives_no_more():
    shop = open_shop()
    booking = shop.book(persons=3, package_number=shop.package)
    bought = repository.package_purchases.find(number=shop.package)
    repository.package_purchases.update(bought.id, now=NOW, expires_on="2026-01-31")
    assert shop.change(booking, persons=2).total == 0
    with pytest.raises(BalanceRefused) as refused:
        shop.change(booking, persons=3)
    assert refused.value.reason == "expired"
    assert well()


@pytest.mark.parametrize(
    ("persons", "total", "left"),
    [
        pytest.param(1, 0, 10, id="fewer: the card gets back what is not needed"),
        pytest.param(2, 33, 0, id="as many"),
        pytest.param(4, 121, 0, id="more: the rest is to be paid"),
    ],
)
def test_a_gift_card_pays_up_to_its_balance(persons, total, left):
    shop = open_shop()
    booking = shop.book(persons=2, gift_card_code=shop.card)
    assert (booking.total, shop.card_left) == (33, 0)

    after = shop.change(booking, persons=persons)

    assert (after.total, shop.card_left) == (total, left)
    assert well()


def test_a_gift_card_that_has_expired_or_gone_pays_what_it_pays():
    shop = open_shop(value=200)
    booking = shop.book(persons=2, gift_card_code=shop.card)
    card = repository.gift_cards_sold.find(code=shop.card)
    repository.gift_cards_sold.update(card.id, now=NOW, expires_on="2026-01-31")
    assert (shop.change(booking, persons=3).total, shop.card_left) == (44, 120)
    assert (shop.change(booking, persons=1).total, shop.card_left) == (0, 160)
    assert well()


def test_a_coupon_serves_on_in_its_terms_of_then():
    shop = open_shop(uses=1)
    booking = shop.book(persons=1, coupon_code=shop.coupon)
    assert (booking.total, shop.coupon_uses) == (33, 1)
    coupon = repository.coupons.find(code=shop.coupon)
    repository.coupons.update(coupon.id, now=NOW, discount=Decimal(1))
    assert shop.change(booking, persons=2).total == 66
    repository.coupons.delete(coupon.id)
    after = shop.change(booking, persons=3)
    assert (after.total, after.quote["facts"]["coupon"]) == (99, "30.00")
    assert well()


def test_extras_and_places_are_priced_with_the_same():
    shop = open_shop(value=100)
    booking = shop.book(persons=2, gift_card_code=shop.card, coupon_code=shop.coupon)
    # (80 - 25 %) = 60, paid by the card.
    assert (booking.total, shop.card_left) == (0, 40)
    after = shop.change(booking, extras=((shop.mat, 8),))
    assert (after.total, shop.card_left) == (0, 10)
    moved = shop.change(booking, wall_start=TUESDAY_NINE + timedelta(hours=2))
    assert (moved.total, shop.card_left) == (0, 10)
    assert well()


def test_a_deposit_and_the_method_of_payment_stay():
    shop = open_shop()
    booking = shop.book(persons=1, use_deposit=True, payment="paypal")
    assert booking.quote["due_now"] == "22.00"
    after = shop.change(booking, persons=2)
    assert (after.total, after.quote["due_now"], after.terms["payment"]) == (88, "44.00", "paypal")


def test_steps_a_dialect_brought_are_brought_again_by_any_other():
    room = service(plan=PLAN)
    tax = steps.Tax(rates=(steps.TaxRate(value=Decimal(20)),))
    booking = bookings.create(asks(room.id, checkout=(tax,)), now=NOW)
    assert booking.total == 12
    after = bookings.update(booking.id, ChangeRequest(persons=2, reprice=True), now=NOW)
    assert (after.total, after.quote["facts"]["tax"]) == (12, "2.00")


def test_a_stated_price_stays_until_another_is_stated():
    shop = open_shop()
    booking = shop.book(persons=2, price=Decimal(7))
    assert shop.change(booking, persons=3).total == 7
    assert bookings.update(booking.id, ChangeRequest(price=Decimal(9)), now=NOW).total == 9
    assert well()


def test_a_price_stated_later_is_what_is_left_to_pay():
    shop = open_shop()
    booking = shop.book(persons=2, package_number=shop.package)
    after = bookings.update(booking.id, ChangeRequest(price=Decimal(20)), now=NOW)
    assert (after.total, shop.package_left) == (20, 3)
    # Written back as it was read, a price states nothing.
    card = shop.book(persons=2, gift_card_code=shop.card, wall_start=TUESDAY_NINE + timedelta(hours=1))
    bookings.update(card.id, ChangeRequest(price=Decimal(33)), now=NOW)
    assert shop.change(card, persons=1).total == 0
    assert well()


# -- cancelled, revived, deleted -----------------------------------------------------------------------------------


def test_cancelling_gives_back_and_coming_back_takes_again():
    shop = open_shop(uses=1)
    booking = shop.book(persons=3, package_number=shop.package, coupon_code=shop.coupon)
    bookings.cancel(booking.id, now=NOW)
    assert (shop.package_left, shop.coupon_uses) == (5, 0)
    # Resized while it is cancelled, it takes what it needs by then.
    shop.change(booking, persons=2)
    assert shop.package_left == 5
    bookings.set_status(booking.id, CONFIRMED, now=NOW)
    assert (shop.package_left, shop.coupon_uses) == (3, 1)
    assert well()


def test_nobody_comes_back_without_what_they_had_paid_with():
    shop = open_shop()
    booking = shop.book(persons=3, package_number=shop.package)
    bookings.cancel(booking.id, now=NOW)
    shop.book(persons=4, package_number=shop.package, wall_start=TUESDAY_NINE + timedelta(hours=1))
    with pytest.raises(BalanceRefused):
        bookings.set_status(booking.id, CONFIRMED, now=NOW)
    assert bookings.get(booking.id).status == CANCELLED
    assert well()


def test_deleting_gives_back_and_leaves_nothing_behind():
    shop = open_shop()
    booking = shop.book(persons=1, package_number=shop.package, gift_card_code=shop.card, coupon_code=shop.coupon)
    bookings.delete(booking.id, now=NOW)
    assert (shop.package_left, shop.card_left, shop.coupon_uses) == (5, 50, 0)
    for table in ("package_use", "gift_card_use", "coupon_use"):
        assert fetch_all(f"SELECT COUNT(*) FROM {table}")[0][0] == 0
    assert well()


# -- payments and orders -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid", "persons", "shown"),
    [
        pytest.param(0, 3, ("pending", 132, 0, 132), id="nothing received"),
        pytest.param(44, 3, ("partly_paid", 132, 44, 88), id="a part received"),
        pytest.param(88, 3, ("partly_paid", 132, 88, 44), id="all received, and now there is more to pay"),
        pytest.param(88, 1, ("paid", 44, 88, 0), id="more received than it costs now"),
    ],
)
def test_what_is_due_follows_the_price(paid, persons, shown):
    shop = open_shop()
    booking = shop.book(persons=2)
    payment = repository.payments.create(
        now=NOW,
        booking_id=booking.id,
        status="pending",
        amount=booking.total,
        paid=Decimal(paid),
        due=booking.total - paid,
    )
    shop.change(booking, persons=persons)
    after = repository.payments.get(payment.id)
    assert (after.status, after.amount, after.paid, after.due) == shown
    assert well()


def ordered(shop, count=1, **values):
    requests = [
        asks(shop.room, customer_id=shop.customer, persons=2, wall_start=TUESDAY_NINE + timedelta(hours=hour))
        for hour in range(count)
    ]
    return bookings.create_group(requests, now=NOW, order=OrderRequest(**values))


def test_the_order_and_its_line_follow_the_price():
    shop = open_shop()
    first, second = ordered(shop, 2)
    shop.change(first, persons=1)
    assert orders.get(first.order_id).total == 132
    bookings.update(second.id, ChangeRequest(price=Decimal(10)), now=NOW)
    assert [line.total for line in orders.items([first.order_id])[first.order_id]] == [44, 10]
    assert orders.get(first.order_id).total == 54
    assert well()


def test_a_line_whose_total_was_stated_stays():
    shop = open_shop()
    (first, _) = ordered(shop, 2, one_line=True, total=Decimal(30))
    shop.change(first, persons=1)
    assert orders.get(first.order_id).total == 30
    assert well()


def test_a_booking_that_goes_takes_its_part_of_a_shared_line():
    shop = open_shop()
    (first, _) = ordered(shop, 2, one_line=True)
    bookings.delete(first.id, now=NOW)
    assert orders.get(first.order_id).total == 88
    assert well()


@pytest.mark.parametrize(
    ("follows", "order", "statuses", "found"),
    [
        (True, "pending", [CANCELLED], "cancelled"),
        (True, "awaiting_payment", [CANCELLED], "cancelled"),
        (True, "paid", [CANCELLED], "cancelled"),
        (True, "refunded", [CANCELLED], "refunded"),
        (True, "pending", [REJECTED], "cancelled"),
        (True, "pending", [DELETED], "pending"),
        (True, "pending", [PAID], "paid"),
        (True, "completed", [PAID], "completed"),
        (True, "paid", [UNPAID], "pending"),
        (True, "pending", [CONFIRMED], "pending"),
        (True, "pending", [CANCELLED, CONFIRMED], "pending"),
        (True, "pending", [CANCELLED, CANCELLED], "cancelled"),
        (True, "pending", [PAID, CONFIRMED], "pending"),
        (True, "pending", [PAID, PAID], "pending"),
        (False, "pending", [CANCELLED], "pending"),
        (False, "pending", [PAID], "pending"),
    ],
)
def test_an_order_that_follows_its_bookings(follows, order, statuses, found):
    ordered_bookings = ordered(open_shop(), len(statuses), status=order, follows=follows)
    for booking, status in zip(ordered_bookings, statuses, strict=True):
        bookings.set_status(booking.id, status, now=NOW)
    assert orders.get(ordered_bookings[0].order_id).status == found


def test_an_order_whose_last_booking_is_deleted_is_cancelled():
    first, second = ordered(open_shop(), 2, follows=True)
    bookings.delete(first.id, now=NOW)
    assert orders.get(first.order_id).status == "pending"
    bookings.delete(second.id, now=NOW)
    assert orders.get(first.order_id).status == "cancelled"


def test_a_store_from_before_learns_what_its_bookings_were_bought_with():
    shop = open_shop()
    package = shop.book(persons=3, package_number=shop.package)
    card = shop.book(persons=2, gift_card_code=shop.card, wall_start=TUESDAY_NINE + timedelta(hours=1))
    coupon = shop.book(coupon_code=shop.coupon, wall_start=TUESDAY_NINE + timedelta(hours=2))
    first, _ = ordered(shop, 2, one_line=True, total=Decimal(30))
    for table, column in (("booking", "terms"), ("booking_order", "follows"), ("order_item", "stated")):
        database.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
    database.execute_sql("DELETE FROM core_migration WHERE name = '0004_money'")

    assert migrate.migrate() == ["core/0004_money"]

    assert bookings.get(first.id).terms == {}
    assert shop.change(package, persons=2).total == 0
    assert shop.change(card, persons=1).total == 0
    assert shop.change(coupon, persons=2).total == 66
    assert (shop.package_left, shop.card_left) == (3, 10)
    assert orders.items([first.order_id])[first.order_id][0].stated
    assert well()


# -- anything, in any order ----------------------------------------------------------------------------------------

PARTY = st.integers(1, 4)
STEPS = st.one_of(
    st.tuples(st.just("book"), PARTY, st.booleans(), st.booleans(), st.booleans(), st.integers(0, 3)),
    st.tuples(st.just("persons"), st.integers(0, 5), PARTY),
    st.tuples(st.just("extras"), st.integers(0, 5), st.integers(0, 3)),
    st.tuples(st.just("state"), st.integers(0, 5), st.integers(0, 99)),
    st.tuples(st.sampled_from(["cancel", "revive", "delete", "move"]), st.integers(0, 5)),
)
_number = iter(range(10**9))


def everything():
    """All that money is about, to see that a refusal changes none of it."""
    return [
        fetch_all(f"SELECT {columns} FROM {table} ORDER BY id")
        for table, columns in (
            ("booking", "id, status, persons, total, quote, terms"),
            ("package_use", "booking_id, units, active"),
            ("gift_card_use", "booking_id, amount, active"),
            ("coupon_use", "booking_id, active"),
            ("booking_order", "id, status, total"),
            ("order_item", "id, total, stated"),
        )
    ]


def expected(shop, booking) -> tuple[Decimal, Decimal]:
    """What a booking costs before the card, computed by hand, and with what its card has paid."""
    heads, mats = 40 * booking.persons, 5 * sum(count for _, count in booking.extras_chosen)
    left = Decimal(mats if booking.terms.get("package") else heads + mats)
    if booking.terms.get("coupon"):
        left -= (left / 4).quantize(Decimal("0.01"))
    paid = Decimal(booking.quote["facts"].get("gift_card") or 0)
    return left, ((left - paid) * Decimal("1.1")).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=3, max_size=14))
def test_whatever_happens_balances_and_totals_are_those_of_a_fresh_computation(script):
    shop = open_shop(appointments=7, value=130, uses=2, suffix=str(next(_number)))
    created = []
    for verb, *values in script:
        before = everything()
        try:
            touched = play(shop, created, verb, values)
        except (BalanceRefused, NotFound):
            assert everything() == before
            continue
        if touched is not None and not any(line["kind"] == "stated" for line in touched.quote["lines"]):
            left, total = expected(shop, touched)
            assert touched.total == total
            paid = Decimal(touched.quote["facts"].get("gift_card") or 0)
            if touched.terms.get("gift_card") and touched.status != CANCELLED and verb not in ("revive", "cancel"):
                assert paid == left or shop.card_left == 0
    assert well()
    live = [booking for booking in bookings.get_many(b.id for b in created).values() if booking.status != CANCELLED]
    units = sum(booking.persons for booking in live if booking.terms.get("package"))
    cards = sum((Decimal(b.quote["facts"].get("gift_card") or 0) for b in live), Decimal(0))
    assert (shop.package_left, shop.card_left) == (7 - units, 130 - cards)
    assert shop.coupon_uses == sum(1 for booking in live if booking.terms.get("coupon"))


def play(shop, made, verb, values):
    if verb == "book":
        persons, package, card, coupon, mats = values
        request = asks(
            shop.room,
            customer_id=shop.customer,
            persons=persons,
            package_number=shop.package if package else "",
            gift_card_code=shop.card if card else "",
            coupon_code=shop.coupon if coupon else "",
            extras=((shop.mat, mats),) if mats else (),
        )
        made.append(bookings.create(request, now=NOW, order=OrderRequest(follows=True)))
        return made[-1]
    if not made:
        return None
    booking = made[values[0] % len(made)]
    if verb == "persons":
        return shop.change(booking, persons=values[1])
    if verb == "extras":
        return shop.change(booking, extras=((shop.mat, values[1]),) if values[1] else ())
    if verb == "state":
        return bookings.update(booking.id, ChangeRequest(price=Decimal(values[1])), now=NOW)
    if verb == "move":
        return shop.change(booking, wall_start=TUESDAY_NINE + timedelta(hours=1))
    if verb == "delete":
        bookings.delete(booking.id, now=NOW)
        return None
    return bookings.set_status(booking.id, CANCELLED if verb == "cancel" else CONFIRMED, now=NOW)
