"""On SQLite, a version of everything that is set up: services, resources, keys, the site, settings.

Triggers give it a new random value with every change. So what has been read of these tables is right for as long as
the version is the same one, whatever is booked meanwhile; and a store that goes back to an earlier state, version
included, never has the version of another state. On PostgreSQL such a row would make writers wait for each other.
"""

from core.db import is_postgres

TABLES = (
    "category", "credential", "extra", "location", "person_type", "resource", "service", "service_category",
    "service_resource", "setting_version", "site_state", "variant",
)  # fmt: skip
_RENEW = "BEGIN UPDATE setup_version SET version = random(); END"


def up(migrator, db):
    if is_postgres():
        return
    db.execute_sql("CREATE TABLE setup_version (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)")
    db.execute_sql("INSERT INTO setup_version VALUES (1, random())")
    for table in TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            db.execute_sql(f"CREATE TRIGGER setup_version_{table}_{event.lower()} AFTER {event} ON {table} {_RENEW}")
