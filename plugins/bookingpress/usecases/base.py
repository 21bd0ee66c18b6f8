"""What the use cases share: list, get, create, update and delete any kind of record, and look-ups.

A write is one transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from frontdesk import catalog
from frontdesk.database import writing
from frontdesk.records import Extra, ServiceResource
from frontdesk.repository import Condition, Repository, extras
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.appointments import BLOCKING
from plugins.bookingpress.translate.params import Listing, Params
from plugins.bookingpress.usecases.context import Context

#: The ids that an answer names.
Ids = Mapping[str, Any]
#: A search looks at no more matches than this.
MOST_MATCHES = 5_000
_MOST_WORDS = 8


class CrudUseCases:
    """One kind of record; subclasses fill in what the API offers of it."""

    table: ClassVar[Repository[Any]]
    #: The fields a search looks at.
    searched: ClassVar[tuple[str, ...]] = ("name",)
    #: The key of the record's id in answers.
    id_name: ClassVar[str]
    #: Why the deletion of an unknown record is refused, and the vendor's word for the kind.
    unknown_to_delete: ClassVar[str] = "record_gone"
    thing: ClassVar[str] = "Record"
    #: Further keys of the notice about an unknown record.
    unknown_ids: ClassVar[Ids] = {}

    def __init__(self, context: Context) -> None:
        self.context = context

    def page(self, listing: Listing) -> tuple[Sequence[Any], int]:
        """Records of a list as the vendor shows them, and how many match in all."""
        where = self._conditions(listing)
        page = self.table.page(where, order=listing.order, limit=listing.limit, offset=listing.offset)
        return self._shown(page.items, single=False), page.total or 0

    def get(self, id: int) -> tuple[Any, int]:
        """A record as the vendor shows it, and its version.

        Raises:
            NotFound: There is none.
        """
        record = self.table.get(id)
        return self._shown([record], single=True)[0], record.version

    def create(self, params: Params) -> Ids:
        with writing():
            return self._create(params)

    def update(
        self, id: int, params: Params, *, partial: bool, precondition: Callable[[int], None] | None = None
    ) -> Ids:
        """Change a record.

        Args:
            partial: Absent fields stay as they are (PATCH).
            precondition: Refuses the record's version, where the caller expects another.
        """
        with writing():
            record = self.table.get_many([id]).get(id)
            if record is None:
                raise Refused(reason="unknown_record", more=self.unknown_ids)
            if precondition is not None:
                precondition(record.version)
            return self._update(record, params, partial=partial)

    def delete(self, id: int, *, expected_version: int | None = None) -> Ids:
        with writing():
            record = self.table.get_many([id]).get(id)
            if record is None:
                raise Refused(reason=self.unknown_to_delete, values={"thing": self.thing})
            self._delete(record)
        return {self.id_name: id}

    def _conditions(self, listing: Listing) -> list[Condition]:
        return search_conditions(listing.search, self.searched)

    def _shown(self, records: list[Any], *, single: bool) -> list[Any]:
        """Records as the vendor shows them; a ``single`` one may hold more."""
        raise NotImplementedError

    def _create(self, params: Params) -> Ids:
        raise NotImplementedError

    def _update(self, previous: Any, params: Params, *, partial: bool) -> Ids:
        raise NotImplementedError

    def _delete(self, record: Any) -> None:
        raise NotImplementedError

    def _refuse_booked(self, **subject: int) -> None:
        """Refuse to delete what appointments of today or later need."""
        context = self.context
        if catalog.has_upcoming_bookings(now=context.now, statuses=BLOCKING, ends_after=context.midnight, **subject):
            raise Refused(reason="in_use", values={"thing": self.thing.lower()})


# -- look-ups ----------------------------------------------------------------------------------------------------------


def search_conditions(search: str, fields: tuple[str, ...]) -> list[Condition]:
    """Conditions for a search: every word is part of one of the fields."""
    return [(fields, "contains", word) for word in search.split()[:_MOST_WORDS]]


def position_for(table: Repository[Any], params: Params, name: str) -> int:
    """The position of a new record: the caller's, else behind all others."""
    return params.integer(name) if name in params else next_position(table)


def next_position(table: Repository[Any]) -> int:
    """The position behind all records of a table."""
    last = table.page(order=(("position", "desc"),), limit=1, count=False).items
    return last[0].position + 1 if last else 0


def extras_by_service(service_ids: Iterable[int]) -> dict[int, list[Extra]]:
    """The extras of services in their order."""
    grouped: dict[int, list[Extra]] = {}
    for extra in extras.list_all([("service_id", "in", list(service_ids))], order=(("position", "asc"), ("id", "asc"))):
        grouped.setdefault(extra.service_id, []).append(extra)
    return grouped


def links_by_service(service_ids: Iterable[int]) -> dict[int, list[ServiceResource]]:
    """The staff members' links of services."""
    grouped: dict[int, list[ServiceResource]] = {}
    for link in catalog.resource_links(service_ids=list(service_ids)):
        grouped.setdefault(link.service_id, []).append(link)
    return grouped


def is_assigned(service_id: int, resource_id: int) -> bool:
    """Whether a staff member gives a service."""
    return bool(catalog.resource_links(service_ids=[service_id], resource_ids=[resource_id]))
