"""Every kind of event that core records, with the keys of its data; ``docs/events.md`` explains them."""

from collections.abc import Mapping

_RECORDS = (
    "category",
    "coupon",
    "customer",
    "extra",
    "gift_card",
    "location",
    "package",
    "person_type",
    "resource",
    "service",
    "variant",
)
#: Records whose deletion is told.
_DELETED = ("category", "coupon", "customer", "gift_card", "location", "package", "resource", "service")

KINDS: Mapping[str, frozenset[str]] = {
    "booking.created": frozenset({"booking"}),
    "booking.changed": frozenset({"booking", "previous"}),
    "booking.rescheduled": frozenset({"booking", "previous"}),
    "booking.status_changed": frozenset({"booking", "previous"}),
    "booking.cancelled": frozenset({"booking", "previous"}),
    "booking.deleted": frozenset({"booking", "snapshot"}),
    "order.status_changed": frozenset({"previous_status", "status"}),
    "order.deleted": frozenset(),
    "person.erased": frozenset({"person"}),
    "key.created": frozenset({"realm", "label", "permissions"}),
    "key.revoked": frozenset({"realm", "label", "permissions"}),
    "operator.created": frozenset({"name", "role"}),
    "operator.updated": frozenset({"name", "role"}),
    "operator.password_changed": frozenset({"name"}),
    "operator.deleted": frozenset({"name"}),
    "webhook.enabled": frozenset({"plugin"}),
    "webhook.disabled": frozenset({"plugin"}),
    "delivery.replayed": frozenset({"plugin"}),
    **{f"{record}.created": frozenset({record}) for record in _RECORDS},
    **{f"{record}.updated": frozenset({record, "changes"}) for record in _RECORDS},
    **{f"{record}.deleted": frozenset({record}) for record in _DELETED},
    "setting.changed": frozenset({"plugin", "settings"}),
}
