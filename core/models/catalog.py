"""Services, resources, locations, categories and customers.

Calendar rules are a JSON list in the row of their owner, because they are always read with it and replaced as a whole.
``extras`` holds data that a single dialect needs, by the dialect's name.
"""

from peewee import (
    AutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from core.db import BaseModel
from core.fields import JSONField, MoneyField
from core.models.base import Record


class IdSequence(BaseModel):
    """The id sequence that services, variants, person types, resources, bookings and orders share."""

    id = SmallIntegerField(primary_key=True)
    last = BigIntegerField()


class SiteState(BaseModel):
    """The single row of settings that dialects change at run time, such as the rules for every service."""

    id = SmallIntegerField(primary_key=True)
    rules = JSONField(default=list)
    version = IntegerField(default=1)
    extras = JSONField(default=dict)


class Category(Record):
    id = AutoField()
    name = CharField(max_length=255)
    #: The folded ``name``, for sorting and searching; likewise every ``*_key`` of a name or title.
    name_key = CharField(max_length=255, default="")
    slug = CharField(max_length=255, default="", index=True)
    parent_id = IntegerField(default=0, index=True)
    description = TextField(default="")
    position = IntegerField(default=0)


class Location(Record):
    id = AutoField()
    name = CharField(max_length=255)
    name_key = CharField(max_length=255, default="")
    address = TextField(default="")
    phone = CharField(max_length=63, default="")
    description = TextField(default="")
    zone = CharField(max_length=64, default="")
    position = IntegerField(default=0)
    status = CharField(max_length=20, default="active")
    rules = JSONField(default=list)


class Customer(Record):
    id = AutoField()
    first_name = CharField(max_length=255, default="")
    last_name = CharField(max_length=255, default="")
    first_name_key = CharField(max_length=255, default="", index=True)
    last_name_key = CharField(max_length=255, default="", index=True)
    email = CharField(max_length=255, default="")
    #: Lower case, for look-ups without regard to case.
    email_key = CharField(max_length=255, default="", index=True)
    phone = CharField(max_length=63, default="")
    username = CharField(max_length=255, default="")
    roles = JSONField(default=list)
    note = TextField(default="")


class Service(Record):
    id = BigIntegerField(primary_key=True)
    name = CharField(max_length=255)
    name_key = CharField(max_length=255, default="")
    slug = CharField(max_length=255, default="", index=True)
    #: One of ``core.domain.statuses.CATALOG``, as for locations and resources.
    status = CharField(max_length=20, default="active")
    #: False switches booking off while the service stays.
    bookable = BooleanField(default=True)
    kind = CharField(max_length=40, default="service")
    description = TextField(default="")
    summary = TextField(default="")
    sku = CharField(max_length=100, default="")
    #: The plain price for lists and filters, in major units.
    price = MoneyField(default=0)
    currency = CharField(max_length=3, default="")
    plan = JSONField()
    price_plan = JSONField(default=dict)
    rules = JSONField(default=list)
    #: Locations it is offered at; empty means everywhere.
    locations = JSONField(default=list)
    zone = CharField(max_length=64, default="")
    position = IntegerField(default=0)
    created_at = BigIntegerField(index=True)

    class Meta:
        indexes = ((("status", "created_at"), False),)


class ServiceCategory(BaseModel):
    service_id = BigIntegerField()
    category_id = IntegerField(index=True)
    position = IntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("service_id", "category_id")


class Variant(Record):
    """A variant of a service with its own price; capacity and calendar are the service's."""

    id = BigIntegerField(primary_key=True)
    service_id = BigIntegerField(index=True)
    name = CharField(max_length=255, default="")
    price = MoneyField(default=0)
    position = IntegerField(default=0)


class PersonType(Record):
    id = BigIntegerField(primary_key=True)
    service_id = BigIntegerField(index=True)
    name = CharField(max_length=255, default="")
    description = TextField(default="")
    minimum = IntegerField(default=0)
    maximum = IntegerField(default=0)
    base_cost = MoneyField(default=0)
    block_cost = MoneyField(default=0)
    position = IntegerField(default=0)


class Extra(Record):
    """An extra that can be bought with a booking and lengthens it by ``minutes`` each."""

    id = AutoField()
    service_id = BigIntegerField(index=True)
    name = CharField(max_length=255)
    price = MoneyField(default=0)
    minutes = IntegerField(default=0)
    max_quantity = IntegerField(default=0)
    position = IntegerField(default=0)


class Resource(Record):
    id = BigIntegerField(primary_key=True)
    kind = CharField(max_length=10, default="asset")
    name = CharField(max_length=255)
    name_key = CharField(max_length=255, default="")
    first_name = CharField(max_length=255, default="")
    first_name_key = CharField(max_length=255, default="")
    last_name = CharField(max_length=255, default="")
    last_name_key = CharField(max_length=255, default="")
    email = CharField(max_length=255, default="")
    email_key = CharField(max_length=255, default="", index=True)
    phone = CharField(max_length=63, default="")
    description = TextField(default="")
    #: Units at once; None for no limit.
    capacity = IntegerField(null=True)
    #: "units": serves ``capacity`` units of any service at once; "session": one service and interval at a time.
    sharing = CharField(max_length=10, default="units")
    rules = JSONField(default=list)
    zone = CharField(max_length=64, default="")
    location_id = IntegerField(default=0)
    status = CharField(max_length=20, default="active")
    position = IntegerField(default=0)


class ServiceResource(BaseModel):
    """The link of a resource to a service, with its prices and capacity there."""

    service_id = BigIntegerField()
    resource_id = BigIntegerField(index=True)
    position = IntegerField(default=0)
    base_cost = MoneyField(null=True)
    block_cost = MoneyField(null=True)
    price = MoneyField(null=True)
    #: Units for this service with this resource; None for the service's or the resource's own.
    capacity = IntegerField(null=True)
    min_capacity = IntegerField(null=True)
    extras = JSONField(default=dict)

    class Meta:
        primary_key = CompositeKey("service_id", "resource_id")
