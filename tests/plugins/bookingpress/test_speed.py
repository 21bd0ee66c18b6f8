"""How many queries a read takes, whatever it shows (BUDGETS: at most six)."""

import pytest

from core import db
from tests.plugins.bookingpress.test_slots import ola

READS = [
    "/appointments",
    "/appointments?service_id=1&appointment_status=1,2",
    "/appointments/timeslots?service_id=1&selected_date=2026-06-02",
    "/services",
    "/customers",
    "/staffmembers",
    "/categories",
    "/payments",
    "/locations",
    "/coupons",
    "/packages",
    "/gift-cards",
]


@pytest.fixture
def full(shop):
    category = shop.make("/categories", service_category_name="Cleaning")
    service = shop.service(service_category=category, max_capacity=50, extra_services=[{"name": "Mat", "price": 1}])
    ola(shop, (service, {"assign_service_capacity": 50}))
    extra = shop.get(f"/services/{service}")["extra_services"][0]["id"]
    for index in range(12):
        shop.make("/coupons", coupon_discount=1)
        shop.service(service_category=category)
        shop.make("/gift-cards", gift_card_title="A", gift_card_amount=1)
        included = [{"service_id": service, "bookingpress_no_of_appointments": 1}]
        shop.make("/packages", package_name="A", package_services=included)
        shop.make("/categories", service_category_name="A")
        shop.make("/locations", location_name="A")
        chosen = {"bookingpress_selected_extra_details": {extra: 1}}
        assert shop.book(service, customer_email=f"a{index}@example.org", **chosen)["variant"] == "success"
    return shop


def test_a_read_takes_at_most_six_queries(full, monkeypatch):
    queries = []
    real = db.database.obj
    execute = type(real).execute_sql
    monkeypatch.setattr(
        type(real), "execute_sql", lambda self, sql, *rest: queries.append(sql) or execute(self, sql, *rest)
    )
    for path in READS:
        full.get(path)
        queries.clear()
        answer = full.get(path)
        assert "items" not in answer or len(answer["items"]) >= 1
        # Every request reads the version of the settings first (tests/test_queries.py).
        assert len([sql for sql in queries if "setting_version" not in sql]) <= 6, (path, queries)
