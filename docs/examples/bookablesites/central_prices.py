"""Use case: update services and prices centrally and push the changes to the booking system."""

from client import Bookablesites

#: The price list, by service name.
PRICES = {"Haircut": 48, "Colouring": 95}
NEW = {"duration": 5400, "category": "Hair", "buffer_time_after": 600}


def main():
    api = Bookablesites()
    known = {service["name"]: service for service in api.pages("services")}
    staff = [{"id": employee["id"]} for employee in api.pages("employees")]
    for name, price in PRICES.items():
        if name not in known:
            api.call("POST", "services", {"name": name, "price": price, "employees": staff, **NEW})
            print(f"{name}: new at {price}")
        elif known[name]["price"] != price:
            api.call("PATCH", f"services/{known[name]['id']}", {"price": price})
            print(f"{name}: {known[name]['price']} -> {price}")


if __name__ == "__main__":
    main()
