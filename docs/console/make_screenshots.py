"""Screenshots of every page of the console, light and dark, on a desktop and a phone: ``make screenshots``.

Serves the demo's business as the tests in a browser do (``tests/browser``), books a few things through each
dialect, and writes ``docs/console/LOOK/PAGE.webp``.
"""

import io
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent.parent))

from PIL import Image  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM, FLAGS, Visitor, book, running_shop  # noqa: E402
from tests.browser.pages import all_pages  # noqa: E402
from tests.browser.test_every_page import LOOKS  # noqa: E402

#: A Wednesday of the week that the server's clock shows.
DAY = datetime(2026, 3, 4, 9)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_shop(Path(folder)) as shop, sync_playwright() as playwright:
        number = fill(shop)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        first = Visitor(browser, shop)
        first.sign_in().page.wait_for_url("**/desk")
        state = first.context.storage_state()
        pages = all_pages(shop, number) | {"calendar": "/desk/calendar?date=2026-03-04"}
        for look, options in LOOKS.items():
            (FOLDER / look).mkdir(exist_ok=True)
            visitor = Visitor(browser, shop, **options, storage_state=state)
            stranger = Visitor(browser, shop, **options)
            for name, path in pages.items():
                page = (stranger if name == "sign-in" else visitor).open(path)
                picture = Image.open(io.BytesIO(page.screenshot()))
                picture.save(FOLDER / look / f"{name}.webp", quality=60, method=6)
            visitor.context.close()
            stranger.context.close()
        browser.close()


def fill(shop) -> int:
    """A week of bookings through all dialects; the number of one of them."""
    numbers = []
    for day in range(5):
        for hours, (name, client) in enumerate(shop.clients.items()):
            service = "Haircut" if name == "bookablesites" else "Yoga class"
            numbers.append(book(client, shop.services[service], DAY + timedelta(days=day - 2, hours=hours + 1)))
    return numbers[2]


if __name__ == "__main__":
    main()
