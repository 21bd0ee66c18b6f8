"""The console's month: what the calendar of a signed-in operator asks for."""

import re
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from bench.requests import Row, raw

NAME, PASSWORD = "bench", "a long password of the bench"
#: Six weeks around April, as a month is shown.
_MONTH = "/desk/calendar/entries?start=2026-03-30T00:00:00&end=2026-05-11T00:00:00"


def add_operator(now: datetime) -> None:
    """The operator who signs in, in the open store."""
    from core.services import operators

    operators.add(NAME, PASSWORD, "viewer", now=now.astimezone(UTC))


def rows(port: int) -> list[Row]:
    """The month; signs in first, which costs a password hash."""
    return [Row("month of the calendar", "console", (12, 12), [raw("GET", _MONTH, _sign_in(port))], count=20)]


def _sign_in(port: int) -> dict[str, str]:
    """The headers of a browser that is signed in."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/desk/sign-in", headers={"Accept": "text/html"})
        answer = connection.getresponse()
        cookies = _cookies(answer.getheader("Set-Cookie", ""))
        token = re.search(r'name="form_token" value="([^"]+)"', answer.read().decode())
        assert token is not None, "the sign-in page has no form token"
        form = urlencode({"form_token": token[1], "name": NAME, "password": PASSWORD})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html", "Cookie": cookies}
        connection.request("POST", "/desk/sign-in", body=form, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 303, f"the console lets nobody in: {answer.status}"
        texts = answer.headers.get_all("Set-Cookie", [])
        return {"Cookie": next(_cookies(text) for text in texts if text.startswith("frontdesk_session="))}
    finally:
        connection.close()


def _cookies(text: str) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in SimpleCookie(text).items())
