"""Every route of this dialect, once for ``/api/v1`` and once for ``/api/v2``."""

from core import Host, Route
from plugins.bookablesites.auth import Tokens
from plugins.bookablesites.resources import (
    appointments,
    bookings,
    coupons,
    people,
    places,
    schedules,
    services,
    slots,
    staff,
)
from plugins.bookablesites.resources.common import Tenant
from plugins.bookablesites.resources.token import Token

ROOTS = ("/api/v1", "/api/v2")
PREFIXES = (*ROOTS, "/auth")

PATHS = {
    "customers": people.Customers,
    "customers/{id}": people.OneCustomer,
    "coupons": coupons.Coupons,
    "coupons/validate": coupons.TryCoupon,
    "coupons/{id}": coupons.OneCoupon,
    "employees": staff.Employees,
    "employees/{id}": staff.OneEmployee,
    "employees/{id}/working-hours": schedules.WorkingHours,
    "employees/{id}/special-days": schedules.SpecialDays,
    "employees/{id}/special-days/{entry}": schedules.OneSpecialDay,
    "employees/{id}/days-off": schedules.DaysOff,
    "employees/{id}/days-off/{entry}": schedules.OneDayOff,
    "working-hours": schedules.OfficeHours,
    "days-off": schedules.CompanyDaysOff,
    "days-off/{id}": schedules.OneCompanyDayOff,
    "locations": places.Locations,
    "locations/{id}": places.OneLocation,
    "services": services.Services,
    "services/{id}": services.OneService,
    "appointments": appointments.Appointments,
    "appointments/{id}": appointments.OneAppointment,
    "appointments/{id}/reschedule": appointments.Reschedule,
    "appointments/{id}/cancel": appointments.CancelAppointment,
    "available-times": slots.AvailableTimes,
    "bookings": bookings.Bookings,
    "bookings/quote": bookings.QuoteBookings,
    "bookings/{id}": bookings.OneBooking,
    "bookings/groups/{group_id}": bookings.BookingGroup,
}
#: The token path, also at the host's root as the vendor's page writes it.
TOKEN_PATHS = ("auth/token", "token")


def routes(host: Host, tokens: Tokens) -> list[Route]:
    """All of them, with one instance of each resource."""
    tenant = Tenant(host)
    token = Token(tenant, host, tokens)
    found = [Route("/auth/token", token)]
    found += [Route(f"{root}/{path}", token) for root in ROOTS for path in TOKEN_PATHS]
    for path, kind in PATHS.items():
        resource = kind(tenant)
        found += [Route(f"{root}/{path}", resource) for root in ROOTS]
    return found
