"""The columns that most tables share."""

from peewee import BigIntegerField, CharField, IntegerField

from core.db import BaseModel
from core.fields import JSONField


class Record(BaseModel):
    """A record that dialects create and change."""

    created_at = BigIntegerField()
    modified_at = BigIntegerField()
    #: Increases with every write.
    version = IntegerField(default=1)
    #: The dialect that created it.
    origin = CharField(max_length=64, default="")
    #: Data of each dialect, by the dialect's name.
    extras = JSONField(default=dict)
