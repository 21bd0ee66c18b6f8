"""Drives a sandbox from Python: starts it, moves its clock, lets calls fail, and asks what was called.

Only the standard library is imported, so a test run pays for what it uses. pytest has the fixtures ``frontdesk_server``
and ``frontdesk`` as soon as frontdesk is installed; see docs/sandbox/.
"""

from frontdesk_sandbox.client import ClientSettings, Clock, Fault, Journal, Sandbox, SandboxError, Webhooks
from frontdesk_sandbox.process import start

__all__ = [
    "ClientSettings",
    "Clock",
    "Fault",
    "Journal",
    "Sandbox",
    "SandboxError",
    "Webhooks",
    "start",
]
