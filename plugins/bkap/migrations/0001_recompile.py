"""Recompile products and resources from the settings stored with them.

Before this migration, a product's time rules closed its whole days, and any new field of plans or rules made every
product look as if another dialect had changed it. What another dialect did change stays as it is.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from peewee import Database, PostgresqlDatabase

from frontdesk.schedule import CalendarRule, decode_rules
from plugins.bkap.schemas import ResourceRow
from plugins.bkap.translate.resources import to_calendar_rules
from plugins.bkap.translate.schedule import compiled
from plugins.bkap.translate.settings import read_settings


def up(migrator: object, db: Database) -> None:
    mark = "%s" if isinstance(db, PostgresqlDatabase) else "?"
    for service_id, plan, rules, extras_text in _rows(db, "SELECT id, plan, rules, extras FROM service"):
        extras = msgspec.json.decode(extras_text)
        own_extras = extras.get("bkap", {})
        fingerprint = hashlib.blake2b(f"[{plan},{rules}]".encode(), digest_size=12).hexdigest()
        if "settings" not in own_extras or own_extras.get("compiled") != fingerprint:
            continue
        calendar = compiled(read_settings(own_extras["settings"]))
        own_extras["compiled"] = calendar["fingerprint"]
        db.execute_sql(
            f"UPDATE service SET plan = {mark}, rules = {mark}, extras = {mark} WHERE id = {mark}",
            (_json(calendar["plan"]), _json(calendar["rules"]), _json(extras), service_id),
        )
    for resource_id, rules, extras_text in _rows(db, "SELECT id, rules, extras FROM resource"):
        rows = msgspec.json.decode(extras_text).get("bkap", {}).get("rows")
        if rows is None:
            continue
        compiled_rules = to_calendar_rules(msgspec.convert(rows, list[ResourceRow]))
        stored_rules = decode_rules(rules)
        # All fields but the new one must be as they were compiled, else another dialect wrote this calendar.
        if len(stored_rules) == len(compiled_rules) and all(map(_equals, stored_rules, compiled_rules)):
            db.execute_sql(
                f"UPDATE resource SET rules = {mark} WHERE id = {mark}", (_json(compiled_rules), resource_id)
            )


def _rows(db: Database, sql: str) -> Sequence[tuple[Any, ...]]:
    return db.execute_sql(f"{sql} ORDER BY id").fetchall()


def _equals(stored: CalendarRule, compiled_rule: CalendarRule) -> bool:
    return replace(stored, for_day_units=compiled_rule.for_day_units) == compiled_rule


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
