"""Services, resources, locations, bookings and orders say where they stand in core's own words.

An order status without a word in core stays under ``status`` in the extras of the dialect that made the order, which
shows it as before. Events that wait for a consumer use the new words too.
"""

from typing import Any

import msgspec

from core.db import is_postgres

_ROWS = 5_000

_CATALOG = {
    "publish": "active",
    "active": "active",
    "hidden": "hidden",
    "private": "internal",
    "pending": "in_review",
    "draft": "draft",
    "inactive": "draft",
    "trash": "deleted",
    "trashed": "deleted",
}
_ORDER = {
    "checkout-draft": "draft",
    "pending": "pending",
    "on-hold": "awaiting_payment",
    "processing": "paid",
    "completed": "completed",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "failed": "failed",
    "trash": "deleted",
}


def up(migrator: Any, db: Any) -> None:
    for table in ("service", "resource", "location"):
        _rename(db, table, _CATALOG, "draft")
    db.execute_sql("UPDATE booking SET status = 'deleted' WHERE status = 'trashed'")
    for table in ("booking_tally", "booking_total"):
        db.execute_sql(f"DELETE FROM {table} WHERE status = 'trashed'")
    mark = _mark()
    names = ", ".join([mark] * len(_ORDER))
    for id, status, origin, extras_text in db.execute_sql(
        f"SELECT id, status, origin, extras FROM booking_order WHERE status NOT IN ({names})", tuple(_ORDER)
    ).fetchall():
        extras = msgspec.json.decode(extras_text)
        extras[origin] = {**extras.get(origin, {}), "status": status}
        db.execute_sql(
            f"UPDATE booking_order SET status = 'pending', extras = {mark} WHERE id = {mark}", (_json(extras), id)
        )
    _rename(db, "booking_order", _ORDER, "pending")
    _convert_events(db)


def _rename(db: Any, table: str, words: dict[str, str], other: str) -> None:
    """Give every row the new word of its status, and ``other`` where there is none."""
    mark = _mark()
    cases = " ".join(f"WHEN {mark} THEN {mark}" for _ in words)
    pairs = [word for pair in words.items() for word in pair]
    db.execute_sql(f"UPDATE {table} SET status = CASE status {cases} ELSE {mark} END", (*pairs, other))


def _convert_events(db: Any) -> None:
    mark, last = _mark(), -1
    while rows := db.execute_sql(
        f"SELECT id, kind, data FROM event WHERE id > {mark}"
        f" AND (kind = 'order.status_changed' OR (subject_kind = 'booking' AND data LIKE {mark}))"
        f" ORDER BY id LIMIT {_ROWS}",
        (last, "%trashed%"),
    ).fetchall():
        for id, kind, data_text in rows:
            data = msgspec.json.decode(data_text)
            if kind == "order.status_changed":
                previous = data.pop("was", "")
                data["previous_status"] = _ORDER.get(previous, "pending")
                data["status"] = _ORDER.get(data.get("status", ""), "pending")
            for part in ("booking", "previous"):
                if data.get(part, {}).get("status") == "trashed":
                    data[part]["status"] = "deleted"
            db.execute_sql(f"UPDATE event SET data = {mark} WHERE id = {mark}", (_json(data), id))
        last = rows[-1][0]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _mark() -> str:
    return "%s" if is_postgres() else "?"
