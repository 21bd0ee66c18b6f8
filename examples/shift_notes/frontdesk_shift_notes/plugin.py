"""Notes for the next shift, on a page of the console."""

from pathlib import Path

import msgspec
from peewee import BigAutoField, BigIntegerField, CharField, TextField

from frontdesk import Host, events, hookimpl
from frontdesk.console import ConsolePage, PageContent, PageRedirect, PageRequest
from frontdesk.database import BaseModel, writing
from frontdesk.errors import Forbidden, NotFound
from frontdesk.repository import to_epoch, to_instant

REQUIRES = ">=1.1,<2"
TEMPLATE = (Path(__file__).parent / "notes.html").read_text()
PAGE_SIZE = 20


class Settings(msgspec.Struct, frozen=True):
    """``[plugins.shift_notes]``"""

    #: The most letters of a note.
    longest: int = 500


class ShiftNotesNote(BaseModel):
    id = BigAutoField()
    text = TextField()
    author = CharField(max_length=64)
    created_at = BigIntegerField()


class NotesPage:
    """``/shift_notes/notes``: newest first; operators add notes, owners remove them."""

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def show(self, request: PageRequest, *, problem: str = "", text: str = "") -> PageContent:
        before = request.query.get("before", "")
        query = ShiftNotesNote.select().order_by(ShiftNotesNote.id.desc()).limit(PAGE_SIZE + 1)
        if before.isascii() and before.isdigit() and len(before) < 19:
            query = query.where(ShiftNotesNote.id < int(before))
        notes = [(note, to_instant(note.created_at)) for note in query]
        return PageContent(
            TEMPLATE,
            {
                "notes": notes[:PAGE_SIZE],
                "older": notes[PAGE_SIZE - 1][0].id if len(notes) > PAGE_SIZE else None,
                "longest": self._longest,
                "problem": problem,
                "text": text,
            },
            status=422 if problem else 200,
        )

    def submit(self, request: PageRequest) -> PageContent | PageRedirect:
        if request.form.get("action") == "remove":
            return self._remove(request)
        text = str(request.form.get("text", "")).strip()
        if not 0 < len(text) <= self._longest:
            return self.show(request, problem=f"A note has 1 to {self._longest} letters.", text=text)
        with writing():
            note = ShiftNotesNote.create(text=text, author=request.operator, created_at=to_epoch(request.now))
            # The audit log shows it, with the operator.
            events.record_event("shift_notes.added", "shift_note", note.id, now=request.now)
        return PageRedirect(request.url("shift_notes", "notes"), "The note is there.")

    def _remove(self, request: PageRequest) -> PageRedirect:
        if request.role != "owner":
            raise Forbidden(reason="role", permission="owner")
        number = str(request.form.get("id", ""))
        id = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
        with writing():
            if not ShiftNotesNote.delete().where(ShiftNotesNote.id == id).execute():
                raise NotFound(kind="note", id=id)
            events.record_event("shift_notes.removed", "shift_note", id, now=request.now)
        return PageRedirect(request.url("shift_notes", "notes"), "The note is gone.")


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def register_models() -> list[type]:
    return [ShiftNotesNote]


@hookimpl
def register_migrations() -> Path:
    return Path(__file__).parent / "migrations"


@hookimpl
def register_console_pages(host: Host) -> list[ConsolePage]:
    page = NotesPage(host.settings("shift_notes").longest)
    return [ConsolePage(slug="notes", title="Notes", show=page.show, submit=page.submit)]
