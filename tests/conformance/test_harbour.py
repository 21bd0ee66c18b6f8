"""A dialect from outside, which imports ``frontdesk`` alone, keeps the contract."""

from frontdesk.testing import Conformance
from tests.fixtures.drivers import Harbour


class TestHarbour(Conformance):
    driver = Harbour
