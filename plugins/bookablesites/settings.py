"""The settings in ``[plugins.bookablesites]`` (README, "Settings")."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from frontdesk import Secret

Minutes = Annotated[int, Meta(ge=0, le=525_600)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Features(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vendor's feature cards; routes of one that is off reply 403 ``feature_disabled``."""

    api: bool = True
    locations: bool = True
    coupons: bool = True
    group_booking: bool = True
    webhooks: bool = True
    reports: bool = True


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tenant settings; times are in minutes, ``period_available_in_advance`` in days.

    ``token_keys`` sign access tokens: the last one signs, all are accepted. Without any, the datastore has its own key.
    """

    time_slot_step: Annotated[int, Meta(ge=1, le=1440)] = 30
    use_service_duration_as_slot: bool = False
    default_appointment_status: Literal["approved", "pending"] = "approved"
    minimum_time_before_booking: Minutes = 0
    minimum_time_before_canceling: Minutes = 0
    minimum_time_before_rescheduling: Minutes = 0
    period_available_in_advance: Annotated[int, Meta(ge=1, le=3650)] = 365
    token_keys: Annotated[tuple[str, ...], Secret] = ()
    token_seconds: Count = 3600
    calls_per_minute: Count = 120
    writes_per_minute: Count = 60
    tokens_per_minute: Count = 120
    allow_http_webhooks: bool = False
    features: Features = Features()
