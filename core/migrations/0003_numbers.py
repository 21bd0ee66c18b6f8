"""Ids are never reused: no table assigns one twice, and 0 means no service, never all.

A booking stores in its own column, no longer in its price, that another booking holds its capacity.
"""

import json

from core.db import is_postgres
from core.migrate import never_reuse_ids, run_sql

#: Tables that number their rows themselves.
TABLES = (
    "category",
    "location",
    "customer",
    "extra",
    "order_item",
    "claim",
    "event",
    "dispatch",
    "payment",
    "coupon",
    "coupon_use",
    "package",
    "package_purchase",
    "package_use",
    "gift_card",
    "gift_card_sold",
    "gift_card_use",
    "credential",
    "idempotent_reply",
)
#: kind -> (table, where its number is kept): what was deleted before today may still be named there.
REFERENCES = {
    "category": (("service_category", "category_id"), ("category", "parent_id")),
    "location": (("booking", "location_id"), ("resource", "location_id")),
    "customer": (
        ("booking", "customer_id"),
        ("booking_order", "customer_id"),
        ("payment", "customer_id"),
        ("coupon_use", "customer_id"),
        ("package_purchase", "customer_id"),
        ("gift_card_sold", "customer_id"),
    ),
    "service": (
        ("booking", "service_id"),
        ("order_item", "service_id"),
        ("package_use", "service_id"),
    ),
    "variant": (("booking", "variant_id"),),
    "resource": (("booking", "resource_id"),),
    "order": (("booking", "order_id"), ("payment", "order_id")),
    "order_item": (("booking", "order_item_id"),),
    "booking": (
        ("booking", "parent_id"),
        ("coupon_use", "booking_id"),
        ("package_use", "booking_id"),
        ("gift_card_use", "booking_id"),
    ),
    "coupon": (("coupon_use", "coupon_id"),),
    "package": (("package_purchase", "package_id"),),
    "package_purchase": (("package_use", "purchase_id"),),
    "gift_card": (("gift_card_sold", "gift_card_id"),),
    "gift_card_sold": (("gift_card_use", "sold_id"),),
    "event": (("dispatch", "event_id"),),
}
#: Lists of numbers kept as JSON: kind -> (table, column, how a number is found in an entry).
LISTS = {
    "person_type": (("booking", "person_counts", int),),
    "extra": (("booking", "extras_chosen", lambda entry: entry[0]),),
    "location": (("service", "locations", int),),
    "service": (
        ("coupon", "services", int),
        ("gift_card", "services", int),
        ("gift_card_sold", "services", int),
        ("package", "services", lambda entry: entry["service_id"]),
        ("package_purchase", "services", lambda entry: entry["service_id"]),
    ),
    "resource": (("gift_card", "resources", int), ("gift_card_sold", "resources", int)),
}

_COUNT = (
    "INSERT INTO {table} ({keys}status, n) VALUES ({values}{row}.status, {by})"
    " ON CONFLICT ({keys}status) DO UPDATE SET n = {table}.n + {by}"
)
_BY_SERVICE = {"table": "booking_tally", "keys": "service_id, "}
_UP = [
    _COUNT.format(**_BY_SERVICE, values="NEW.service_id, ", row="NEW", by="1"),
    _COUNT.format(table="booking_total", keys="", values="", row="NEW", by="1"),
]
_DOWN = [
    _COUNT.format(**_BY_SERVICE, values="OLD.service_id, ", row="OLD", by="-1"),
    _COUNT.format(table="booking_total", keys="", values="", row="OLD", by="-1"),
]
TALLY = [
    "DROP TRIGGER booking_tally_insert",
    "DROP TRIGGER booking_tally_delete",
    "DROP TRIGGER booking_tally_update",
    f"CREATE TRIGGER booking_tally_insert AFTER INSERT ON booking BEGIN {'; '.join(_UP)}; END",
    f"CREATE TRIGGER booking_tally_delete AFTER DELETE ON booking BEGIN {'; '.join(_DOWN)}; END",
    "CREATE TRIGGER booking_tally_update AFTER UPDATE OF service_id, status ON booking"
    " WHEN OLD.service_id <> NEW.service_id OR OLD.status <> NEW.status"
    f" BEGIN {'; '.join([*_DOWN, *_UP])}; END",
    "INSERT INTO booking_total (status, n) SELECT status, COUNT(*) FROM booking GROUP BY status",
    "DELETE FROM booking_tally WHERE service_id = 0",
    "INSERT INTO booking_tally (service_id, status, n)"
    " SELECT 0, status, COUNT(*) FROM booking WHERE service_id = 0 GROUP BY status",
]


def up(migrator, db):
    run_sql(db, __file__)
    if not is_postgres():
        for statement in TALLY:
            db.execute_sql(statement)
    _move_shared_places(db)
    gone = _gone(db)
    mark = "%s" if is_postgres() else "?"
    for kind, last_id in sorted(gone):
        db.execute_sql(f"INSERT INTO tombstone (kind, subject_id) VALUES ({mark}, {mark})", (kind, last_id))
    never_reuse_ids(db, {table: max(_told(db, table, gone), default=0) for table in TABLES})


def _move_shared_places(db):
    mark = "%s" if is_postgres() else "?"
    sharing = db.execute_sql(
        f"SELECT id, quote FROM booking WHERE quote LIKE {mark}", ('%"shared_places"%',)
    ).fetchall()
    for booking_id, text in sharing:
        quote = json.loads(text)
        if not quote.get("facts", {}).pop("shared_places", None):
            continue
        stored = json.dumps(quote, ensure_ascii=False, separators=(",", ":"))
        db.execute_sql(
            f"UPDATE booking SET shared_places = TRUE, quote = {mark} WHERE id = {mark}", (stored, booking_id)
        )


def _gone(db):
    """What is named somewhere and is not there any more."""
    gone = set()
    for kind, places in REFERENCES.items():
        table = "booking_order" if kind == "order" else kind
        for owner, column in places:
            gone |= {
                (kind, number)
                for (number,) in db.execute_sql(
                    f'SELECT DISTINCT o."{column}" FROM "{owner}" o LEFT JOIN "{table}" t ON t.id = o."{column}"'
                    f' WHERE o."{column}" > 0 AND t.id IS NULL'
                )
            }
    for kind, places in LISTS.items():
        living = {number for (number,) in db.execute_sql(f'SELECT id FROM "{kind}"')}
        for owner, column, number_of in places:
            for (text,) in db.execute_sql(
                f'SELECT DISTINCT "{column}" FROM "{owner}" WHERE "{column}" NOT IN (\'[]\', \'{{}}\')'
            ):
                gone |= {(kind, number) for number in map(number_of, json.loads(text)) if number not in living}
    return gone


def _told(db, table, gone):
    """Numbers of a table that were told to somebody, as far as the store remembers."""
    yield from (number for kind, number in gone if kind == table)
    mark = "%s" if is_postgres() else "?"
    sql = f"SELECT COALESCE(MAX(subject_id), 0) FROM event WHERE subject_kind = {mark}"
    yield db.execute_sql(sql, (table,)).fetchone()[0]
    if table == "location":
        for (kind,) in db.execute_sql(
            "SELECT DISTINCT subject_kind FROM claim WHERE SUBSTR(subject_kind, 1, 8) = 'service@'"
        ):
            yield int(kind.partition("@")[2])
    if table in ("customer", "location"):
        for (text,) in db.execute_sql("SELECT data FROM event WHERE subject_kind = 'booking'"):
            yield json.loads(text).get("booking", {}).get(f"{table}_id", 0)
