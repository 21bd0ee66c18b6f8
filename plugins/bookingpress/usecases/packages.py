"""Packages of appointments."""

from datetime import datetime
from typing import Any

from core.domain.records import Package
from core.errors import Invalid
from core.services import balances, catalog
from core.services.repository import package_purchases, packages, services
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.packages import read_package, to_package
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import NAME, stored_extras, with_stored_extras
from plugins.bookingpress.usecases.crud import CrudUseCases, Ids
from plugins.bookingpress.usecases.queries import position_for


class Packages(CrudUseCases):
    table = packages
    id_name = "package_id"
    thing = "Package"

    def _shown(self, records: list[Package], *, single: bool) -> list[Any]:
        included = services.get_many(item["service_id"] for package in records for item in package.services)
        prices = {id: service.price for id, service in included.items()}
        settings, symbol = self.context.settings, self.context.symbol
        return [to_package(package, prices=prices, settings=settings, symbol=symbol) for package in records]

    def _create(self, params: Params) -> Ids:
        return {"package_id": create_package(params, now=self.context.now)}

    def _update(self, previous: Package, params: Params, *, partial: bool) -> Ids:
        fields = _read(params, previous, partial=partial)
        images = stored_extras(previous).get("images")
        if "package_images" in params:
            images = params.decoded("package_images")
        extras = with_stored_extras(previous, images=images or [])
        packages.update(previous.id, now=self.context.now, extras=extras, **fields)
        return {"package_id": previous.id}

    def _delete(self, record: Package) -> None:
        today = self.context.today.isoformat()
        for purchase in package_purchases.list_all([("package_id", "=", record.id)]):
            if purchase.expires_on and purchase.expires_on < today:
                continue
            if any((balances.package_remaining(purchase, item["service_id"]) or 0) > 0 for item in purchase.services):
                raise Refused(reason="package_in_use")
        catalog.delete_record(packages, record.id, now=self.context.now, origin=NAME)


def create_package(params: Params, *, now: datetime, id: int | None = None) -> int:
    """Store a package; returns its id, which imports keep."""
    fields = _read(params, None)
    return packages.create(
        now=now,
        id=id,
        position=position_for(packages, params, "package_position"),
        origin=NAME,
        extras={NAME: {"images": params.decoded("package_images") or []}},
        **fields,
    ).id


def _read(params: Params, previous: Package | None, *, partial: bool = False) -> dict[str, Any]:
    fields = read_package(params, previous, partial=partial)
    if params.items("package_services"):
        included = [item["service_id"] for item in fields["services"]]
        existing = services.get_many(included)
        for position, service_id in enumerate(included):
            if service_id not in existing:
                field = f"package_services.{position}.service_id"
                raise Invalid(field=field, reason="unknown", value=service_id)
    return fields
