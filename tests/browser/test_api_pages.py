"""The pages about the APIs: shown and tried without anything from outside, readable, and useful without scripts."""

import pytest

from frontdesk.testing.built_in import DRIVERS
from tests.browser.conftest import Visitor


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_every_document_is_shown_with_samples(visitor, name):
    page = visitor.open(f"/docs/{name}")
    entries = page.locator("rapi-doc .nav-bar-path")
    entries.nth(20).wait_for(state="attached")
    assert not page.locator("#plain").is_visible()
    entries.nth(1).click()
    page.locator("rapi-doc").get_by_text("curl", exact=True).first.wait_for()
    page.get_by_role("button", name="Plain list").click()
    assert page.locator("#plain").is_visible()
    assert not page.locator("#viewer").is_visible()


def test_an_operation_is_tried_against_this_server(visitor, shop):
    page = visitor.open("/docs/bookingpress")
    viewer = page.locator("rapi-doc")
    viewer.get_by_text("Authentication").first.click()
    viewer.locator("input.api-key-input").first.fill(shop.clients["bookingpress"].fields["api_key"])
    viewer.get_by_role("button", name="SET").first.click()
    viewer.locator(".nav-bar-path", has_text="/v1/services").first.click()
    with page.expect_response(lambda response: "/wp-json/" in response.url) as tried:
        viewer.get_by_role("button", name="TRY").click()
    assert tried.value.status == 200
    assert "Sauna" in tried.value.text()


def test_without_scripts_there_is_a_list(chromium, shop):
    one = Visitor(chromium, shop, java_script_enabled=False)
    page = one.open("/docs/bkap")
    page.locator("#plain summary").nth(2).click()
    assert page.get_by_text("curl -X POST").first.is_visible()
    assert not page.get_by_role("button", name="Plain list").is_visible()
    one.context.close()
    assert one.complaints == []


def test_the_first_page_leads_to_all_of_them(visitor):
    page = visitor.open("/")
    page.get_by_role("link", name="APIs", exact=True).click()
    page.get_by_role("link", name="bookablesites", exact=True).click()
    page.locator("rapi-doc .nav-bar-path").first.wait_for()
    assert page.title().startswith("Bookablesites")
