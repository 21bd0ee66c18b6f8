"""Single values, queries and records between the API's words and core's, without a store."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.errors import Invalid
from plugins.bookablesites.translate import params, phones, values

NINE = datetime(2026, 6, 2, 9)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-02 09:00:00", NINE),
        (" 2026-06-02T09:00 ", NINE),
        ("2026-06-02T07:00:00Z", NINE),
        ("2026-06-02T07:00:00.25z", NINE),
        ("2026-06-02 12:00 +05:00", NINE),
        ("2026-06-02 03:00-0400", NINE),
    ],
)
def test_a_moment_is_read_on_the_tenants_clock(text, moment):
    assert values.to_wall(text, "Europe/Berlin", "start_date_time") == moment


@pytest.mark.parametrize(
    "text", ["2026-02-30 09:00", "2026-06-02 25:00", "2026-06-02 09:00:30", "0001-01-01 00:00+10:00", "today", None, 9]
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        values.to_wall(text, "Europe/Berlin", "start_date_time")
    assert (refusal.value.field, refusal.value.reason) == ("start_date_time", "date_time")


def test_seconds_are_read_where_they_may_stand():
    assert values.to_wall("2026-06-02 09:00:30", "UTC", "created_at", seconds=True).second == 30


@pytest.mark.parametrize("text", ["2026-02-30", "2026-6-2", "", None, 20260602])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        values.to_date(text, "birthday")
    assert refusal.value.reason == "date"


@pytest.mark.parametrize(
    ("text", "end", "minute"),
    [("09:30", False, 570), ("09:30:00", False, 570), ("00:00", True, 0), ("24:00", True, 1440)],
)
def test_a_time_is_a_minute_of_the_day(text, end, minute):
    assert values.to_minute(text, "start", end=end) == minute
    assert values.from_minute(minute) == text[:5]


@pytest.mark.parametrize("text", ["24:00", "09:60", "09:00:01", "9:00", "", None, 540])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        values.to_minute(text, "start")
    assert refusal.value.reason == "time"


@pytest.mark.parametrize(
    ("amount", "currency", "reason", "limit"),
    [
        ("-1", "EUR", "amount", None),
        ("NaN", "EUR", "amount", None),
        ("1000000000001", "EUR", "amount", None),
        ("1.005", "EUR", "decimals", "two"),
        ("1.0005", "KWD", "decimals", "three"),
        ("0.5", "JPY", "no_decimals", "no"),
    ],
)
def test_an_amount_must_fit_its_currency(amount, currency, reason, limit):
    with pytest.raises(Invalid) as refusal:
        values.to_amount(Decimal(amount), "price", currency=currency)
    assert (refusal.value.reason, refusal.value.limit) == (reason, limit)


def test_a_zone_is_a_known_name_or_empty():
    assert (values.to_zone("Europe/Berlin"), values.to_zone(None), values.to_zone("")) == ("Europe/Berlin", "", "")
    with pytest.raises(Invalid) as refusal:
        values.to_zone("Mars/Olympus")
    assert refusal.value.reason == "zone"


def test_an_instant_is_shown_on_the_tenants_clock():
    midnight = datetime(2026, 6, 1, 22, tzinfo=UTC)
    assert values.from_instant(midnight, "Europe/Berlin") == "2026-06-02 00:00:00"
    assert values.today(midnight, "Europe/Berlin") == date(2026, 6, 2)


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"firstName": "Ada", "serviceId": "3"}, {"first_name": "Ada", "service": 3}),
        ({"service": {"id": "4"}, "service_id": 4}, {"service": 4}),
        ({"customer": {"firstName": "Ada"}}, {"customer": {"first_name": "Ada"}}),
        ({"custom_fields": {"shoeSize": 4}}, {"custom_fields": {"shoeSize": 4}}),
        ({"bookings": [{"phoneNumber": "1"}]}, {"bookings": [{"phone": "1"}]}),
    ],
)
def test_every_spelling_becomes_the_structs(sent, fields):
    assert params.canonical(sent) == fields


def test_two_spellings_with_two_values_are_refused():
    with pytest.raises(Invalid) as refusal:
        params.canonical({"bookings": [{"service": 3, "serviceId": 4}]})
    assert (refusal.value.field, refusal.value.reason) == ("bookings.0.service", "twins")


@pytest.mark.parametrize("value", [True, 0, -1, "x", "1" * 19, 2**63, None, [1]])
def test_what_is_no_id_is_refused(value):
    with pytest.raises(Invalid) as refusal:
        params.to_id(value, "employee")
    assert refusal.value.reason == "id"


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ({"page": "0"}, "page", "range"),
        ({"page": "x"}, "page", "integer"),
        ({"limit": True}, "limit", "integer"),
        ({"limit": "-5"}, "limit", "range"),
    ],
)
def test_a_page_that_cannot_be_is_refused(query, field, reason):
    with pytest.raises(Invalid) as refusal:
        params.to_paging(query)
    assert (refusal.value.field, refusal.value.reason) == (field, reason)


def test_a_page_is_a_part_of_the_list():
    paging = params.to_paging({"page": "2", "limit": "500"})
    assert (paging.limit, paging.offset) == (100, 100)
    assert list(paging.slice(range(150))) == list(range(100, 150))
    assert paging.to_list([], 0)["pagination"] == {"total": 0, "page": 2, "limit": 100, "pages": 1}


@pytest.mark.parametrize("query", [{"sort_by": "colour"}, {"sort_order": "up"}])
def test_an_unknown_order_is_refused(query):
    with pytest.raises(Invalid) as refusal:
        params.to_order(query, ("name",), "id")
    assert [refusal.value.field] == list(query)


def test_the_days_of_a_list_are_included():
    query = {"start_date": "2026-06-02", "end_date": "2026-06-03"}
    assert params.start_day_conditions(query) == [
        ("wall_start", ">=", datetime(2026, 6, 2)),
        ("wall_start", "<", datetime(2026, 6, 4)),
    ]
    assert params.start_day_conditions({}) == []


@pytest.mark.parametrize(
    ("text", "quantities"), [("7:2, 9", ((7, 2), (9, 1))), ("7:", ((7, 1),)), ("", ()), (None, ()), (7, ((7, 1),))]
)
def test_extras_are_ids_with_quantities(text, quantities):
    assert params.to_extra_quantities(text) == quantities


@pytest.mark.parametrize(
    ("text", "number", "country"),
    [
        ("+49 (30) 123-456", "+4930123456", "de"),
        ("+1.212.555.0100", "+12125550100", "us"),
        ("+972 2 123", "+9722123", "il"),
        ("+999 123", "+999123", None),
        ("030 123456", "030123456", None),
        (" ", "", None),
        (None, "", None),
    ],
)
def test_a_phone_number_is_plus_and_digits(text, number, country):
    assert phones.to_phone_number(text) == number
    assert phones.country_of(number) == country


@pytest.mark.parametrize("text", ["call me", "+4", "+" + "1" * 21])
def test_what_is_no_phone_number_is_refused_but_shown_as_stored(text):
    with pytest.raises(Invalid) as refusal:
        phones.to_phone_number(text)
    assert refusal.value.reason == "phone"
    assert phones.shown_number(text) == text
