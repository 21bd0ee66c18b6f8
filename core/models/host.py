"""Tables of the host: credentials, idempotent replies and the settings of plugins."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    CharField,
    CompositeKey,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from core.db import BaseModel
from core.fields import JSONField
from core.models.operators import OPERATOR_TABLES


class Credential(BaseModel):
    """An API key. ``lookup`` finds it, ``secret`` proves it; it is plain only where a protocol signs with it."""

    id = BigAutoField()
    realm = CharField(max_length=64)
    lookup = CharField(max_length=255)
    secret = TextField(default="")
    permissions = CharField(max_length=255, default="")
    user = CharField(max_length=255, default="")
    roles = JSONField(default=list)
    label = CharField(max_length=255, default="")
    #: The last characters of the key, by which people recognize it.
    tail = CharField(max_length=16, default="")
    extras = JSONField(default=dict)
    created_at = BigIntegerField()
    last_used_at = BigIntegerField(null=True)
    expires_at = BigIntegerField(null=True)
    revoked_at = BigIntegerField(null=True)

    class Meta:
        indexes = ((("realm", "lookup"), True),)


class IdempotentReply(BaseModel):
    """The reply stored under an idempotency key."""

    id = BigAutoField()
    scope = CharField(max_length=160)
    key = CharField(max_length=255)
    fingerprint = CharField(max_length=64)
    status = IntegerField()
    headers = JSONField(default=list)
    body = BlobField(null=True)
    created_at = BigIntegerField(index=True)

    class Meta:
        indexes = ((("scope", "key"), True),)


class Setting(BaseModel):
    """One setting of a plugin that was changed while the server ran."""

    plugin = CharField(max_length=40)
    #: Dotted path of the field in the plugin's struct.
    key = CharField(max_length=255)
    #: JSON; ``null`` is a value like any other.
    value = TextField()
    changed_at = BigIntegerField()
    changed_by = CharField(max_length=255)

    class Meta:
        primary_key = CompositeKey("plugin", "key")


class SettingVersion(BaseModel):
    """The single row whose ``version`` rises with every change of a setting; none before the first."""

    id = SmallIntegerField(primary_key=True)
    version = BigIntegerField()


class Sample(BaseModel):
    """What one host counted in a minute or an hour: a row for each process that took samples."""

    #: Seconds: 60 or 3600.
    span = SmallIntegerField()
    #: When it began, in real time.
    at = BigIntegerField()
    source = CharField(max_length=16)
    #: Rows of ``core.services.request_history.Count``.
    data = TextField()

    class Meta:
        primary_key = CompositeKey("span", "at", "source")


#: Tables of the host, created by migrations 0002, 0015, 0016 and 0017.
HOST_TABLES = [Credential, IdempotentReply, *OPERATOR_TABLES, Setting, SettingVersion, Sample]
