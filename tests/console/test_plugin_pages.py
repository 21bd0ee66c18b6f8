"""Pages of plugins: inside the frame, escaped, with roles and tokens; what fails is the plugin's and says so."""

import dataclasses
import re
import sys

import pytest
from markupsafe import Markup

from core.app import create_app
from core.config import parse_config
from core.errors import NotFound
from core.hook_calls import PluginConflict
from core.services import events
from frontdesk.console import ConsolePage, PageContent, PageRedirect
from frontdesk.testing.venue import NOW
from tests import ROOT

PAGE = "/desk/pager/page"
FORM = '{% from "macros.html" import token with context %}<form method="post">{{ token() }}<input name="x"></form>'


def add_pages(desk, *pages, plugin="pager"):
    """Serve these pages of a plugin, beside everything else."""
    manager = dataclasses.replace(desk.manager, console_pages={plugin: pages})
    app = create_app(parse_config({"database": {"url": desk.url}}, source="test"), clock=lambda: NOW, manager=manager)
    for one in (*desk.people.values(), desk.stranger):
        one.app = app


def page(show=lambda request: Markup("<p>Here</p>"), **fields):
    return ConsolePage(**{"slug": "page", "title": "Pages <b>", "show": show, **fields})


def test_a_page_stands_in_the_frame_and_in_the_navigation(desk):
    add_pages(desk, page(), page(slug="hidden", title="Hidden", in_navigation=False))
    shown = desk.vera.get(PAGE)
    assert shown.html.find("h1").text == "Pages <b>"
    assert shown.html.find("title").text.startswith("Pages <b> ·")
    assert shown.html.find("p").text == "Here"
    assert shown.html.find("nav").find("a", {"href": PAGE})["aria-current"] == "page"
    assert "unsafe" not in shown.headers["Content-Security-Policy"]
    assert "no-store" in shown.headers["Cache-Control"]
    assert not shown.html.find("a", {"href": "/desk/pager/hidden"})
    assert desk.vera.get("/desk/pager/hidden").status_int == 200
    fragment = desk.vera.get(PAGE, headers={"HX-Request": "true"}).text
    assert "<p>Here</p>" in fragment
    assert "<html" not in fragment


def test_strangers_sign_in_first(desk):
    add_pages(desk, page())
    assert desk.stranger.get(PAGE).headers["Location"].startswith("/desk/sign-in?next=")


def test_a_page_knows_who_asks_what(desk):
    asked = []

    def show(request):
        asked.append(request)
        return PageContent(
            "{{ request.operator }} {{ request.role }} {{ request.now|moment }} {{ value }}", {"value": "<i>"}
        )

    add_pages(desk, page(show))
    shown = desk.otto.get(f"{PAGE}?a=1&a=2&b=+x+")
    assert "otto operator 2 Mar 2026, 10:00 &lt;i&gt;" in shown.text
    [request] = asked
    assert (request.query, request.form, request.now) == ({"a": "2", "b": "x"}, {}, NOW)
    assert request.url("pager", "page", q="a b") == f"{PAGE}?q=a+b"
    assert request.url("bookings", 5) == "/desk/bookings/5"


@pytest.mark.parametrize(
    "role, expected", [("viewer", (200, 200, 200)), ("operator", (403, 200, 200)), ("owner", (403, 403, 200))]
)
def test_roles_decide_who_opens_and_submits_it(desk, role, expected):
    add_pages(desk, page(role=role), page(slug="form", submit=lambda request: Markup(""), submit_role=role))
    people = (desk.vera, desk.otto, desk.anna)
    assert tuple(one.get(PAGE, expect_errors=True).status_int for one in people) == expected
    assert tuple(one.send("/desk/pager/form", {}, expect_errors=True).status_int for one in people) == expected
    linked = [bool(one.get("/desk").html.find("a", {"href": PAGE})) for one in people]
    assert linked == [status == 200 for status in expected]


