"""The documented JSON comes in whole or not at all, and goes out as it came in."""

import copy
import itertools
import json
import re
import shlex
import subprocess

import pytest

from core.errors import Invalid
from core.http.responses import encode_json
from core.importing import Section
from core.services import doctor, repository, site
from frontdesk.testing.stores import KINDS
from plugins.bookingpress import demo, exporter, importer
from plugins.bookingpress.schemas import SiteSettings
from tests.plugins.bookingpress.conftest import NOW, bring

HOURS = [
    {
        "day": "monday",
        "start_time": "09:00:00",
        "end_time": "00:00:00",
        "breaks": [{"start_time": "12:00:00", "end_time": "13:00:00"}],
    }
]
SPECIAL = [
    {
        "start_date": "2026-06-06",
        "end_date": "2026-06-07",
        "start_time": "10:00:00",
        "end_time": "12:00:00",
        "breaks": [],
        "services": [12],
    }
]
OFF = [{"name": "Away", "start_date": "2026-08-01", "end_date": "2026-08-14", "repeat": True}]
#: One entry of everything, every key of it said.
DOCUMENT = {
    "settings": {"tax_percentage": "19", "any_staff_rule": "least_expensive", "default_time_slot": 20},
    "workhours": HOURS,
    "daysoff": OFF,
    "categories": [{"id": 3, "service_category_name": "Cleaning", "category_position": 2}],
    "services": [
        {
            "id": 12,
            "service_name": "Deep clean",
            "service_price": 40.5,
            "service_category": 3,
            "service_description": "<p>Two rooms.</p>",
            "show_service_on_site": False,
            "service_position": 4,
            "service_duration_val": 1,
            "service_duration_unit": "h",
            "max_capacity": 4,
            "min_capacity": 1,
            "before_buffer_time": 0,
            "before_buffer_time_unit": "m",
            "after_buffer_time": 15,
            "after_buffer_time_unit": "m",
            "minimum_time_required_before_booking": "60",
            "minimum_time_required_before_rescheduling": "inherit",
            "minimum_time_required_before_cancelling": "disabled",
            "service_start_date": "2026-01-01",
            "service_expiration_date": "2027-01-01",
            "deposit_type": "fixed",
            "deposit_amount": "5",
            "service_image": "https://shop.test/a.png",
            "service_image_name": "a.png",
            "workhours": HOURS,
            "daysoff": OFF,
            "special_days": SPECIAL,
            "extra_services": [
                {"id": 9, "name": "Oven", "price": 7.5, "duration": 90, "duration_unit": "m", "max_qty": 2}
            ],
        }
    ],
    "staffmembers": [
        {
            "id": 4,
            "firstname": "Ola",
            "lastname": "Reyes",
            "email": "ola@example.org",
            "phone": "5550199",
            "note": "Keys",
            "status": 1,
            "visibility": "private",
            "staffmember_position": 1,
            "assigned_service_list": [
                {
                    "assign_service_id": 12,
                    "assign_service_price": 55,
                    "assign_service_capacity": 3,
                    "assign_service_min_capacity": 1,
                }
            ],
            "daysoff": OFF,
            "special_days": SPECIAL,
            "staff_member_phone_country": "US",
            "staff_member_dial_code": "1",
            "avatar_name": "o.png",
            "avatar_url": "https://shop.test/o.png",
            "wp_user": "5",
            "workhours": HOURS,
        }
    ],
    "locations": [
        {
            "id": 2,
            "location_name": "Hill",
            "location_phone_number": "555",
            "location_phone_country": "US",
            "location_address": "1 Hill",
            "location_description": "Up",
            "location_img_name": "h.png",
            "location_img_url": "https://shop.test/h.png",
            "location_position": 5,
            "services": [
                {
                    "service_id": 12,
                    "service_qty": 3,
                    "service_min_qty": 1,
                    "price": "44",
                    "staffmembers": [
                        {
                            "staffmember_id": 4,
                            "staff_location_qty": 2,
                            "staff_location_min_qty": 1,
                            "price": "66",
                        }
                    ],
                }
            ],
            "workhours": HOURS,
            "special_days": SPECIAL,
        }
    ],
    "customers": [
        {
            "id": 57,
            "firstname": "Mira",
            "lastname": "Holt",
            "email": "mira@example.org",
            "phone": "5550102",
            "customer_phone_country": "US",
            "customer_phone_dial_code": "1",
            "note": "Rings",
            "username": "mira",
            "wp_user": "8",
            "avatar_name": "",
            "avatar_url": "",
            "customer_created": "2026-01-05 08:00:00",
        }
    ],
    "coupons": [
        {
            "id": 6,
            "coupon_title": "Spring",
            "coupon_code": "SPRING",
            "coupon_discount": 10,
            "coupon_discount_type": "Percentage",
            "coupon_period_type": "date_range",
            "coupon_start_date": "2026-05-01",
            "coupon_end_date": "2026-06-30",
            "coupon_services": [12],
            "coupon_allowed_uses": 9,
            "coupon_status": True,
            "coupon_total_used": 4,
        }
    ],
    "packages": [
        {
            "id": 5,
            "package_name": "Ten",
            "package_price": 300,
            "package_duration_val": 1,
            "package_duration_unit": "y",
            "package_purchase_limit": 2,
            "package_description": "Ten times",
            "package_images": ["https://shop.test/p.png"],
            "package_services": [{"service_id": 12, "bookingpress_no_of_appointments": 10}],
            "package_status": True,
            "package_position": 0,
        }
    ],
    "package_bookings": [
        {
            "id": 8,
            "package_no": "P-8",
            "package_id": 5,
            "customer_id": 57,
            "purchase_date": "2026-05-31",
            "expiry_date": "2027-05-31",
            "paid_amount": 300,
            "package_services": [{"service_id": 12, "bookingpress_no_of_appointments": 7}],
        }
    ],
    "gift_cards": [
        {
            "id": 1,
            "gift_card_title": "Fifty",
            "gift_card_amount": 45,
            "gift_card_value": 50,
            "gift_card_expiry_type": "duration",
            "gift_card_services": [12],
            "gift_card_staffmembers": [4],
            "gift_card_status": False,
            "gift_card_expiration_duration_val": 6,
            "gift_card_expiration_duration_unit": "m",
        }
    ],
    "sold_gift_cards": [
        {
            "id": 2,
            "gift_card_code": "ABCDEFGH12345678",
            "gift_card_id": 1,
            "customer_id": 57,
            "paid_amount": 45,
            "gift_card_balance": 12.34,
            "expiry_date": "2026-11-30",
            "gift_card_services": [12],
            "gift_card_staffmembers": [],
        }
    ],
    "appointments": [
        {
            "id": 311,
            "booking_id": "204",
            "service_id": 12,
            "staffmember_id": 4,
            "location_id": 2,
            "customer_id": 57,
            "appointment_date": "2026-05-30",
            "appointment_start_time": "09:00:00",
            "appointment_end_date": "2026-05-30",
            "appointment_end_time": "11:30:00",
            "appointment_status": 6,
            "selected_extra_members": 2,
            "extras": [{"id": 9, "qty": 1}],
            "total_amount": 174.96,
            "coupon_code": "SPRING",
            "appointment_note": "Ring",
            "created_date": "2026-05-28 14:02:11",
            "amounts": {
                "coupon_discount_amount": 18,
                "tax_amount": 12.96,
                "package_discount_amount": 0,
                "gift_card_amount": 0,
                "deposit_amount": 43.74,
            },
            "form_fields": {"colour": "red"},
            "payment": {
                "payment_log_id": 298,
                "payment_gateway": "paypal",
                "payment_status": 4,
                "paid_amount": 43.74,
                "due_amount": 131.22,
                "transaction_id": "T-1",
                "payment_date": "2026-05-28 14:02:12",
                "invoice_id": "0298",
            },
        },
        {
            "id": 312,
            "booking_id": "205",
            "service_id": 12,
            "staffmember_id": 4,
            "location_id": 2,
            "customer_id": 57,
            "appointment_date": "2026-05-31",
            "appointment_start_time": "09:00:00",
            "appointment_end_date": "2026-05-31",
            "appointment_end_time": "11:00:00",
            "appointment_status": 1,
            "selected_extra_members": 2,
            "extras": [],
            "total_amount": 60,
            "coupon_code": "",
            "appointment_note": "",
            "created_date": "2026-05-28 14:02:11",
            "amounts": {
                "coupon_discount_amount": 0,
                "tax_amount": 0,
                "package_discount_amount": 0,
                "gift_card_amount": 0,
                "deposit_amount": 0,
            },
            "form_fields": {},
            "ledger": {"status": "paid"},
        },
    ],
}


