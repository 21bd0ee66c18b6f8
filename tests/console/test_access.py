"""Who gets in: sign-in, sessions, roles, forms, and the headers that keep other sites out."""

import re

import pytest

from core.console.steps import SESSION_COOKIE
from core.services import audit, operators
from frontdesk.testing.venue import NOW
from tests.console.conftest import PASSWORD, browser

PAGES = [
    "",
    "account",
    "audit",
    "bookings",
    "calendar",
    "calendar/list",
    "customers",
    "deliveries",
    "explain",
    "health",
    "keys",
    "operators",
    "privacy",
    "reports",
    "resources",
    "services",
    "settings",
    "settings/bookingpress",
    "settings/wc_bookings",
]
OWNERS = ["operators", "privacy"]


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_back(desk, page):
    path = f"/desk/{page}".rstrip("/")
    refused = desk.stranger.get(path)
    assert refused.status_int == 303
    assert refused.location.endswith(f"/desk/sign-in?next={path.replace('/', '%2F')}")

    form = refused.follow().form
    form["name"], form["password"] = "anna", PASSWORD
    assert form.submit().location.endswith(path)


@pytest.mark.parametrize("page", PAGES)
def test_roles_decide_who_opens_a_page(any_desk, page):
    path = f"/desk/{page}".rstrip("/")
    assert any_desk.anna.get(path).status_int == 200
    expected = 403 if page in OWNERS else 200
    assert any_desk.vera.get(path, expect_errors=True).status_int == expected
    assert any_desk.otto.get(path, expect_errors=True).status_int == expected


def test_programs_hear_that_nobody_is_signed_in(desk):
    refused = desk.stranger.get("/desk/audit", headers={"Accept": "application/json"}, expect_errors=True)
    assert (refused.status_int, refused.json) == (401, {"error": "Nobody is signed in."})


@pytest.mark.parametrize("name, password", [("anna", "wrong"), ("nobody", PASSWORD), ("", ""), ("<b>", "x" * 999)])
def test_a_wrong_password_is_refused_without_saying_what_was_wrong(desk, name, password):
    refused = desk.stranger.sign_in(name, password)
    assert refused.status_int == 403
    assert "Name or password are wrong." in refused.text
    assert "<b>" not in refused.text
    assert SESSION_COOKIE not in desk.stranger.cookies


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test/desk", "/elsewhere", "/deskside", "javascript:alert(1)", "/\\evil"]
)
def test_sign_in_leads_to_pages_of_the_console_only(desk, target):
    form = desk.stranger.get("/desk/sign-in", {"next": target}).form
    form["name"], form["password"] = "anna", PASSWORD
    assert form.submit().location.endswith("/desk")


def test_a_session_has_a_new_cookie_that_scripts_cannot_read(desk):
    """Session fixation: a cookie from before sign-in is worth nothing after it."""
    one = browser(desk)
    one.get("/desk/sign-in")
    one.set_cookie(SESSION_COOKIE, "planted")
    first, second = session_cookie(one.sign_in()), session_cookie(browser(desk).sign_in())
    assert "HttpOnly" in first
    assert "SameSite=Strict" in first
    assert "planted" not in first
    assert first != second


def session_cookie(answer):
    return next(text for text in answer.headers.getall("Set-Cookie") if text.startswith(SESSION_COOKIE))


def test_a_session_that_was_left_is_over(desk):
    desk.anna.get("/desk/audit")
    cookie = desk.anna.cookies[SESSION_COOKIE]
    desk.anna.send("/desk/sign-out", {})
    thief = browser(desk)
    thief.set_cookie(SESSION_COOKIE, cookie)
    assert thief.get("/desk/audit").status_int == 303


def test_a_cookie_that_was_changed_is_nobody(desk):
    desk.anna.get("/desk/audit")
    thief = browser(desk)
    thief.set_cookie(SESSION_COOKIE, desk.anna.cookies[SESSION_COOKIE][:-3] + "abc")
    assert thief.get("/desk/audit").status_int == 303


def test_https_cookies_stay_on_https(desk):
    one = browser(desk)
    one.extra_environ["wsgi.url_scheme"] = "https"
    assert "Secure" in session_cookie(one.sign_in())


