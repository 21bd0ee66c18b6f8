"""Who changed what, when and why: the events of the datastore, filtered and as CSV."""

import falcon

from core.console.pages.base import Page, id_field, query_fields
from core.services import audit

PAGE_SIZE = 50
#: The most lines of one export.
EXPORT_LIMIT = 50_000


class AuditPage(Page):
    """``/audit``: newest first; ``format=csv`` exports what the filter leaves."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        chosen = audit.Filter(
            actor=query.get("actor", ""),
            kind=query.get("kind", ""),
            subject_kind=query.get("subject", ""),
            subject_id=id_field(query, "id"),
            before=id_field(query, "before"),
        )
        if query.get("format") == "csv":
            resp.content_type = "text/csv; charset=UTF-8"
            resp.downloadable_as = "audit.csv"
            resp.data = audit.as_csv(audit.entries(chosen, limit=EXPORT_LIMIT)).encode()
            return
        entries = audit.entries(chosen, limit=PAGE_SIZE + 1)
        self.show(
            req,
            resp,
            "audit.html",
            entries=[(entry, audit.changes_of(entry)) for entry in entries[:PAGE_SIZE]],
            older=entries[PAGE_SIZE - 1].id if len(entries) > PAGE_SIZE else None,
            chosen=chosen,
            query={name: query.get(name, "") for name in ("actor", "kind", "subject", "id")},
        )
