"""What can go wrong, whichever vendor it is, and one way to try again."""

from collections.abc import Callable
from time import sleep as real_sleep

import requests


class VendorError(Exception):
    """The vendor refused in a way that the client does not know."""


class Full(VendorError):
    """Somebody else was quicker."""


class KeyRefused(VendorError):
    """The key is unknown, expired or may not do this."""


class Unreachable(VendorError):
    """No usable answer came, also after trying again."""


def with_retries(
    call: Callable[[], requests.Response], *, attempts: int = 3, sleep: Callable[[float], None] = real_sleep
) -> requests.Response:
    """The answer of a call; one that is refused for now, or is lost, is made again.

    Raises:
        Unreachable: It was lost or refused every time.
    """
    reason = ""
    for attempt in range(attempts):
        try:
            reply = call()
        except requests.RequestException as error:
            reason = type(error).__name__
            continue
        if reply.status_code != 429 and reply.status_code < 500:
            return reply
        reason = str(reply.status_code)
        if attempt + 1 < attempts:
            sleep(float(reply.headers.get("Retry-After", 0)))
    raise Unreachable(reason)
