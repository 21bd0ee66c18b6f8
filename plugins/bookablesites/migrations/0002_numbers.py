"""No webhook, delivery or attempt takes the id of a deleted one, and no event an id that a receiver knows."""

import re
from typing import Any

from frontdesk.database import never_reuse_ids, reserve_row_ids

_NAME = re.compile(r"dlv_(\d+)_(\d+)")


def up(migrator: Any, db: Any) -> None:
    largest = {"bookablesites_webhook": 0, "bookablesites_delivery": 0, "bookablesites_attempt": 0}
    events = [0]
    for name, webhook_id in db.execute_sql("SELECT name, webhook_id FROM bookablesites_delivery").fetchall():
        largest["bookablesites_webhook"] = max(largest["bookablesites_webhook"], webhook_id)
        match = _NAME.fullmatch(name)
        if match:
            events.append(int(match[1]))
    for webhook_id, delivery_id in db.execute_sql(
        "SELECT webhook_id, delivery_id FROM bookablesites_attempt"
    ).fetchall():
        largest["bookablesites_webhook"] = max(largest["bookablesites_webhook"], webhook_id)
        largest["bookablesites_delivery"] = max(largest["bookablesites_delivery"], delivery_id)
    events += [row[0] for row in db.execute_sql("SELECT after_event FROM bookablesites_webhook").fetchall()]
    never_reuse_ids(db, largest)
    reserve_row_ids("event", max(events))
