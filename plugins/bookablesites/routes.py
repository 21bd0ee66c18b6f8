"""Every route of this dialect, once for ``/api/v1`` and once for ``/api/v2``."""

from core import Host, Route
from plugins.bookablesites.auth import Tokens
from plugins.bookablesites.handlers import (
    appointments,
    available_times,
    bookings,
    coupons,
    customers,
    employees,
    locations,
    reports,
    schedules,
    services,
    webhooks,
)
from plugins.bookablesites.handlers.http import Tenant
from plugins.bookablesites.handlers.tokens import Token

ROOTS = ("/api/v1", "/api/v2")
PREFIXES = (*ROOTS, "/auth")

PATHS = {
    "customers": customers.Customers,
    "customers/{id}": customers.OneCustomer,
    "coupons": coupons.Coupons,
    "coupons/validate": coupons.TryCoupon,
    "coupons/{id}": coupons.OneCoupon,
    "employees": employees.Employees,
    "employees/{id}": employees.OneEmployee,
    "employees/{id}/working-hours": schedules.WorkingHours,
    "employees/{id}/special-days": schedules.SpecialDays,
    "employees/{id}/special-days/{entry}": schedules.OneSpecialDay,
    "employees/{id}/days-off": schedules.DaysOff,
    "employees/{id}/days-off/{entry}": schedules.OneDayOff,
    "working-hours": schedules.OfficeHours,
    "days-off": schedules.CompanyDaysOff,
    "days-off/{id}": schedules.OneCompanyDayOff,
    "locations": locations.Locations,
    "locations/{id}": locations.OneLocation,
    "services": services.Services,
    "services/{id}": services.OneService,
    "appointments": appointments.Appointments,
    "appointments/{id}": appointments.OneAppointment,
    "appointments/{id}/reschedule": appointments.Reschedule,
    "appointments/{id}/cancel": appointments.CancelAppointment,
    "available-times": available_times.AvailableTimes,
    "bookings": bookings.Bookings,
    "bookings/quote": bookings.QuoteBookings,
    "bookings/{id}": bookings.OneBooking,
    "bookings/groups/{group_id}": bookings.BookingGroup,
    "triggers": webhooks.Triggers,
    "triggers/{event}": webhooks.OneTrigger,
    "reports/summary": reports.Summary,
    "reports/bookings": reports.BookingsReport,
}
#: Those that also need what only the host knows.
HOST_PATHS = {
    "webhooks": webhooks.Webhooks,
    "webhooks/{id}": webhooks.OneWebhook,
    "webhooks/{id}/test": webhooks.TestWebhook,
    "webhooks/{id}/deliveries": webhooks.Deliveries,
}
#: The token path, also at the host's root as the vendor's page writes it.
TOKEN_PATHS = ("auth/token", "token")


def routes(host: Host, tokens: Tokens) -> list[Route]:
    """All of them, with one instance of each resource."""
    tenant = Tenant(host)
    token = Token(tenant, host, tokens)
    found = [Route("/auth/token", token)]
    found += [Route(f"{root}/{path}", token) for root in ROOTS for path in TOKEN_PATHS]
    made = {path: kind(tenant) for path, kind in PATHS.items()}
    made |= {path: kind(tenant, host) for path, kind in HOST_PATHS.items()}
    for path, resource in made.items():
        found += [Route(f"{root}/{path}", resource) for root in ROOTS]
    return found
