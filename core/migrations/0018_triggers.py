"""Fewer statements for each booking: ids and the queue of events are kept by triggers, keyed requests need no lease.

- On SQLite, a row with an id of the shared sequence raises that sequence.
- An event is written with the names of its consumers, and the trigger that queues it for each of them empties the list.
- A request with an idempotency key is one transaction, so nothing says any more that it is running.

And a count of sessions beside the count of bookings: how many sessions of a service have bookings in exactly these
statuses, each status one bit.
"""

from core.db import is_postgres
from core.migrate import run_sql

#: The tables that share the sequence.
NUMBERED = ("service", "variant", "person_type", "resource", "booking_order", "booking")

_RAISE = (
    "INSERT INTO id_sequence (id, last) VALUES (1, NEW.id)"
    " ON CONFLICT (id) DO UPDATE SET last = max(last, excluded.last)"
)
_QUEUE = (
    "INSERT INTO dispatch (event_id, consumer, attempts, not_before, leased_until, leased_by)"
    " SELECT NEW.id, {name}, 0, 0, 0, '' FROM {names}"
)
SQLITE = [
    *(f'CREATE TRIGGER "{table}_sequence" AFTER INSERT ON "{table}" BEGIN {_RAISE}; END' for table in NUMBERED),
    "CREATE TRIGGER event_queue AFTER INSERT ON event WHEN NEW.consumers <> '[]' BEGIN"
    f" {_QUEUE.format(name='value', names='json_each(NEW.consumers)')};"
    " UPDATE event SET consumers = '[]' WHERE id = NEW.id; END",
]
POSTGRES = [
    f"""CREATE FUNCTION event_queue() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {_QUEUE.format(name="name", names="json_array_elements_text(NEW.consumers::json) AS name")};
        NEW.consumers := '[]';
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER event_queue BEFORE INSERT ON event FOR EACH ROW WHEN (NEW.consumers <> '[]')"
    " EXECUTE FUNCTION event_queue()",
]

#: One bit for each status of a booking, from the lowest.
STATUSES = (
    "hold", "released", "draft", "unpaid", "pending", "confirmed", "paid", "completed", "done", "cancelled",
    "rejected", "no_show", "deleted",
)  # fmt: skip
_CASES = " ".join(f"WHEN '{word}' THEN {1 << place}" for place, word in enumerate(STATUSES))
_BIT = f"CASE {{0}} {_CASES} ELSE 0 END"
# Every other status of the row's session, as bits; NULL where it has no other booking.
_OTHERS = (
    f"(SELECT SUM(DISTINCT {_BIT.format('o.status')}) FROM booking AS o"
    " WHERE o.session_id = {row}.session_id AND o.service_id = {row}.service_id AND o.id <> {row}.id)"
)
_COUNT_SESSIONS = (
    "INSERT INTO session_tally (service_id, statuses, n) SELECT {row}.service_id, s.bits, {by}"
    " FROM (SELECT {bits} AS bits) AS s WHERE s.bits IS NOT NULL"
    " ON CONFLICT (service_id, statuses) DO UPDATE SET n = session_tally.n + excluded.n"
)


def _counting(row, sign):
    """Statements that add a row to its session (``sign`` 1), or take it away again (-1)."""
    others = _OTHERS.format(row=row)
    together = f"(COALESCE({others}, 0) | {_BIT.format(f'{row}.status')})"
    parts = ((others, -sign), (together, sign))
    return "; ".join(_COUNT_SESSIONS.format(row=row, bits=bits, by=by) for bits, by in parts)


_TAKE_AWAY, _ADD = _counting("OLD", -1), _counting("NEW", 1)
# The usual booking begins a session; nobody else is in it.
_BEGIN = _COUNT_SESSIONS.format(row="NEW", bits=_BIT.format("NEW.status"), by=1)
_CHANGED = "OLD.service_id <> NEW.service_id OR OLD.session_id <> NEW.session_id OR OLD.status <> NEW.status"
_INSERT = "AFTER INSERT ON booking WHEN NEW.session_id"
_UPDATE = f"UPDATE OF service_id, session_id, status ON booking WHEN {_CHANGED}"
SQLITE += [
    f"CREATE TRIGGER session_tally_begin {_INSERT} = NEW.id BEGIN {_BEGIN}; END",
    f"CREATE TRIGGER session_tally_join {_INSERT} <> NEW.id BEGIN {_ADD}; END",
    f"CREATE TRIGGER session_tally_delete AFTER DELETE ON booking BEGIN {_TAKE_AWAY}; END",
    f"CREATE TRIGGER session_tally_take_away BEFORE {_UPDATE} BEGIN {_TAKE_AWAY}; END",
    f"CREATE TRIGGER session_tally_add AFTER {_UPDATE} BEGIN {_ADD}; END",
]
# BEFORE, because only there a change of several rows shows those that were changed before this one. Two transactions
# that change bookings of one session would not see each other's, so they take turns.
_LOCK = (
    "INSERT INTO subject_lock (key) VALUES (MOD({row}.session_id, 65536))"
    " ON CONFLICT (key) DO UPDATE SET key = excluded.key"
)
POSTGRES += [
    f"""CREATE FUNCTION session_tally_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND NOT ({_CHANGED}) THEN RETURN NEW; END IF;
        IF TG_OP <> 'INSERT' THEN
            {_LOCK.format(row="OLD")};
            {_TAKE_AWAY};
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF TG_OP = 'INSERT' AND NEW.session_id = NEW.id THEN
            {_BEGIN};
        ELSE
            {_LOCK.format(row="NEW")};
            {_ADD};
        END IF;
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER session_tally_keep BEFORE INSERT OR UPDATE OR DELETE ON booking"
    " FOR EACH ROW EXECUTE FUNCTION session_tally_keep()",
]
FILL = (
    "INSERT INTO session_tally (service_id, statuses, n) SELECT service_id, bits, COUNT(*) FROM"
    f" (SELECT service_id, SUM(DISTINCT {_BIT.format('status')}) AS bits FROM booking GROUP BY session_id, service_id)"
    " AS sessions GROUP BY service_id, bits"
)


def up(migrator, db):
    run_sql(db, __file__)
    db.execute_sql("ALTER TABLE event ADD COLUMN consumers TEXT NOT NULL DEFAULT '[]'")
    for statement in POSTGRES if is_postgres() else SQLITE:
        db.execute_sql(statement)
    db.execute_sql("DELETE FROM idempotent_reply WHERE status = 0")
    for column in ("token", "lease_ends"):
        db.execute_sql(f"ALTER TABLE idempotent_reply DROP COLUMN {column}")
    db.execute_sql(FILL)
