"""The few lines that all examples share: sign in, call, sign in again when the token has expired.

Set FRONTDESK_URL, BOOKABLESITES_CLIENT_ID and BOOKABLESITES_CLIENT_SECRET (``frontdesk keys create bookablesites``).
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request


class Bookablesites:
    """A client of ``/api/v1``; refusals are raised as ``ApiError``."""

    def __init__(self, url=None, client_id=None, client_secret=None):
        self.url = (url or os.environ.get("FRONTDESK_URL", "http://127.0.0.1:8000")).rstrip("/")
        self._pair = {
            "clientId": client_id or os.environ["BOOKABLESITES_CLIENT_ID"],
            "clientSecret": client_secret or os.environ["BOOKABLESITES_CLIENT_SECRET"],
        }
        self._token = None

    def call(self, method, path, body=None, **query):
        """One call; returns the decoded reply (text for CSV, None for an empty one)."""
        path = f"/api/v1/{path}"
        if query:
            path += "?" + urllib.parse.urlencode(query)
        self._token = self._token or self._sign_in()
        try:
            return self._send(method, path, body)
        except ApiError as error:
            # There is no refresh token: ask for a new one, once.
            if error.status != 401:
                raise
            self._token = self._sign_in()
            return self._send(method, path, body)

    def pages(self, path, **query):
        """Every entry of a list, page by page."""
        page = 1
        while True:
            reply = self.call("GET", path, page=page, limit=100, **query)
            yield from reply["data"]
            if page >= reply["pagination"]["pages"]:
                return
            page += 1

    def _sign_in(self):
        self._token = None
        return self._send("POST", "/auth/token", self._pair)["access_token"]

    def _send(self, method, path, body):
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                raw = reply.read()
                if "json" not in (reply.headers.get("Content-Type") or "json"):
                    return raw.decode()
                return json.loads(raw) if raw else None
        except urllib.error.HTTPError as error:
            with error:
                raise ApiError(error.code, json.loads(error.read() or b"{}")) from None


class ApiError(Exception):
    """A refusal: ``status`` and the decoded ``body``."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body.get('code')}: {body.get('message')} {body.get('errors', '')}")
        self.status = status
        self.body = body
