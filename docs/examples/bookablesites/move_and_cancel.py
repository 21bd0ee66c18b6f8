"""Use case: cancel or reschedule appointments from an external platform."""

from datetime import date, timedelta

from client import Bookablesites


def main():
    api = Bookablesites()
    ahead = api.pages(
        "appointments",
        status="approved,pending",
        start_date=date.today().isoformat(),
        sort_by="start_time",
        sort_order="asc",
    )
    appointment = next(ahead)
    id, was = appointment["id"], appointment["start_date_time"]
    last = date.fromisoformat(was[:10]) + timedelta(days=14)
    # The appointment itself does not block its new time.
    free = api.call(
        "GET",
        "available-times",
        service=appointment["service"]["id"],
        employee=appointment["employees"][0]["id"],
        start_date=was[:10],
        end_date=last.isoformat(),
        exclude_appointment=id,
    )
    times = [slot["start_date_time"] for slots in free["data"].values() for slot in slots]
    later = next(time for time in times if time > was)
    moved = api.call("POST", f"appointments/{id}/reschedule", {"start_date_time": later})
    print(f"{was} -> {moved['start_date_time']}")
    gone = api.call("POST", f"appointments/{id}/cancel", {"reason": "asked for by phone"})
    print(gone["status"])


if __name__ == "__main__":
    main()
