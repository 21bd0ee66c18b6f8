"""What the tables of most kinds of record share."""

from peewee import BigIntegerField, CharField, IntegerField

from core.db import BaseModel
from core.fields import JSONField


class Record(BaseModel):
    """A thing that dialects make and change."""

    created_at = BigIntegerField()
    modified_at = BigIntegerField()
    #: Rises with every write.
    version = IntegerField(default=1)
    #: The dialect it came from.
    origin = CharField(max_length=64, default="")
    #: What each dialect keeps with it, by the dialect's name.
    extras = JSONField(default=dict)
