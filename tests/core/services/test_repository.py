"""Repositories: conditions, pages, writes."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from peewee import DataError

from core.domain.schedule import CalendarRule, SchedulePlan
from core.errors import Duplicate, Invalid, NotFound, StaleVersion
from core.services import credentials, orders, repository

pytestmark = pytest.mark.usefixtures("store")


def test_a_record_comes_back_as_it_was_stored(now):
    rules = (CalendarRule(effect="open", weekdays=(1, 2), from_minute=540, to_minute=1020),)
    record = repository.services.create(
        now=now, name="Röom \u2603", plan=SchedulePlan(unit="night"), rules=rules, price=Decimal("12.345678")
    )

    assert repository.services.get(record.id) == record
    assert (record.rules, record.plan.unit, record.price) == (rules, "night", Decimal("12.345678"))
    assert record.created_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("id", [0, -1, 99, 2**63, 10**30, None, "1"], ids=str)
def test_an_id_that_names_nothing_is_not_found(id):
    with pytest.raises(NotFound):
        repository.services.get(id)


def test_ids_of_services_resources_and_bookings_never_coincide(now):
    service = repository.services.create(now=now, name="a", plan=SchedulePlan())
    resource = repository.resources.create(now=now, name="b")
    kept = repository.resources.create(now=now, name="c", id=500)
    after = repository.services.create(now=now, name="d", plan=SchedulePlan())

    assert len({service.id, resource.id, kept.id, after.id}) == 4
    assert (kept.id, after.id) == (500, 501)


def test_taking_an_id_twice_is_refused_and_changes_nothing(now):
    repository.categories.create(now=now, name="a", id=7)
    with pytest.raises(Duplicate):
        repository.categories.create(now=now, name="b", id=7)

    assert [c.name for c in repository.categories.list_all()] == ["a"]
    assert repository.categories.create(now=now, name="c").id == 8


def test_every_write_raises_the_version_and_a_stale_one_is_refused(now):
    customer = repository.customers.create(now=now, first_name="Ann")
    changed = repository.customers.update(customer.id, now=now, first_name="Anna", expected_version=1)

    assert changed == replace(customer, first_name="Anna", version=2)
    with pytest.raises(StaleVersion):
        repository.customers.update(customer.id, now=now, first_name="x", expected_version=1)


def test_codes_are_unique_and_found_without_regard_to_case(now):
    coupon = repository.coupons.create(now=now, code="Spring")
    with pytest.raises(Duplicate) as caught:
        repository.coupons.create(now=now, code="SPRING")

    assert caught.value.id == coupon.id
    assert repository.coupons.find(code="sPRING") == coupon


def test_a_needed_value_and_an_unknown_name_are_told_apart(now):
    with pytest.raises(Invalid) as missing:
        repository.services.create(now=now, plan=SchedulePlan())
    with pytest.raises(Invalid) as unknown:
        repository.customers.create(now=now, shoe_size=4)

    assert (missing.value.field, missing.value.reason) == ("name", "missing")
    assert (unknown.value.field, unknown.value.reason) == ("shoe_size", "unknown")


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ([("price", ">=", Decimal("20"))], ["c", "b"]),
        ([("price", "<", Decimal("20"))], ["a"]),
        ([("name", "in", ["a", "c"])], ["c", "a"]),
        ([(("name", "description"), "contains", "TREE")], ["b"]),
        ([("status", "not_in", ["draft"])], ["b", "a"]),
        ([("status", "!=", "active")], ["c"]),
    ],
    ids=str,
)
def test_pages_are_narrowed_by_conditions(now, where, names):
    for name, price, about, status in (
        ("a", 10, "", "active"),
        ("b", 20, "a big Tree", "active"),
        ("c", 30, "", "draft"),
    ):
        repository.services.create(
            now=now, name=name, plan=SchedulePlan(), price=Decimal(price), description=about, status=status
        )
    page = repository.services.page(where)

    assert ([s.name for s in page.items], page.total) == (names, len(names))


def test_a_page_past_the_end_is_empty_with_the_true_total(now):
    for number in range(5):
        repository.categories.create(now=now, name=str(number))

    assert repository.categories.page(limit=2, offset=10**12).items == []
    assert repository.categories.page(limit=2, offset=10**12).total == 5
    assert [c.name for c in repository.categories.page(limit=2, offset=2).items] == ["2", "1"]


@pytest.mark.parametrize("count", [True, False])
@pytest.mark.parametrize("order", [(("id", "desc"),), (("position", "asc"),), (("name", "desc"), ("id", "asc"))])
def test_a_deep_page_has_what_the_whole_list_has_there(now, order, count):
    for number in range(130):
        repository.categories.create(now=now, name=f"{number // 3}", position=number % 7)
    for where in ([], [("position", "in", [0, 1, 2, 3, 4, 5])], [("name", "contains", "1")]):
        everything = repository.categories.page(where, order=order)
        for offset in (99, 100, 104, 128, 200):
            page = repository.categories.page(where, order=order, limit=5, offset=offset, count=count)
            assert page.items == everything.items[offset : offset + 5]
            assert page.total == (everything.total if count else None)


def test_rows_that_brought_their_own_numbers_do_not_stand_in_the_way_of_the_next(store, now):
    order = orders.create(now=now)
    for number in (3, None, 2, None):
        orders.add_item(order.id, now=now, service_id=0, name="x", total=Decimal(1), id=number)
    assert len(orders.items([order.id])[order.id]) == 4
    for number in (5, None, 1, None):
        credentials.create(realm="r", lookup=f"k{number}{len(credentials.list_credentials())}", now=now, id=number)
    for number in (2, None, 9, None):
        repository.customers.create(now=now, id=number)
    assert [one.id for one in repository.customers.list_all()] == [2, 3, 9, 10]


def test_text_is_found_without_regard_to_case_in_any_alphabet(store, now):
    repository.customers.create(now=now, first_name="ÉMILE Ögür")
    for word in ("émile", "ÉMILE", "ögÜR", "mile"):
        assert repository.customers.page([("first_name", "contains", word)]).total == 1


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999", "1E+19", "9E+18"])
def test_what_is_no_amount_of_money_is_refused_before_it_costs_anything(store, now, amount):
    with pytest.raises((OverflowError, DataError)):
        repository.coupons.create(now=now, code="A", discount=Decimal(amount))
    assert repository.coupons.page().total == 0


def test_amounts_up_to_the_largest_are_kept_exactly(store, now):
    for amount in ("9000000000000.000001", "-9000000000000.000001", "0", "0E-30", "1E+3"):
        coupon = repository.coupons.create(now=now, code=amount, discount=Decimal(amount))
        assert coupon.discount == Decimal(amount)
