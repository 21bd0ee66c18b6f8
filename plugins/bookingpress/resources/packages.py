"""``/packages`` (fact sheet, section 6.9)."""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from core.domain.records import Package
from core.errors import Invalid
from core.http.openapi import operation
from core.services import balances, catalog
from core.services.repository import package_purchases, services
from core.services.repository import packages as table
from plugins.bookingpress.errors import NOTICE, WENT_WRONG, Refused, notice
from plugins.bookingpress.resources.base import Listing, Params, Things, simple_page, words
from plugins.bookingpress.schemas import Package as PackageRecord
from plugins.bookingpress.translate.catalog import own, with_own
from plugins.bookingpress.translate.money import to_package
from plugins.bookingpress.translate.values import NAME

IN_USE = (
    " I am sorry! This package can not be deleted because it has one or more appointments left in a purchased package."
)
_BODY = {
    **dict.fromkeys(("package_name", "package_description"), str),
    "package_price": Decimal,
    **dict.fromkeys(("package_duration_val", "package_purchase_limit", "package_position"), int),
    "package_duration_unit": Literal["d", "m", "y"],
    "package_images": list,
    "package_services": [{"service_id": int, "bookingpress_no_of_appointments": int}],
    "package_status": bool,
}


class Packages(Things):
    group = "package"
    sorts: ClassVar = {
        "id": "id",
        "package_id": "id",
        "package_name": "name",
        "package_price": "price",
        "package_position": "position",
    }

    @operation(reply=[PackageRecord])
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        found, total = simple_page(table, listing, words(listing.search, ("name",)))
        return self._records(found), total

    @operation(reply=PackageRecord)
    def one(self, id: int) -> tuple[Any, int]:
        package = table.get(id)
        return self._records([package])[0], package.version

    def _records(self, found: list[Package]) -> list[Any]:
        known = services.get_many(item["service_id"] for package in found for item in package.services)
        prices = {number: service.price for number, service in known.items()}
        settings = self.shop.settings
        return [to_package(package, prices=prices, settings=settings, symbol=self.shop.symbol) for package in found]

    @operation(body=_BODY, reply=NOTICE)
    def create(self, given: Params) -> Any:
        return notice("Package has been added successfully.", package_id=create_package(given, now=self.shop.now))

    @operation(body=_BODY, reply=NOTICE)
    def update(self, id: int, given: Params, *, gentle: bool) -> Any:
        before = table.get_many([id]).get(id)
        if before is None:
            raise Refused(msg=WENT_WRONG, status=404)
        values = read_package(given, before if gentle else None, keep=before)
        images = given.decoded("package_images") if "package_images" in given else own(before).get("images")
        table.update(id, now=self.shop.now, extras=with_own(before, images=images or []), **values)
        return notice("Package has been updated successfully.", package_id=id)

    def delete(self, id: int, expected_version: int | None) -> Any:
        if not table.get_many([id]):
            raise Refused(msg="Package not found.", status=404)
        today = self.shop.today.isoformat()
        for purchase in package_purchases.list_all([("package_id", "=", id)]):
            if purchase.expires_on and purchase.expires_on < today:
                continue
            if any((balances.package_remaining(purchase, item["service_id"]) or 0) > 0 for item in purchase.services):
                raise Refused(msg=IN_USE, variant="warning")
        catalog.delete_record(table, id, now=self.shop.now, origin=NAME)
        return notice("Package has been deleted successfully.", package_id=id)


def create_package(given: Params, *, now: Any, id: int | None = None) -> int:
    last = table.page(order=(("position", "desc"),), limit=1, count=False).items
    values = read_package(given, None, keep=None)
    position = given.whole("package_position") if "package_position" in given else (last[0].position + 1 if last else 0)
    return table.create(
        now=now,
        id=id,
        position=position,
        origin=NAME,
        extras={NAME: {"images": given.decoded("package_images") or []}},
        **values,
    ).id


def read_package(given: Params, old: Package | None, *, keep: Package | None) -> dict[str, Any]:
    """The values of a package.

    Args:
        old: Where absent fields come from (PATCH); None takes the defaults.
        keep: The stored package of an update: its services stay when none are sent.
    """
    name = given.text("package_name", longest=255) if old is None or "package_name" in given else old.name
    if not name:
        raise Invalid(field="package_name", reason="missing")
    price = given.amount("package_price", default=old.price if old else 0)
    if price < 0:
        raise Invalid(field="package_price", reason="range", value=str(price))
    length = given.whole("package_duration_val", default=old.valid_for if old else 1)
    unit = given.text("package_duration_unit") or (old.valid_unit if old else "m")
    if not 1 <= length <= 10_000 or unit not in ("d", "m", "y"):
        raise Invalid(field="package_duration_val", reason="range", value=length)
    limit = given.whole("package_purchase_limit", default=old.purchase_limit if old else 0)
    if not 0 <= limit <= 2**31 - 1:
        raise Invalid(field="package_purchase_limit", reason="range", value=limit)
    items = given.items("package_services")
    if items or keep is None:
        included = _services(items)
    else:
        included = keep.services
    active = old.status == "active" if old else True
    return {
        "name": name,
        "price": price,
        "valid_for": length,
        "valid_unit": unit,
        "purchase_limit": limit,
        "description": given.html("package_description", default=old.description if old else ""),
        "services": included,
        "status": "active" if given.flag("package_status", default=active) else "inactive",
    }


def _services(items: Any) -> tuple[dict[str, int], ...]:
    included: dict[int, int] = {}
    known = services.get_many(Params(item).id("service_id") for item in items)
    for position, item in enumerate(items):
        number, count = Params(item).id("service_id"), Params(item).whole("bookingpress_no_of_appointments")
        if number not in known:
            raise Invalid(field=f"package_services.{position}.service_id", reason="unknown", value=number)
        if not 1 <= count <= 1_000_000:
            path = f"package_services.{position}.bookingpress_no_of_appointments"
            raise Invalid(field=path, reason="range", value=count)
        included[number] = count
    if not included:
        raise Invalid(field="package_services", reason="missing")
    return tuple({"service_id": number, "count": count} for number, count in included.items())
