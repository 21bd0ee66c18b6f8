"""Use case: pull booking data for custom reports or dashboards."""

import csv
import io
from datetime import date, timedelta

from client import Bookablesites


def main():
    api = Bookablesites()
    span = {
        "start_date": (date.today() - timedelta(days=30)).isoformat(),
        "end_date": (date.today() + timedelta(days=60)).isoformat(),
    }
    summary = api.call("GET", "reports/summary", **span)
    print(f"{summary['bookings']} bookings, {summary['revenue']} revenue, {summary['by_status']['canceled']} canceled")
    text = api.call("GET", "reports/bookings", group_by="service", format="csv", **span)
    for row in csv.DictReader(io.StringIO(text)):
        print(f"{row['label']}: {row['bookings']} bookings, {row['revenue']}")


if __name__ == "__main__":
    main()
