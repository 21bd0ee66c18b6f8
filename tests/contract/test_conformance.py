"""The four built-in dialects keep the contract that every dialect is held to."""

from frontdesk.testing import Conformance
from frontdesk.testing.built_in import Bkap, Bookablesites, BookingPress, WcBookings


class TestBkap(Conformance):
    driver = Bkap


class TestWcBookings(Conformance):
    driver = WcBookings


class TestBookingPress(Conformance):
    driver = BookingPress


class TestBookablesites(Conformance):
    driver = Bookablesites
