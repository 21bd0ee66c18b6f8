"""The host's own tables: credentials and remembered replies."""

from peewee import BigAutoField, BigIntegerField, BlobField, CharField, IntegerField, TextField

from core.db import BaseModel
from core.fields import JSONField


class Credential(BaseModel):
    """One key of one dialect. ``lookup`` finds it; ``secret`` proves it, as plain text only where a protocol must sign
    with it."""

    id = BigAutoField()
    realm = CharField(max_length=64)
    lookup = CharField(max_length=255)
    secret = TextField(default="")
    permissions = CharField(max_length=255, default="")
    user = CharField(max_length=255, default="")
    roles = JSONField(default=list)
    label = CharField(max_length=255, default="")
    #: The last characters of the key, for people to tell keys apart.
    tail = CharField(max_length=16, default="")
    extras = JSONField(default=dict)
    created_at = BigIntegerField()
    last_used_at = BigIntegerField(null=True)
    expires_at = BigIntegerField(null=True)
    revoked_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("realm", "lookup"), True),)


class IdempotentReply(BaseModel):
    """What was answered under one idempotency key; ``status`` 0 while the first request still runs."""

    id = BigAutoField()
    scope = CharField(max_length=160)
    key = CharField(max_length=255)
    fingerprint = CharField(max_length=64)
    #: Who runs the request now; whoever takes over an expired lease writes its own.
    token = CharField(max_length=40)
    lease_ends = BigIntegerField()
    status = IntegerField(default=0)
    headers = JSONField(default=list)
    body = BlobField(null=True)
    created_at = BigIntegerField(index=True)

    class Meta:
        indexes = ((("scope", "key"), True),)


#: Tables of the host, made by migration 0002.
HOST_TABLES = [Credential, IdempotentReply]
