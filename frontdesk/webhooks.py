"""What ``register_webhooks`` returns: how operators see and steer the webhooks that a plugin delivers."""

from core.services.webhooks import DELIVERED, GIVEN_UP, STATUSES, WAITING, Attempt, Delivery, Webhook, Webhooks

__all__ = ["DELIVERED", "GIVEN_UP", "STATUSES", "WAITING", "Attempt", "Delivery", "Webhook", "Webhooks"]
