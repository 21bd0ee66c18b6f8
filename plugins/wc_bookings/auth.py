"""Who may do what: keys come from the platform, rights from the user's role (README.md, "Signing in")."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from frontdesk import CredentialIssuer, Host
from frontdesk.errors import Invalid, NotFound
from frontdesk.repository import customers
from frontdesk.wordpress.consumer_keys import ConsumerKeys, generate_pair
from frontdesk.wordpress.key_store import DatastoreKeyStore
from frontdesk.wordpress.rest import RestRequest, WPError
from plugins.wc_bookings import demo
from plugins.wc_bookings.settings import Settings

REALM = "wc_bookings"
#: Users with one of these roles pass every check.
MANAGERS = frozenset({"administrator", "shop_manager"})

_REFUSALS = {
    "list": ("view", "Sorry, you cannot list resources."),
    "view": ("view", "Sorry, you cannot view this resource."),
    "create": ("create", "Sorry, you are not allowed to create resources."),
    "edit": ("edit", "Sorry, you are not allowed to edit this resource."),
    "delete": ("delete", "Sorry, you are not allowed to delete this resource."),
    "batch": ("batch", "Sorry, you are not allowed to batch manipulate this resource."),
}

#: Refuses an action, or returns None.
Permission = Callable[[RestRequest], WPError | None]


def is_manager(request: RestRequest) -> bool:
    """Does the caller manage the shop?"""
    caller = request.principal
    return caller is not None and not MANAGERS.isdisjoint(caller.roles)


def refused(request: RestRequest, action: str) -> WPError:
    """The platform's refusal of an action: 401 without a key, 403 with one."""
    verb, message = _REFUSALS[action]
    return request.permission_error(f"woocommerce_rest_cannot_{verb}", message)


def managers(action: str, *, exists: Callable[[RestRequest], bool] | None = None) -> Permission:
    """The permission for an action that only managers have.

    Args:
        exists: Whether the record exists. A missing one is not guarded, so that the reply can be 404.
    """

    def check(request: RestRequest) -> WPError | None:
        if is_manager(request) or (exists is not None and not exists(request)):
            return None
        return refused(request, action)

    return check


def everybody(request: RestRequest) -> WPError | None:
    """The permission that needs no key."""
    return None


def consumer_keys(host: Host, settings: Settings) -> ConsumerKeys:
    """The platform's three ways to sign in, with this dialect's keys."""
    return ConsumerKeys(
        DatastoreKeyStore(REALM, host.clock),
        dialect="wc_bookings",
        site=host.site,
        clock=host.clock,
        basic_over_http=bool(settings.basic_over_http),
        any_url=settings.mode != "strict",
        signing_times=host.signing_times,
    )


def credential_issuer(host: Host) -> CredentialIssuer:
    """How ``frontdesk keys`` makes keys of this dialect."""
    store = DatastoreKeyStore(REALM, host.clock)

    def create(
        *,
        now: datetime,
        label: str = "",
        permissions: str | None = None,
        user: str | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[Any, dict[str, str]]:
        key_pair = generate_pair()
        # A key without a user is the shop's own.
        roles = _roles(user) if user else ("administrator",)
        record = store.create(
            key_pair,
            now=now,
            permissions=permissions or "read_write",
            user=user or "",
            roles=roles,
            label=label,
            expires_at=expires_at,
        )
        return record, {"consumer_key": key_pair.consumer_key, "consumer_secret": key_pair.consumer_secret}

    return CredentialIssuer(
        dialect="wc_bookings",
        realm=REALM,
        create=create,
        booking_command=lambda fields, **about: demo.curl_of(fields, now=host.clock(), **about),
        permissions=("read", "write", "read_write"),
        reading_command=demo.read_command,
        read_only=("read",),
        acts_for_users=True,
    )


def _roles(user: str) -> tuple[str, ...]:
    """The roles of a user by id, for a key that acts for it."""
    if not (user.isascii() and user.isdigit()):
        raise Invalid(field="user", reason="type", value=user)
    try:
        return tuple(customers.get(int(user)).roles) or ("customer",)
    except NotFound:
        raise Invalid(field="user", reason="unknown", value=user) from None
