"""Use case: display available slots on a website or in an app, and book one of them."""

from datetime import date, timedelta
from html import escape

from client import Bookablesites


def main():
    api = Bookablesites()
    service = next(s for s in api.pages("services") if s["name"] == "Haircut")
    start = date.today() + timedelta(days=7)
    found = api.call(
        "GET",
        "available-times",
        service=service["id"],
        calendar_start_date=start.isoformat(),
        calendar_end_date=(start + timedelta(days=6)).isoformat(),
    )
    for day, slots in found["data"].items():
        times = "".join(f"<li>{escape(slot['start'])}</li>" for slot in slots)
        print(f"<h3>{escape(day)}</h3><ul>{times}</ul>")
    day, slots = next(iter(found["data"].items()))
    booked = api.call(
        "POST",
        "bookings",
        {
            "service": service["id"],
            "date": day,
            "time": slots[0]["start"],
            "customer": {"first_name": "Web", "last_name": "Visitor", "email": "visitor@example.org"},
        },
    )
    print(f"booked {booked['id']} for {booked['price']['total']} {booked['price']['currency']}")


if __name__ == "__main__":
    main()