def test_a_form_is_submitted_with_actor_and_reason(any_desk):
    forms = []

    def submit(request):
        forms.append(request.form)
        events.record_event("bookablesites.tried", "try", 1, now=request.now)
        return PageRedirect(request.url("pager", "page", done=1), "Done & <dusted>.")

    add_pages(any_desk, page(lambda request: PageContent(FORM), submit=submit))
    form = any_desk.otto.get(PAGE).forms[1]
    form["x"] = "1"
    answer = form.submit()
    assert (answer.status_int, answer.headers["Location"]) == (303, f"{PAGE}?done=1")
    assert "Done &amp; &lt;dusted&gt;." in answer.follow().text
    any_desk.otto.send(PAGE, {"x": "2", "reason": "because", "many[]": "3"})
    assert forms == [{"x": "1"}, {"x": "2", "reason": "because", "many": ["3"]}]
    newest, oldest = events.recent(["bookablesites.tried"])
    assert (oldest.actor, oldest.reason) == ("operator:otto", "")
    assert (newest.actor, newest.reason) == ("operator:otto", "because")


def test_a_form_of_another_site_does_not_reach_the_plugin(desk):
    add_pages(desk, page(submit=lambda request: 1 / 0))
    for fields in ({}, {"form_token": desk.vera.token()}):
        assert desk.otto.post(PAGE, fields, expect_errors=True).status_int == 403


def test_values_of_a_plugin_do_not_replace_the_token(desk):
    add_pages(desk, page(lambda request: PageContent(FORM, {"csrf": "mine", "request": 1, "operator": None})))
    assert desk.otto.get(PAGE).forms[1]["form_token"].value != "mine"


def test_a_mistake_in_a_form_is_shown_with_its_status(desk):
    add_pages(desk, page(submit=lambda request: PageContent("<p>{{ text }}</p>", {"text": "No."}, status=422)))
    answer = desk.otto.send(PAGE, {}, expect_errors=True)
    assert (answer.status_int, answer.html.find("p").text) == (422, "No.")


def test_a_page_without_a_form_takes_none(desk):
    add_pages(desk, page())
    answer = desk.otto.send(PAGE, {}, expect_errors=True)
    assert (answer.status_int, answer.headers["Allow"]) == (405, "GET, HEAD")


def refuse(request):
    raise NotFound(kind="pager", id=5)


def test_refusals_are_told_as_everywhere(desk):
    add_pages(desk, page(refuse))
    assert desk.vera.get(PAGE, expect_errors=True).status_int == 404


async def coroutine(request):
    return Markup("")


FAILURES = {
    "raises": lambda request: 1 / 0,
    "exits": lambda request: sys.exit("secret"),
    "None": lambda request: None,
    "text": lambda request: "<p>secret</p>",
    "redirect of a page": lambda request: PageRedirect("/desk"),
    "coroutine": coroutine,
    "template with a mistake": lambda request: PageContent("{% if secret %}"),
    "template without a value": lambda request: PageContent("{{ secret }}"),
    "values that are none": lambda request: PageContent("x", None),
    "template that is none": lambda request: PageContent(None),
}


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("name", FAILURES)
def test_a_page_that_fails_names_its_plugin(desk, caplog, name):
    add_pages(desk, page(FAILURES[name]))
    answer = desk.vera.get(PAGE, expect_errors=True)
    assert answer.status_int == 500
    assert "The plugin pager failed" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "'plugin': 'pager'" in caplog.text
    assert "register_console_pages" in caplog.text
    assert desk.vera.get("/desk").status_int == 200


@pytest.mark.parametrize(
    "location", ["https://evil.test/desk", "//evil.test/desk", "/deskside", "/", "javascript:alert(1)", "/desk\\x", ""]
)
def test_a_form_leads_to_pages_of_the_console_only(desk, location):
    add_pages(desk, page(submit=lambda request: PageRedirect(location)))
    assert desk.otto.send(PAGE, {}, expect_errors=True).status_int == 500


@pytest.mark.parametrize("name", ["bookings", "static", "sign-in", "audit"])
def test_a_plugin_cannot_have_the_name_of_a_page_of_the_console(desk, name):
    with pytest.raises(PluginConflict, match="both have pages at"):
        add_pages(desk, page(), plugin=name)
    # One without pages may be called so.
    add_pages(desk, plugin=name)


def test_the_smallest_page_of_the_documentation_works(desk):
    text = (ROOT / "docs" / "plugins" / "console-pages.md").read_text()
    source = re.search(r"```python\n# quay.py\n(.*?)```", text, re.DOTALL)[1]
    names: dict = {}
    exec(compile(source, "quay.py", "exec"), names)
    add_pages(desk, *names["register_console_pages"](desk.manager.host), plugin="quay")
    assert "Hello vera, it is 2 Mar 2026, 10:00." in desk.vera.get("/desk/quay/hello").text
