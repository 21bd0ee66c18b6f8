"""Settings and forms may hold anything JSON can; the price compilers answer with a plan or with ``Invalid``."""

import contextlib
from datetime import datetime

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from core.domain.price_context import PriceContext
from core.domain.price_display import display_price, has_additional_costs
from core.domain.pricing import evaluate
from core.errors import Invalid
from plugins.bkap.translate import prices as bkap
from plugins.bookablesites.translate import prices as bookablesites
from plugins.bookingpress.translate import prices as bookingpress
from plugins.wc_bookings.translate import booking_form
from plugins.wc_bookings.translate import prices as wc_bookings

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 10)
WORDS = "id cost block_cost min max name type from to from_date to_date modifier base_cost base_modifier price value"
WORDS += " duration duration_type duration_price from_slot_hrs slot_price booking_special_date booking_special_price"
WORDS += " min_number max_number fixed_price number_of_days start_day service_id services staffmembers staffmember_id"
WORDS += (
    " assigned_service_list assign_service_id assign_service_price max_qty max_quantity 1 booking_weekday_1 9-9-2026"
)
plain = st.sampled_from(
    ["", "yes", "1", "2026-03-10", "10:30", "time:3", "days", "custom", "blocks", "persons", "times", "divide", "equals", "customer", "hour", "month", "night", "day", "fixed", "nan", "-5", "9" * 30, "2026-03-10T10:00:00+0000"]
) | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)  # fmt: skip
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS.split()), inner, max_size=6),
    max_leaves=12,
)


def records(names):
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names.split(), anything))


PRODUCT = (
    "cost block_cost display_cost duration duration_unit duration_type min_duration max_duration has_persons pricing"
    " has_person_types has_person_cost_multiplier person_types min_persons max_persons has_resources resource_ids"
    " resource_base_costs resource_block_costs min_date_value min_date_unit max_date_value max_date_unit"
    " has_restricted_days restricted_days has_additional_costs resources_assignment"
)
FIELDS = (
    "start_date_year start_date_month start_date_day start_date_time start_date_yearmonth duration resource persons"
)
FORM = " ".join(f"wc_bookings_field_{name}" for name in FIELDS.split())
BKAP = (
    "_bkap_special_price _bkap_duration_settings _bkap_time_settings _bkap_price_ranges _bkap_fixed_blocks_data"
    " _bkap_resource_base_costs"
)
SERVICE = (
    "service_id service_price service_duration_val service_duration_unit extra_services deposit_type deposit_amount"
)
TYPES = ["only_day", "multiple_days", "date_time", "duration_time", "multidates", "multidates_fixedtime", ""]
# Without shrinking: a failure shows its input anyway, and shrinking such inputs takes minutes.
fuzz = settings(deadline=None, max_examples=100, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def price(plan):
    display_price(plan)
    has_additional_costs(plan)
    context = PriceContext(start=NOW, blocks=2, persons=2, person_types=((1, 2),), resource_ids=(1,), quantity=2)
    assert evaluate(plan, context).total >= 0


@fuzz
@given(records(PRODUCT), records(FORM), st.booleans())
def test_wc_bookings(product, posted, dated):
    if dated:
        posted |= {"wc_bookings_field_start_date_year": 2026, "wc_bookings_field_start_date_month": "3"}
        posted |= {
            "wc_bookings_field_start_date_day": 10,
            "wc_bookings_field_start_date_yearmonth": "2026-05",
        }
    with contextlib.suppress(Invalid):
        price(wc_bookings.to_price_plan(product))
    wanted = booking_form.to_posted_booking(product, posted)
    refused = booking_form.refusal(product, wanted, now=NOW, vacancy=lambda wanted: booking_form.Vacancy())
    assert refused is None or refused


@fuzz
@given(records(BKAP), st.sampled_from(TYPES), anything)
def test_bkap(settings, booking_type, base):
    with contextlib.suppress(Invalid):
        price(bkap.to_price_plan(settings, booking_type=booking_type, base_price=base))


@fuzz
@given(records(SERVICE), st.lists(records(WORDS), max_size=2), anything)
def test_bookingpress(service, people, tax):
    with contextlib.suppress(Invalid):
        price(bookingpress.to_price_plan(service, staff=people, locations=people, tax_percentage=tax))


@fuzz
@given(records("price employees extras taxes duration"))
def test_bookablesites(service):
    with contextlib.suppress(Invalid):
        price(bookablesites.to_price_plan(service))
