"""Every page of the console, for what must hold on all of them."""

from types import SimpleNamespace

#: Pages without a number; the addresses follow ``/desk``.
PLAIN = (
    "",
    "/calendar",
    "/calendar?view=month",
    "/calendar/list",
    "/bookings",
    "/services",
    "/resources",
    "/customers",
    "/explain",
    "/reports",
    "/keys",
    "/deliveries",
    "/settings",
    "/settings/bookingpress",
    "/settings/bookablesites",
    "/health",
    "/audit",
    "/privacy",
    "/operators",
    "/account",
)


def all_pages(shop: SimpleNamespace, booking_id: int) -> dict[str, str]:
    """Addresses by a short name."""
    pages = {page.strip("/").replace("?view=", "-").replace("/", "-") or "today": f"/desk{page}" for page in PLAIN}
    public = {"first": "/", "docs": "/docs", "docs-bkap": "/docs/bkap"}
    return {
        "sign-in": "/desk/sign-in",
        **public,
        **pages,
        "booking": f"/desk/bookings/{booking_id}",
        "explained": f"/desk/explain?service={shop.services['Haircut']}&start=2026-03-04T09:00",
        "found": "/desk/privacy?q=holt",
        "service": f"/desk/services/{shop.services['Yoga class']}",
        "service-of-staff": f"/desk/services/{shop.services['Haircut']}",
        "customer": "/desk/customers/1",
    }
