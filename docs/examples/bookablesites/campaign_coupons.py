"""Use case: create and apply discount coupons during a campaign."""

import sys
from datetime import date, timedelta

from client import ApiError, Bookablesites


def main(code="SUMMER"):
    api = Bookablesites()
    service = next(api.pages("services"))
    ends = (date.today() + timedelta(days=30)).isoformat()
    terms = {"code": code, "discount_type": "percentage", "discount_value": 20, "expiration_date": ends}
    try:
        coupon = api.call("POST", "coupons", {**terms, "limit_per_user": 1, "services": [service["id"]]})
    except ApiError as error:
        if error.body["code"] != "duplicate":
            raise
        coupon = api.call("GET", "coupons", code=code)["data"][0]
    tried = api.call("POST", "coupons/validate", {"code": code, "service": service["id"], "persons": 1})
    print(f"{service['name']}: {tried['price']['subtotal']} with {code} is {tried['price']['total']}")
    # After the campaign the coupon goes; bookings that used it keep their price.
    api.call("DELETE", f"coupons/{coupon['id']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
