"""``examples/shift_notes``: a page of the console with a table of its own, on both databases."""

import pytest

from core.services import audit
from tests.console.conftest import people
from tests.examples.conftest import EXAMPLES
from tests.test_architecture import imports

pytestmark = pytest.mark.slow

PAGE = "/desk/shift_notes/notes"


@pytest.fixture
def desk(open_venue):
    venue = open_venue("shift_notes", longest=40)
    people(venue)
    return venue


def test_it_imports_nothing_private():
    names = imports(EXAMPLES / "shift_notes" / "frontdesk_shift_notes" / "plugin.py")
    assert [name for name in names if name.split(".")[0] in ("core", "plugins")] == []


def test_operators_leave_notes_and_everybody_reads_them(desk):
    form = desk.otto.get(PAGE).forms[1]
    form["text"] = "<script>alert(1)</script> & tea"
    answer = form.submit("action", value="add")
    assert (answer.status_int, answer.headers["Location"]) == (303, PAGE)
    assert "The note is there." in answer.follow().text

    page = desk.vera.get(PAGE)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; tea" in page.text
    assert "<script>alert" not in page.text
    assert "otto, " in page.html.find("footer").get_text()
    assert page.html.find("a", {"href": PAGE})["aria-current"] == "page"
    assert len(page.forms) == 1  # signing out
    entry = audit.entries(audit.Filter(kind="shift_notes.added"), limit=1)[0]
    assert entry.actor == "operator:otto"


@pytest.mark.parametrize("text", ["", "  ", "x" * 41])
def test_a_wrong_note_is_shown_again(desk, text):
    answer = desk.otto.send(PAGE, {"action": "add", "text": text}, expect_errors=True)
    assert answer.status_int == 422
    assert "A note has 1 to 40 letters." in answer.text
    assert answer.forms[1]["text"].value == text.strip()
    assert "Nothing was left." in desk.vera.get(PAGE).text


def test_owners_remove_notes(desk):
    desk.otto.send(PAGE, {"action": "add", "text": "tea"})
    number = desk.anna.get(PAGE).html.find("input", {"name": "id"})["value"]
    assert desk.vera.send(PAGE, {"action": "add", "text": "tea"}, expect_errors=True).status_int == 403
    assert desk.otto.send(PAGE, {"action": "remove", "id": number}, expect_errors=True).status_int == 403
    for wrong in ("", "x", "999", "9" * 30):
        assert desk.anna.send(PAGE, {"action": "remove", "id": wrong}, expect_errors=True).status_int == 404
    assert "The note is gone." in desk.anna.send(PAGE, {"action": "remove", "id": number}).follow().text
    assert "Nothing was left." in desk.vera.get(PAGE).text


def test_old_notes_are_on_older_pages(desk):
    for number in range(25):
        desk.otto.send(PAGE, {"action": "add", "text": f"note {number}"})
    first = desk.vera.get(PAGE)
    second = desk.vera.get(first.html.find("a", string="Older")["href"])
    shown = [note.get_text() for page in (first, second) for note in page.html.select("article > p")]
    assert shown == [f"note {number}" for number in reversed(range(25))]
    assert desk.vera.get(PAGE, {"before": "x"}).status_int == 200
