"""Every page of the console, for what must hold on all of them."""

from types import SimpleNamespace

#: Pages without a number; the addresses follow ``/desk``.
PLAIN = (
    "",
    "/calendar",
    "/calendar?view=month",
    "/calendar/list",
    "/bookings",
    "/keys",
    "/audit",
    "/operators",
    "/account",
)


def all_pages(shop: SimpleNamespace, booking_id: int) -> dict[str, str]:
    """Addresses by a short name."""
    pages = {page.strip("/").replace("?view=", "-").replace("/", "-") or "today": f"/desk{page}" for page in PLAIN}
    return {"sign-in": "/desk/sign-in", **pages, "booking": f"/desk/bookings/{booking_id}"}
