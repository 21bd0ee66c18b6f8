"""The clients, configured as in production but for address and key, and a ``sleep`` that moves the sandbox's time."""

from collections.abc import Callable
from datetime import date

import pytest
from booking_client import BookablesitesClient, BookingPressClient, WcBookingsClient

from frontdesk_sandbox import Sandbox


@pytest.fixture
def day() -> date:
    """Wednesday of next week, on the sandbox's clock."""
    return date(2026, 3, 11)


@pytest.fixture
def waits(frontdesk: Sandbox) -> list[float]:
    """The waits of the clients, in seconds."""
    return []


@pytest.fixture
def sleep(frontdesk: Sandbox, waits: list[float]) -> Callable[[float], None]:
    def pass_time(seconds: float) -> None:
        waits.append(seconds)
        frontdesk.clock.advance(seconds)

    return pass_time


@pytest.fixture
def shop(frontdesk: Sandbox, sleep: Callable[[float], None]) -> WcBookingsClient:
    settings = frontdesk.settings("wc_bookings")
    return WcBookingsClient(settings.url, settings.key, settings.secret, timeout=1, sleep=sleep)


@pytest.fixture
def studio(frontdesk: Sandbox, sleep: Callable[[float], None]) -> BookingPressClient:
    settings = frontdesk.settings("bookingpress")
    return BookingPressClient(settings.base_url, settings.key, timeout=1, sleep=sleep)


@pytest.fixture
def salon(frontdesk: Sandbox, sleep: Callable[[float], None]) -> BookablesitesClient:
    settings = frontdesk.settings("bookablesites")
    return BookablesitesClient(settings.url, settings.key, settings.secret, timeout=1, sleep=sleep)
