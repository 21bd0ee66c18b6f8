"""``/customers`` (fact sheet, section 6.2)."""

from typing import Any, ClassVar, Literal

from core.db import writing
from core.domain.records import Customer
from core.http.openapi import operation
from core.services import bookings, catalog
from core.services.repository import customers as table
from core.wordpress import php, sanitize
from plugins.bookingpress.errors import NOTICE, WENT_WRONG, Refused, notice
from plugins.bookingpress.resources.base import Listing, Params, Things, simple_page, words
from plugins.bookingpress.schemas import Customer as CustomerRecord
from plugins.bookingpress.translate.bookings import HIDDEN
from plugins.bookingpress.translate.catalog import SHOWN, own, to_customer, with_own
from plugins.bookingpress.translate.values import NAME

_KEPT = {
    "customer_phone_country": "phone_country",
    "customer_phone_dial_code": "dial_code",
    "avatar_name": "avatar_name",
    "avatar_url": "avatar_url",
}
#: What a PUT or POST clears when it is absent (the vendor overwrites these).
_CLEARED = ("phone_country", "dial_code")
_BODY = {
    **dict.fromkeys(("firstname", "lastname", "email", "phone", "note", "username", *_KEPT), str),
    "wp_user": int | Literal["add_new"],
}


class Customers(Things):
    group = "customers"
    shown_names = SHOWN["customers"]
    sorts: ClassVar = {
        "id": "id",
        "customer_id": "id",
        "customer_firstname": "first_name",
        "customer_lastname": "last_name",
        "customer_email": "email",
        "customer_created": "created_at",
    }

    @operation(query={"email": str}, reply=[CustomerRecord])
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        where = words(listing.search, ("first_name", "last_name", "email"))
        if email := listing.params.text("email"):
            where.append(("email", "=", email))
        found, total = simple_page(table, listing, where)
        return self._records(found, single=False), total

    @operation(reply=CustomerRecord)
    def one(self, id: int) -> tuple[Any, int]:
        customer = table.get(id)
        return self._records([customer], single=True)[0], customer.version

    def _records(self, found: list[Customer], *, single: bool) -> list[Any]:
        booked = bookings.summaries_by_customer((customer.id for customer in found), excluded_statuses=HIDDEN)
        records = []
        for index, customer in enumerate(found, 1):
            count, last = booked.get(customer.id, (0, None))
            created = customer.created_at.astimezone(self.shop.zone)
            records.append(to_customer(customer, index, bookings=count, last=last, created=created, single=single))
        return records

    @operation(body=_BODY, reply=NOTICE)
    def create(self, given: Params) -> Any:
        made = create_customer(given, now=self.shop.now)
        return notice("Customer has been added succsssfully.", customer_id=made.id, wpuser_id=own(made)["wpuser_id"])

    @operation(body=_BODY, reply=NOTICE)
    def update(self, id: int, given: Params, *, gentle: bool) -> Any:
        before = table.get_many([id]).get(id)
        if before is None:
            raise Refused(msg=WENT_WRONG, status=404, more={"customer_id": "", "wpuser_id": ""})
        too_long(given, ("firstname", "Firstname"), ("lastname", "Lastname"), ("email", "Email address"))
        kept = dict(own(before))
        for name, inside in _KEPT.items():
            if name in given or (inside in _CLEARED and not gentle):
                kept[inside] = given.text(name, longest=2000)
        kept["wpuser_id"] = _login(given, kept.get("wpuser_id", 0), before.id, read_email(given))
        values: dict[str, Any] = {
            "first_name": given.text("firstname") or before.first_name,
            "last_name": given.text("lastname") or before.last_name,
            "email": read_email(given) or before.email,
        }
        if not gentle or "phone" in given:
            values["phone"] = read_phone(given, kept.get("dial_code", ""))
        if not gentle or "note" in given:
            values["note"] = given.html("note")
        if not gentle or "username" in given:
            values["username"] = given.text("username", longest=255) or values["first_name"] or values["email"]
        table.update(id, now=self.shop.now, extras=with_own(before, **kept), **values)
        return notice("Customer has been updated succsssfully.", customer_id=id, wpuser_id=kept["wpuser_id"])

    def delete(self, id: int, expected_version: int | None) -> Any:
        if not table.get_many([id]):
            raise Refused(msg="Customer has been deleted successfully.", status=404)
        with writing():
            while found := bookings.page([("customer_id", "=", id)], limit=100, count=False).items:
                for booking in found:
                    bookings.delete(booking.id, now=self.shop.now, origin=NAME)
            catalog.delete_customer(id, now=self.shop.now)
        return notice("Customer has been deleted successfully.", customer_id=id)


def create_customer(given: Params, *, now: Any, id: int | None = None) -> Customer:
    """Store a customer; everything empty is refused."""
    too_long(given, ("firstname", "Firstname"), ("lastname", "Lastname"), ("email", "Email address"))
    first, last, email = given.text("firstname"), given.text("lastname"), read_email(given)
    kept: dict[str, Any] = {inside: given.text(name, longest=2000) for name, inside in _KEPT.items()}
    phone = read_phone(given, kept["dial_code"])
    if not (first or last or email or phone or given.text("username")):
        raise Refused(msg=WENT_WRONG)
    kept["wpuser_id"] = _login(given, 0, 0, email)
    made = table.create(
        now=now,
        id=id,
        first_name=first,
        last_name=last,
        email=email,
        phone=phone,
        note=given.html("note"),
        username=given.text("username", longest=255) or first or email,
        origin=NAME,
        extras={NAME: kept},
    )
    if kept["wpuser_id"] < 0:
        made = table.update(made.id, now=now, extras=with_own(made, wpuser_id=made.id))
    return made


def _login(given: Params, old: int, id: int, email: str) -> int:
    """The site login of a customer; -1 asks for one under the customer's own number, which is not known yet.

    Raises:
        Refused: ``add_new`` with an address that has a login already.
    """
    wanted = given.text("wp_user")
    if wanted != "add_new":
        return given.id("wp_user") or old
    if email:
        same = table.list_all([("email", "=", email)])
        if any(own(one).get("wpuser_id") and one.id != id for one in same):
            raise Refused(msg="Email address is already exists", status=409)
    return old or id or -1


def too_long(given: Params, *fields: tuple[str, str]) -> None:
    """Refuse names and addresses over 255 bytes with the vendor's words."""
    for name, words_ in fields:
        if php.strlen(given.text(name)) > 255:
            raise Refused(msg=f"{words_} is too long...")


def read_email(given: Params, name: str = "email") -> str:
    """An address, cleaned as the platform does it; what is none is empty."""
    return sanitize.email(given.raw(name))


def read_phone(given: Params, dial_code: str, name: str = "phone") -> str:
    """A number without the dial code in front, where one is given apart."""
    text = given.text(name)
    if dial_code and text.startswith(f"+{dial_code}"):
        text = text.removeprefix(f"+{dial_code}").strip()
    return text[:63]
