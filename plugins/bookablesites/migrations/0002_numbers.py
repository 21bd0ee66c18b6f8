"""No webhook, delivery or attempt takes the number of a deleted one, and no event one that a receiver has been told."""

import re

from core.migrate import never_reuse_ids
from core.sequences import reserve_row_ids

_NAME = re.compile(r"dlv_(\d+)_(\d+)")


def up(migrator, db):
    told = {"bookablesites_webhook": 0, "bookablesites_delivery": 0, "bookablesites_attempt": 0}
    events = [0]
    for name, webhook_id in db.execute_sql("SELECT name, webhook_id FROM bookablesites_delivery").fetchall():
        told["bookablesites_webhook"] = max(told["bookablesites_webhook"], webhook_id)
        numbers = _NAME.fullmatch(name)
        if numbers:
            events.append(int(numbers[1]))
    for webhook_id, delivery_id in db.execute_sql(
        "SELECT webhook_id, delivery_id FROM bookablesites_attempt"
    ).fetchall():
        told["bookablesites_webhook"] = max(told["bookablesites_webhook"], webhook_id)
        told["bookablesites_delivery"] = max(told["bookablesites_delivery"], delivery_id)
    events += [row[0] for row in db.execute_sql("SELECT after_event FROM bookablesites_webhook").fetchall()]
    never_reuse_ids(db, told)
    reserve_row_ids("event", max(events))