#: The keys of an entry by section, without those that only records of the API have.
KEYS = {
    section.name: set((section.entry.__base__ if section.entry.ID else section.entry).__struct_fields__)
    for section in importer.sections(now=NOW, site=site.Site())
    if isinstance(section, Section)
}


def dumped(shop):
    """The document as it is written to a file and read again."""
    return json.loads(encode_json(exporter.dump(now=shop.clock(), site=site.current())))


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_in_goes_out(start, kind):
    shop = start(document=copy.deepcopy(DOCUMENT), kind=kind, timezone="America/New_York")
    assert dumped(shop) == DOCUMENT
    bring(dumped(shop), shop.clock)
    assert dumped(shop) == DOCUMENT
    assert doctor.examine(now=shop.clock()).ok
    assert shop.get("/appointments/311")["tax_amount"] == 12.96
    assert shop.get("/payments")["items"][0]["invoice_id"] == "0298"


def test_the_sample_says_every_key():
    for section, names in KEYS.items():
        assert {name for entry in DOCUMENT[section] for name in entry} == names, section


def test_what_was_made_through_the_api_goes_out_and_in_again(start):
    shop = start()
    service = shop.service(max_capacity=4)
    shop.book(service)
    document = dumped(shop)
    again = start(document=document)
    assert dumped(again) == document
    assert again.slots(service)[0]["max_capacity"] == 3


