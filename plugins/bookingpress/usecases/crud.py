"""What the API does with every kind of record: list, get, create, update, delete. A write is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from core.db import writing
from core.services import catalog
from core.services.repository import Condition, Repository
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.appointments import BLOCKING
from plugins.bookingpress.translate.params import Listing, Params
from plugins.bookingpress.usecases.context import Context
from plugins.bookingpress.usecases.queries import search_conditions

#: The ids that an answer names.
Ids = Mapping[str, Any]


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
