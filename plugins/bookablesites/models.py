"""Webhooks, their deliveries, and every attempt to deliver."""

from peewee import BigAutoField, BigIntegerField, BooleanField, CharField, IntegerField, TextField

from frontdesk.database import BaseModel


class BookablesitesWebhook(BaseModel):
    """One receiver; the vendor allows one webhook for each event."""

    id = BigAutoField()
    name = CharField(max_length=255)
    event = CharField(max_length=64, unique=True)
    url = TextField()
    token = CharField(max_length=255)
    active = BooleanField(default=True)
    #: Events up to this one are not sent: they occurred before the webhook was created or resumed.
    after_event = BigIntegerField(default=0)
    created_at = BigIntegerField()


class BookablesitesDelivery(BaseModel):
    """One body for one receiver. ``status`` is "waiting", "delivered" or "given_up"."""

    id = BigAutoField()
    #: The id the receiver sees; the same on every attempt.
    name = CharField(max_length=64, unique=True)
    webhook_id = BigIntegerField(index=True)
    event = CharField(max_length=64)
    body = TextField()
    status = CharField(max_length=16, default="waiting")
    attempts = IntegerField(default=0)
    not_before = BigIntegerField(default=0)
    #: A sender has the delivery until then.
    leased_until = BigIntegerField(default=0)
    #: A test, attempted only once, also while the webhook is paused.
    once = BooleanField(default=False)
    created_at = BigIntegerField(index=True)

    class Meta:
        indexes = ((("status", "not_before"), False),)


class BookablesitesAttempt(BaseModel):
    """One attempt; ``code`` is the status of the response, 0 without one."""

    id = BigAutoField()
    delivery_id = BigIntegerField(index=True)
    webhook_id = BigIntegerField(index=True)
    at = BigIntegerField()
    code = IntegerField(default=0)
    error = CharField(max_length=255, default="")
    milliseconds = IntegerField(default=0)


TABLES = (BookablesitesWebhook, BookablesitesDelivery, BookablesitesAttempt)
