"""All tables of core as of the first release, and the triggers that maintain the booking tally."""

from peewee import PostgresqlDatabase

from core.migrate import run_sql

_COUNT = (
    "INSERT INTO booking_tally (service_id, status, n) VALUES ({row}.service_id, {row}.status, {by})"
    " ON CONFLICT (service_id, status) DO UPDATE SET n = booking_tally.n + {by}"
)
_UP = _COUNT.format(row="NEW", by="1")
_DOWN = _COUNT.format(row="OLD", by="-1")
# One row per status for all services together, so that a list's total does not grow with their number. Not on
# PostgreSQL: there every writer would wait for the one before it at that row.
_UP_ALL = _UP.replace("NEW.service_id", "0")
_DOWN_ALL = _DOWN.replace("OLD.service_id", "0")

SQLITE = [
    f"CREATE TRIGGER booking_tally_insert AFTER INSERT ON booking BEGIN {_UP}; {_UP_ALL}; END",
    f"CREATE TRIGGER booking_tally_delete AFTER DELETE ON booking BEGIN {_DOWN}; {_DOWN_ALL}; END",
    "CREATE TRIGGER booking_tally_update AFTER UPDATE OF service_id, status ON booking"
    " WHEN OLD.service_id <> NEW.service_id OR OLD.status <> NEW.status"
    f" BEGIN {_DOWN}; {_DOWN_ALL}; {_UP}; {_UP_ALL}; END",
]

POSTGRES = [
    f"""CREATE FUNCTION booking_tally_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.service_id = NEW.service_id AND OLD.status = NEW.status THEN RETURN NULL; END IF;
        IF TG_OP <> 'INSERT' THEN {_DOWN}; END IF;
        IF TG_OP <> 'DELETE' THEN {_UP}; END IF;
        RETURN NULL;
    END $$""",
    "CREATE TRIGGER booking_tally_keep AFTER INSERT OR UPDATE OR DELETE ON booking"
    " FOR EACH ROW EXECUTE FUNCTION booking_tally_keep()",
    # Numbers come from a sequence here: one locked row would make all writers wait for each other.
    "CREATE SEQUENCE frontdesk_id",
]


def up(migrator, db):
    run_sql(db, __file__)
    for statement in POSTGRES if isinstance(db, PostgresqlDatabase) else SQLITE:
        db.execute_sql(statement)
