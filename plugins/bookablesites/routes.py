"""Every route of this dialect, once for ``/api/v1`` and once for ``/api/v2``."""

from frontdesk import Route
from plugins.bookablesites.auth import AccessTokens
from plugins.bookablesites.handlers import (
    appointments,
    available_times,
    bookings,
    coupons,
    records,
    reports,
    schedules,
    tokens,
    webhooks,
)
from plugins.bookablesites.handlers.base import Handler
from plugins.bookablesites.usecases.context import Context

ROOTS = ("/api/v1", "/api/v2")
PREFIXES = (*ROOTS, "/auth")

PATHS: dict[str, type[Handler]] = {
    "customers": records.Customers,
    "customers/{id}": records.OneCustomer,
    "coupons": coupons.Coupons,
    "coupons/validate": coupons.ValidateCoupon,
    "coupons/{id}": coupons.OneCoupon,
    "employees": records.Employees,
    "employees/{id}": records.OneEmployee,
    "employees/{id}/working-hours": schedules.WorkingHours,
    "employees/{id}/special-days": schedules.SpecialDays,
    "employees/{id}/special-days/{entry}": schedules.OneSpecialDay,
    "employees/{id}/days-off": schedules.DaysOff,
    "employees/{id}/days-off/{entry}": schedules.OneDayOff,
    "working-hours": schedules.OfficeHours,
    "days-off": schedules.CompanyDaysOff,
    "days-off/{id}": schedules.OneCompanyDayOff,
    "locations": records.Locations,
    "locations/{id}": records.OneLocation,
    "services": records.Services,
    "services/{id}": records.OneService,
    "appointments": appointments.Appointments,
    "appointments/{id}": appointments.OneAppointment,
    "appointments/{id}/reschedule": appointments.RescheduleAppointment,
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
    "webhooks": webhooks.Webhooks,
    "webhooks/{id}": webhooks.OneWebhook,
    "webhooks/{id}/test": webhooks.SampleEvent,
    "webhooks/{id}/deliveries": webhooks.Deliveries,
}
#: The token route is also at the root of the host, as the vendor's page writes it.
TOKEN_PATHS = ("auth/token", "token")


def routes(context: Context, access_tokens: AccessTokens) -> list[Route]:
    """All routes; each path has one handler under both roots."""
    token = tokens.Token(context, access_tokens)
    handlers = [(path, token) for path in TOKEN_PATHS] + [(path, handler(context)) for path, handler in PATHS.items()]
    return [
        Route("/auth/token", token),
        *(Route(f"{root}/{path}", handler) for path, handler in handlers for root in ROOTS),
    ]
