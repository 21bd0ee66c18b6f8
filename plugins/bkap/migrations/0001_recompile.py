"""Products and resources are compiled anew from the settings kept with them.

Before, a product's time rules closed its whole days, and a new field of plans or rules would have made every product
look like one that another dialect had changed. What really was changed by another dialect stays as it is.
"""

import hashlib
from dataclasses import replace

import msgspec
from peewee import PostgresqlDatabase

from core.services.row_mapping import decode_rules
from plugins.bkap.schemas import ResourceRow
from plugins.bkap.translate.calendars import resource_rules
from plugins.bkap.translate.schedule import compiled
from plugins.bkap.translate.settings import read_settings


def up(migrator, db):
    mark = "%s" if isinstance(db, PostgresqlDatabase) else "?"
    for number, plan, rules, text in _rows(db, "SELECT id, plan, rules, extras FROM service"):
        extras = msgspec.json.decode(text)
        own = extras.get("bkap", {})
        before = hashlib.blake2b(f"[{plan},{rules}]".encode(), digest_size=12).hexdigest()
        if "settings" not in own or own.get("compiled") != before:
            continue
        made = compiled(read_settings(own["settings"]))
        own["compiled"] = made["fingerprint"]
        db.execute_sql(
            f"UPDATE service SET plan = {mark}, rules = {mark}, extras = {mark} WHERE id = {mark}",
            (_json(made["plan"]), _json(made["rules"]), _json(extras), number),
        )
    for number, rules, text in _rows(db, "SELECT id, rules, extras FROM resource"):
        kept = msgspec.json.decode(text).get("bkap", {}).get("rows")
        if kept is None:
            continue
        made = resource_rules(msgspec.convert(kept, list[ResourceRow]))
        stored = decode_rules(rules)
        # All but the new word must be as it was compiled, else somebody else wrote this calendar.
        if len(stored) == len(made) and all(_same(*pair) for pair in zip(stored, made, strict=True)):
            db.execute_sql(f"UPDATE resource SET rules = {mark} WHERE id = {mark}", (_json(made), number))


def _rows(db, sql):
    return db.execute_sql(f"{sql} ORDER BY id").fetchall()


def _same(stored, made):
    return replace(stored, for_day_units=made.for_day_units) == made


def _json(value):
    return msgspec.json.encode(value).decode()