@pytest.mark.parametrize(
    ("section", "change", "field"),
    [
        ("services", {"service_name": ""}, "services.0"),
        ("services", {"service_nam": "x"}, "services.0.service_nam"),
        ("services", {"workhours": [{"day": "x"}]}, "services.0.workhours.0.day"),
        ("services", {"service_duration_unit": "w"}, "services.0.service_duration_unit"),
        ("staffmembers", {"assigned_service_list": []}, "staffmembers.0.assigned_service_list"),
        ("services", {"max_capacity": "lots"}, "services.0.max_capacity"),
        ("locations", {"services": [{"service_id": 99}]}, "locations.0.services.0.service_id"),
        ("customers", {"id": -1}, "customers.0.id"),
        ("coupons", {"coupon_discount": 0}, "coupons.0.coupon_discount"),
        ("package_bookings", {"customer_id": 99}, "package_bookings.0"),
        ("sold_gift_cards", {"gift_card_balance": -1}, "sold_gift_cards.0.gift_card_balance"),
        ("appointments", {"service_id": 99}, "appointments.0"),
        ("appointments", {"appointment_date": "x"}, "appointments.0.appointment_date"),
        ("appointments", {"appointment_end_time": "08:00"}, "appointments.0.appointment_end_time"),
        ("appointments", {"appointment_status": 7}, "appointments.0.appointment_status"),
        ("appointments", {"appointment_status": 1, "selected_extra_members": 5}, "appointments.0"),
        ("appointments", {"created_date": "x"}, "appointments.0.created_date"),
        ("appointments", {"payment": {"payment_status": 9}}, "appointments.0.payment.payment_status"),
    ],
)
def test_bad_input_changes_nothing_and_names_its_place(start, section, change, field):
    shop = start()
    document = copy.deepcopy(DOCUMENT)
    document[section][0].update(change)
    before = dumped(shop)
    with pytest.raises(Invalid) as error:
        bring(document, shop.clock)
    assert error.value.field == field
    assert dumped(shop) == before
    assert repository.services.count() == 0


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], ""),
        ({"service": []}, "service"),
        ({"services": {}}, "services"),
        ({"services": ["x"]}, "services.0"),
        ({"settings": {"tax": 1}}, "settings.tax"),
        ({"settings": {"tax_percentage": "much"}}, "settings.tax_percentage"),
        ({"settings": {"tax_percentage": -1}}, "settings.tax_percentage"),
        ({"settings": {"bpa_night_start_time": "late"}}, "settings.bpa_night_start_time"),
        ({"settings": 3}, "settings"),
        ({"workhours": "always"}, "workhours"),
        ({"daysoff": [{"start_date": "2026-02-02", "end_date": "2026-02-01"}]}, "daysoff.0.end_date"),
    ],
)
def test_bad_documents_are_refused(shop, document, field):
    with pytest.raises(Invalid) as error:
        bring(document, shop.clock)
    assert error.value.field == field


def test_changed_settings_reach_services_that_are_there(shop):
    service = shop.service()
    assert shop.starts(service)[0] == "09:00"
    bring({"workhours": [{"day": "tuesday", "start_time": "14:00", "end_time": "16:00"}]}, shop.clock)
    assert shop.starts(service) == ["14:00", "15:00"]


def test_the_readme_documents_every_key():
    from pathlib import Path

    text = Path(importer.__file__).with_name("README.md").read_text()
    words = set(re.findall(r"[a-z_]+", text))
    for section, names in KEYS.items():
        assert section in words
        assert names - words == set(), section
    assert set(SiteSettings.__struct_fields__) - words == set()


# -- demo -------------------------------------------------------------------------------------------------------


def test_the_demo_comes_in_and_its_command_books(start):
    shop = start(document=demo.DOCUMENT)
    service = repository.services.find(name=demo.SERVICE)
    command = demo.curl("http://shop.test", shop.key, service.id, now=NOW)
    words = shlex.split(command)
    assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0
    assert words[0] == "curl"
    path = words[words.index("POST") + 1].removeprefix("http://shop.test")
    headers = dict(word.split(": ", 1) for name, word in itertools.pairwise(words) if name == "-H")
    reply = shop.app.post(path, words[-1].encode(), headers=headers).json
    assert (reply["variant"], reply["total_amount"], reply["payment_status"]) == ("success", 25.2, "1")
    slot = next(slot for slot in shop.slots(service.id, "2026-06-10") if slot["start_time"] == "10:00")
    assert (slot["max_capacity"], slot["max_total_capacity"]) == (10, 12)
