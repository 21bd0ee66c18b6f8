"""Statuses of posts and orders become core's words and come back as they were."""

from datetime import UTC, datetime

import pytest

from core.domain import statuses
from core.domain.records import Order
from core.wordpress.statuses import (
    order_status,
    order_status_extras,
    order_status_to_core,
    post_status,
    post_status_to_core,
)

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
POSTS = ["publish", "private", "pending", "draft", "auto-draft", "future", "trash", "acf-disabled", "active", "deleted"]
ORDERS = [
    *("checkout-draft", "pending", "on-hold", "processing", "completed", "cancelled", "refunded", "failed", "trash"),
    *("wc-partial-payment", "paid", "draft", "deleted"),
]


@pytest.mark.parametrize("name", POSTS)
def test_a_post_status_comes_back_as_it_was(name):
    core_status = post_status_to_core(name)
    assert core_status in statuses.CATALOG
    assert post_status(core_status, name) == name


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_status_comes_back_as_it_was(name):
    extras = order_status_extras(name)
    order = Order(id=1, created_at=NOW, modified_at=NOW, status=order_status_to_core(name), extras={"acme": extras})
    assert order.status in statuses.ORDER
    assert order_status(order, "acme") == name


@pytest.mark.parametrize("core_status", statuses.CATALOG)
def test_every_catalog_status_has_a_post_status(core_status):
    expected = statuses.ACTIVE if core_status == statuses.HIDDEN else core_status
    assert post_status_to_core(post_status(core_status)) == expected
    # What another dialect has changed since wins over what was stored.
    assert post_status(core_status, "trash" if core_status != statuses.DELETED else "publish") == post_status(
        core_status
    )


@pytest.mark.parametrize("core_status", statuses.ORDER)
def test_every_order_status_has_a_word_of_the_platform(core_status):
    order = Order(id=1, created_at=NOW, modified_at=NOW, status=core_status, extras={"acme": {"status": "odd"}})
    assert order_status_to_core(order_status(order, "other")) == core_status
    assert order_status(order, "acme") == ("odd" if core_status == statuses.PENDING else order_status(order, "other"))
