"""Use case: add new customers to your CRM when they book.

Reads what happened since the last run from the trigger list, so nothing is missed while this script does not run. The
"CRM" is a JSON file; put your own system's call where it is written.
"""

import json
import sys
from pathlib import Path

from client import Bookablesites


def main(folder="."):
    api, crm = Bookablesites(), Path(folder) / "crm.json"
    state = json.loads(crm.read_text()) if crm.exists() else {"after": "0", "people": {}}
    news = api.call("GET", "triggers/customer.created", after=state["after"], limit=100)["data"]
    for event in reversed(news):
        state["people"][event["customerEmail"]] = {
            "name": event["customerFullName"],
            "phone": event["customerPhone"],
        }
        state["after"] = event["eventId"]
    crm.write_text(json.dumps(state, indent=2))
    print(f"{len(news)} new, {len(state['people'])} known")


if __name__ == "__main__":
    main(*sys.argv[1:])
