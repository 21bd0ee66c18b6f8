"""What every page of the console needs: the host's parts, addresses below the console's prefix, and signatures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from itsdangerous import BadData, URLSafeTimedSerializer

from core.config import Config
from core.domain.zones import zone
from core.plugins import Manager
from core.services.signing_keys import signing_keys

#: Seconds until another process's new signing key is read.
KEYS_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Console:
    """The host as the console sees it. ``readiness()`` is the complete answer of ``/readyz``."""

    config: Config
    manager: Manager
    clock: Callable[[], datetime]
    readiness: Callable[[], dict[str, Any]]
    signer: "Signer" = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "signer", Signer(self.clock))

    @property
    def base(self) -> str:
        """The path of the site's URL, "" without one."""
        return urlsplit(self.config.site.url).path.rstrip("/")

    @property
    def prefix(self) -> str:
        """The prefix of the console's routes."""
        return self.config.console.path

    @property
    def dialects(self) -> list[str]:
        """The names of the dialects, in the order of their plugins."""
        return [dialect.name for _, dialect in self.manager.dialects]

    @property
    def zone(self) -> ZoneInfo:
        """The site's zone."""
        return zone(self.config.site.timezone)  # type: ignore[return-value]

    def url(self, *parts: object, **query: object) -> str:
        """The address of a page: ``url("bookings", 5)``. Empty and None query parameters are left out."""
        path = "/".join(quote(str(part), safe="/") for part in parts if part != "")
        pairs = [(name, str(value)) for name, value in query.items() if value not in (None, "")]
        return f"{self.base}{self.prefix}" + (f"/{path}" if path else "") + (f"?{urlencode(pairs)}" if pairs else "")


class Signer:
    """Signs short texts, one salt per purpose, with the secrets of this installation."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._keys: list[str] = []
        self._keys_until = 0.0

    def sign(self, purpose: str, value: Any) -> str:
        """A text that only this installation can have made."""
        return str(self._serializer(purpose).dumps(value))

    def read(self, purpose: str, text: str, *, max_age: int | None = None) -> Any:
        """What was signed for this purpose; None when the text was not, or is older than ``max_age`` seconds."""
        if not text or len(text) > 4096:
            return None
        try:
            return self._serializer(purpose).loads(text, max_age=max_age)
        except BadData:
            return None

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        if monotonic() >= self._keys_until:
            self._keys = signing_keys(now=self._clock())
            self._keys_until = monotonic() + KEYS_SECONDS
        return URLSafeTimedSerializer(self._keys, salt=f"frontdesk.console.{purpose}")
