"""Stored plans get the fields that the engine reads now: grids by dates, whole months, separate buffers of neighbours.

Only plans that check intervals by the strongest rule change; all others mean the same as before.
"""

from peewee import PostgresqlDatabase

_CHANGES = [
    (
        {"rule_grids": "{true}", "seam_minutes": "1", "overhang_minutes": "CASE {unit} WHEN 'hour' THEN 1 ELSE 0 END"},
        "{unit} IN ('hour', 'minute')",
    ),
    ({"check": "'whole'"}, "{unit} = 'month' AND {check} = 'first_day'"),
    ({"pauses": "'booking_apart'"}, "{pauses} = 'booking'"),
]
_READ = ("coverage", "unit", "check", "pauses")


def up(migrator, db):
    postgres = isinstance(db, PostgresqlDatabase)
    read = "plan::jsonb ->> '{}'" if postgres else "json_extract(plan, '$.{}')"
    words = {name: read.format(name) for name in _READ} | {"true": "true" if postgres else "json('true')"}
    for values, condition in _CHANGES:
        path = "'{}'" if postgres else "'$.{}'"
        pairs = ", ".join(f"{path.format(name)}, {value}" for name, value in values.items())
        plan = f"(plan::jsonb || jsonb_build_object({pairs}))::text" if postgres else f"json_set(plan, {pairs})"
        sql = f"UPDATE service SET plan = {plan} WHERE {{coverage}} <> 'painted' AND {condition}"
        db.execute_sql(sql.format(**words))