NEW = {"action": "add", "name": "eve", "password": PASSWORD, "role": "owner"}


@pytest.mark.parametrize(
    "fields, headers",
    [
        ({}, {}),
        ({"form_token": ""}, {}),
        ({"form_token": "made.up.token"}, {}),
        ("other", {}),
        ("own", {"Origin": "https://evil.test"}),
        ("own", {"Sec-Fetch-Site": "cross-site"}),
    ],
    ids=["none", "empty", "made up", "another session's", "another origin", "another site"],
)
def test_a_form_of_another_site_changes_nothing(desk, fields, headers):
    if isinstance(fields, str):
        owner = desk.anna if fields == "own" else desk.otto
        fields = {"form_token": owner.token()}
    refused = desk.anna.post("/desk/operators", NEW | fields, headers=headers, expect_errors=True)
    assert refused.status_int == 403
    assert "eve" not in [operator.name for operator in operators.list_operators()]


def test_a_form_of_our_own_does(desk):
    assert desk.anna.send("/desk/operators", NEW, headers={"Origin": "http://localhost:80"}).status_int == 303
    page = desk.anna.get("/desk/operators")
    assert "eve can sign in now." in page.text
    assert "eve can sign in now." not in desk.anna.get("/desk/operators").text
    entry = audit.entries(audit.Filter(kind="operator.created"), limit=1)[0]
    assert (entry.actor, entry.data["name"]) == ("operator:anna", "eve")


def test_roles_decide_who_changes_something(desk):
    for name in ("vera", "otto"):
        assert desk.people[name].send("/desk/operators", NEW, expect_errors=True).status_int == 403
    assert "eve" not in [operator.name for operator in operators.list_operators()]


def test_a_role_that_was_taken_away_ends_at_once(desk):
    operators.add("eve", PASSWORD, "owner", now=NOW)
    operators.set_role("anna", "viewer", now=NOW)
    assert desk.anna.get("/desk/operators", expect_errors=True).status_int == 403


def test_one_address_has_so_many_tries(desk):
    answers = [desk.stranger.sign_in(f"name{number}", "wrong") for number in range(21)]
    assert [answer.status_int for answer in answers[:16]] == [403] * 16
    assert answers[-1].status_int == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "path", ["/desk/sign-in", "/desk", "/desk/operators", "/desk/nowhere", "/desk/static/desk.css"]
)
def test_headers_keep_other_sites_out(desk, path):
    answer = desk.anna.get(path, expect_errors=True)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    cached = "immutable" if "static" in path else "no-store"
    assert cached in answer.headers["Cache-Control"]


def test_pages_have_nothing_inline(desk):
    for path in ("/desk/sign-in", *(f"/desk/{page}".rstrip("/") for page in PAGES)):
        text = desk.anna.get(path).text if path != "/desk/sign-in" else desk.stranger.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script>(?!\s*\{)", text)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/desk/nowhere", 404),
        ("DELETE", "/desk/audit", 403),
        ("GET", "/desk/static/../steps.py", 404),
        ("GET", "/desk/static/nothing.js", 404),
        ("GET", "/desk/audit?before=x&id=%00&actor=" + "a" * 3000, 200),
        ("GET", "/desk/audit?format=csv", 200),
    ],
)
def test_no_address_is_an_error_of_ours(desk, method, path, status):
    assert desk.anna.request(path, method=method, expect_errors=True).status_int == status


def test_without_a_console_there_is_none(tmp_path):
    from frontdesk.testing.host import close_host
    from frontdesk.testing.stores import open_store
    from tests.contract.conftest import open_host

    host = open_host(open_store("sqlite", tmp_path), console={"enabled": False})
    assert host.app.get("/desk/sign-in", expect_errors=True).status_int == 404
    close_host()


def test_own_passwords_are_changed_with_the_present_one(desk):
    wrong = desk.vera.send("/desk/account", {"present": "wrong", "password": "a new password"}, expect_errors=True)
    assert "The present password is wrong." in wrong.text
    changed = desk.vera.send("/desk/account", {"present": PASSWORD, "password": "a new password"})
    assert changed.status_int == 303
    assert desk.vera.get("/desk").status_int == 303
    assert desk.vera.sign_in("vera", "a new password").status_int == 303
