"""What plugin authors test with: conformance suite, drivers, a host in the process, factories.

The fixtures come with pytest's entry point. Needs the extra ``frontdesk[testing]``; see docs/plugins/testing.md.
"""

from frontdesk.testing.conformance import Conformance
from frontdesk.testing.drivers import Driver, Outcome, Send, idempotent
from frontdesk.testing.host import LiveServer, RunningHost
from frontdesk.testing.venue import NOW, START, Clock, Factories, Venue, make_venue

__all__ = [
    "NOW",
    "START",
    "Clock",
    "Conformance",
    "Driver",
    "Factories",
    "LiveServer",
    "Outcome",
    "RunningHost",
    "Send",
    "Venue",
    "idempotent",
    "make_venue",
]
