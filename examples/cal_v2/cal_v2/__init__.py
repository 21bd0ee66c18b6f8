"""A dialect in the style of the Cal.com API v2: event types, slots and bookings under ``/v2``."""

from cal_v2 import auth, errors, handlers
from frontdesk import CredentialIssuer, Dialect, Host, Route, hookimpl, openapi

REQUIRES = ">=1.0,<2"


@hookimpl
def register_dialect(host: Host) -> Dialect:
    types, bookings = handlers.EventTypes(host), handlers.Bookings(host)
    routes = [
        Route("/v2/event-types", types),
        Route("/v2/event-types/{id:int}", types, suffix="one"),
        Route("/v2/slots", handlers.Slots(host)),
        Route("/v2/bookings", bookings),
        Route("/v2/bookings/{uid}", bookings, suffix="one"),
        Route("/v2/bookings/{uid}/cancel", bookings, suffix="cancel"),
        Route("/v2/bookings/{uid}/reschedule", bookings, suffix="reschedule"),
    ]
    return Dialect(
        name=auth.DIALECT,
        prefixes=["/v2"],
        routes=routes,
        render_error=errors.render_error,
        steps=auth.Steps(host.clock),
        openapi=lambda: openapi.document(
            openapi.operations_of(routes),
            title="Bookings in the style of Cal.com",
            version="2",
            url=host.site.url,
            schemes={"key": {"type": "http", "scheme": "bearer"}},
            security=[{"key": []}],
            render_error=errors.render_error,
            error=errors.SHAPE,
        ),
    )


@hookimpl
def register_credentials(host: Host) -> CredentialIssuer:
    return auth.credential_issuer(host)
