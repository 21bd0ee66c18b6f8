"""Fewer statements for each booking: ids and the queue of events are kept by triggers, keyed requests need no lease.

- On SQLite, a row with an id of the shared sequence raises that sequence.
- An event is written with the names of its consumers, and the trigger that queues it for each of them empties the list.
- A request with an idempotency key is one transaction, so nothing says any more that it is running.
"""

from core.db import is_postgres

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


def up(migrator, db):
    db.execute_sql("ALTER TABLE event ADD COLUMN consumers TEXT NOT NULL DEFAULT '[]'")
    for statement in POSTGRES if is_postgres() else SQLITE:
        db.execute_sql(statement)
    db.execute_sql("DELETE FROM idempotent_reply WHERE status = 0")
    for column in ("token", "lease_ends"):
        db.execute_sql(f"ALTER TABLE idempotent_reply DROP COLUMN {column}")
