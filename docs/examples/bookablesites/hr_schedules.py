"""Use case: sync employee schedules from an internal HR tool: who works when, who is away, who is new."""

from datetime import date, timedelta

from client import Bookablesites

#: What the HR tool knows, by email.
HR = {
    "ola@salon.example": {
        "name": ("Ola", "Reyes"),
        "week": {day: [("08:00", "12:00"), ("13:00", "16:00")] for day in range(1, 6)},
        "away": [("Training", 40, 41)],
    },
    "kim@salon.example": {"name": ("Kim", "Park"), "week": {6: [("09:00", "14:00")]}, "away": []},
}


def main():
    api = Bookablesites()
    known = {employee["email"].lower(): employee for employee in api.pages("employees")}
    for email, person in HR.items():
        body = {
            "working_hours": [
                {"weekday": day, "periods": [{"start": start, "end": end} for start, end in periods]}
                for day, periods in person["week"].items()
            ],
            "days_off": [
                {
                    "name": name,
                    "start_date": (date.today() + timedelta(days=first)).isoformat(),
                    "end_date": (date.today() + timedelta(days=last)).isoformat(),
                }
                for name, first, last in person["away"]
            ],
        }
        if email in known:
            # Each list that is sent replaces the stored one; everything else stays.
            api.call("PATCH", f"employees/{known[email]['id']}", body)
            print(f"updated {email}")
        else:
            first, last = person["name"]
            api.call("POST", "employees", {"first_name": first, "last_name": last, "email": email, **body})
            print(f"added {email}")


if __name__ == "__main__":
    main()
