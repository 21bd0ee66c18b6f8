"""The fixtures of the pytest plugin, and what it costs those who do not use them."""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from urllib.request import urlopen

import pytest

from frontdesk import bookings
from frontdesk.testing import NOW, START
from frontdesk.testing.host import plugin_tables
from tests import ROOT
from tests.fixtures.drivers import Harbour

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]


def test_the_app_answers_and_the_clock_moves(frontdesk_client, frontdesk_app, frontdesk_clock, frontdesk_host):
    assert frontdesk_client.get("/healthz").status_int == 200
    assert frontdesk_client.app is frontdesk_app
    assert frontdesk_clock() == NOW == datetime(2026, 3, 2, 10, tzinfo=UTC)
    frontdesk_clock.move(days=1, hours=2)
    assert frontdesk_host.clock() == datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_the_venue_can_be_booked_through_a_second_dialect(frontdesk_venue, frontdesk_other, frontdesk_database):
    for service in (frontdesk_venue.room, frontdesk_venue.lesson, frontdesk_venue.consultation):
        assert frontdesk_other.book(service.id, START).booked, service.name
    assert not frontdesk_other.book(frontdesk_venue.room.id, START).booked
    assert frontdesk_database in ("sqlite", "postgres")


def test_factories_take_any_field(frontdesk_factories):
    desk = frontdesk_factories.resource(capacity=2)
    service = frontdesk_factories.service(3, name="Hall", price=Decimal("7.50"), resources=[desk])
    customer = frontdesk_factories.customer(email="ola@example.org")
    booking = frontdesk_factories.booking(service.id, customer_id=customer.id)
    assert (booking.total, booking.wall_start) == (Decimal("7.50"), START)
    assert bookings.get(booking.id).customer_id == customer.id


class TestOwnPlugin:
    @pytest.fixture
    def frontdesk_config(self):
        return {"plugins": plugin_tables([Harbour])}

    def test_the_configuration_is_the_authors(self, frontdesk_host, frontdesk_factories):
        client = frontdesk_host.sign_in(Harbour)
        assert client.book(frontdesk_factories.service().id, START).booked
        assert list(frontdesk_host.manager.credentials) == ["harbour"]


@pytest.mark.frontdesk_server
def test_a_real_server_has_the_same_store(frontdesk_live, frontdesk_host, frontdesk_venue, frontdesk_other):
    with urlopen(f"{frontdesk_live.url}/healthz", timeout=10) as reply:
        assert reply.status == 200
    send = frontdesk_live.send()
    try:
        assert frontdesk_other.through(send).book(frontdesk_venue.room.id, START).booked
    finally:
        send.close()
    assert frontdesk_other.left(frontdesk_venue.room.id, START) == 0


def test_who_does_not_use_it_imports_nothing(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_imported(request):
            assert request.config.pluginmanager.has_plugin("frontdesk")
            assert not {"frontdesk", "core", "falcon", "peewee", "webtest"} & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_serving_needs_no_pytest(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    names = "frontdesk, core.cli, core.app, plugins.bkap"
    code = f"import sys, {names}; assert 'pytest' not in sys.modules and 'webtest' not in sys.modules"
    assert pytester.run(sys.executable, "-c", code).ret == 0
