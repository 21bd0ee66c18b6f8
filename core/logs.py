"""JSON logs on standard error, one object per line.

The access log contains the path template, never the path, and a key by its id; ids of records, names and secrets stay
out of it. The caller's address is the only personal data and can be switched off.
"""

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor

#: The id of the request this thread is answering.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_encode = msgspec.json.Encoder(enc_hook=repr).encode


def _add_request_id(_logger: Any, _method: str, event: EventDict) -> EventDict:
    current_id = request_id.get()
    if current_id:
        event["request_id"] = current_id
    return event


def _render(_logger: Any, _method: str, event: EventDict) -> str:
    return _encode(event).decode()


_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    _add_request_id,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

#: Loggers for the rest of core and for plugins.
get_logger = structlog.stdlib.get_logger


def configure(level: str = "info") -> None:
    """Log all records of the process as JSON; the server calls it, tests and libraries do not.

    Args:
        level: The lowest level that is logged: "debug", "info", "warning" or "error".
    """
    root = logging.getLogger()
    root.setLevel(level.upper())
    if any(getattr(handler, "is_frontdesk", False) for handler in root.handlers):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.is_frontdesk = True  # type: ignore[attr-defined]  # marks our handler
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    root.addHandler(handler)


class AccessLog:
    """One line per request. Written directly, because it is on the path of every request.

    Args:
        clients: Whether lines contain the caller's address.
    """

    def __init__(self, enabled: bool, *, clients: bool = True) -> None:
        self._write = sys.stderr.buffer.write if enabled and hasattr(sys.stderr, "buffer") else None
        self._clients = clients

    def write_line(self, *, client: str, status: int, **fields: Any) -> None:
        """Write the line of one request."""
        if self._write is None:
            return
        line = {
            "event": "request",
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "level": "error" if status >= 500 else "info",
            "logger": "frontdesk.access",
            "status": status,
            **fields,
        }
        if self._clients:
            line["client"] = client
        self._write(_encode(line) + b"\n")
        sys.stderr.buffer.flush()
