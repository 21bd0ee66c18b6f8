"""Use case: build a workflow with webhooks: one receiver that gets each booking once and reacts to it.

Listens on this machine until it has seen one booking. The server must allow that: ``[webhooks] allow_private = true``
and ``[plugins.bookablesites] allow_http_webhooks = true``. A receiver on the internet needs neither, but https.
"""

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from client import Bookablesites


def main():
    api, seen, done = Bookablesites(), set(), threading.Event()
    for old in api.pages("webhooks"):
        # One webhook per event: take over what an earlier run has left.
        if old["event"] == "appointment.booked":
            api.call("DELETE", f"webhooks/{old['id']}")

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            ours = hmac.compare_digest(self.headers["Authorization"], hook["token"])
            self.send_response(204 if ours else 401)
            self.end_headers()
            delivery = self.headers["X-Bookablesites-Delivery"]
            if ours and delivery not in seen:
                # A delivery may come again when our answer was lost; its id stays the same.
                seen.add(delivery)
                print(
                    f"{body['customerFullName']} comes on {body['appointmentStartDateTime']} for {body['serviceName']}"
                )
                if not body["eventId"].startswith("evt_test"):
                    done.set()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = api.call(
        "POST",
        "webhooks",
        {"name": "Workflow", "event": "appointment.booked", "url": f"http://127.0.0.1:{server.server_port}/"},
    )
    print("test:", api.call("POST", f"webhooks/{hook['id']}/test", {})["status"])
    book_something(api)
    print("delivered" if done.wait(20) else "nothing came")
    api.call("DELETE", f"webhooks/{hook['id']}")
    server.shutdown()


def book_something(api):
    service = next(s for s in api.pages("services") if s["name"] == "Haircut")
    day, slots = next(iter(api.call("GET", "available-times", service=service["id"])["data"].items()))
    customer = {"first_name": "Workflow", "last_name": "Guest", "email": "workflow@example.org"}
    body = {"service": service["id"], "date": day, "time": slots[-1]["start"], "customer": customer}
    api.call("POST", "bookings", body)


if __name__ == "__main__":
    main()
