"""What must hold on every page: accessible, nothing from outside, no complaint of the browser, light and dark, small."""

from datetime import datetime

import pytest

from tests import ROOT
from tests.browser.conftest import Visitor, book
from tests.browser.pages import all_pages

AXE = ROOT / "tests" / "clients" / "node_modules" / "axe-core" / "axe.min.js"
#: Colours and sizes have little to do with each other, so each of both is here once.
LOOKS = {
    "desktop-dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone-light": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


@pytest.fixture(scope="module")
def pages(shop):
    """Every page, with a booking on the one that shows one."""
    return all_pages(shop, book(shop.clients["bookingpress"], shop.services["Yoga class"], datetime(2026, 3, 4, 9)))


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_fits_its_window(chromium, shop, signed_in, pages, look):
    axe = AXE.read_text() if AXE.exists() else ""
    stranger = Visitor(chromium, shop, **LOOKS[look])
    visitor = Visitor(chromium, shop, **LOOKS[look], **signed_in())
    faults = []
    for name, path in pages.items():
        page = (stranger if name == "sign-in" else visitor).open(path)
        extra = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        if extra > 0:
            faults.append(f"{name}: {extra} pixels wider than the window")
        if not axe:
            continue
        page.evaluate(axe)
        result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        faults += [
            f"{name}: {violation['id']}: {violation['nodes'][0]['html'][:200]} {violation['nodes'][0]['failureSummary']}"
            for violation in result["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
    stranger.context.close()
    visitor.context.close()
    assert faults == []
    assert stranger.complaints + visitor.complaints == []
    if not axe:
        pytest.skip("only the widths: axe-core is not installed here (make clients)")


def test_pages_work_without_javascript(chromium, shop, pages):
    visitor = Visitor(chromium, shop, java_script_enabled=False)
    visitor.sign_in().page.wait_for_url("**/desk")
    for path in pages.values():
        assert visitor.page.goto(path).status == 200
    page = visitor.page
    page.goto(pages["booking"])
    page.get_by_label("Start, on the clock").fill("2026-03-04T12:00")
    page.get_by_role("button", name="Move").click()
    assert "Moved to" in page.get_by_role("status").inner_text()
    page.goto("/desk/calendar?date=2026-03-04")
    page.get_by_role("link", name="The day as a list").click()
    assert "12:00" in page.locator("main").inner_text()
    visitor.context.close()


def test_the_keyboard_reaches_what_the_mouse_does(anna):
    page = anna.open("/desk/bookings")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => location.hash") == "#content"
