"""Money around bookings: orders, payments, coupons, packages, gift cards. Amounts in major units, exact."""

from peewee import AutoField, BigAutoField, BigIntegerField, BooleanField, CharField, IntegerField, TextField

from core.db import BaseModel
from core.fields import JSONField, MoneyField
from core.models.base import Record


class Order(Record):
    id = BigIntegerField(primary_key=True)
    number = CharField(max_length=40, default="")
    key = CharField(max_length=64, default="")
    status = CharField(max_length=20, default="pending")
    customer_id = IntegerField(default=0, index=True)
    currency = CharField(max_length=3, default="")
    total = MoneyField(default=0)
    #: Whether its status follows its bookings.
    follows = BooleanField(default=False)
    created_at = BigIntegerField(index=True)

    class Meta:
        # ORDER is a keyword of SQL.
        table_name = "booking_order"


class OrderItem(BaseModel):
    id = BigAutoField()
    order_id = BigIntegerField(index=True)
    service_id = BigIntegerField(default=0)
    name = CharField(max_length=255, default="")
    quantity = IntegerField(default=1)
    total = MoneyField(default=0)
    #: The total is stated, not the sum of the line's bookings.
    stated = BooleanField(default=False)
    extras = JSONField(default=dict)


class Payment(Record):
    id = AutoField()
    booking_id = BigIntegerField(index=True)
    order_id = BigIntegerField(default=0)
    customer_id = IntegerField(default=0, index=True)
    status = CharField(max_length=20)
    gateway = CharField(max_length=40, default="")
    transaction_id = CharField(max_length=255, default="")
    currency = CharField(max_length=3, default="")
    amount = MoneyField(default=0)
    paid = MoneyField(default=0)
    due = MoneyField(default=0)
    created_at = BigIntegerField(index=True)


class Coupon(Record):
    id = AutoField()
    code = CharField(max_length=255)
    #: The code in lower case: codes are unique and looked up without regard to case.
    code_key = CharField(max_length=255, unique=True)
    title = CharField(max_length=255, default="")
    title_key = CharField(max_length=255, default="")
    #: "percentage" or "fixed".
    discount_type = CharField(max_length=12, default="percentage")
    discount = MoneyField(default=0)
    #: Dates of the site zone, both included; empty for none.
    starts_on = CharField(max_length=10, default="")
    ends_on = CharField(max_length=10, default="")
    #: Services it applies to; empty for all.
    services = JSONField(default=list)
    max_uses = IntegerField(null=True)
    max_uses_per_customer = IntegerField(null=True)
    max_bookings_per_group = IntegerField(null=True)
    #: Permanent uses, in addition to the rows of ``CouponUse``.
    used = IntegerField(default=0)
    #: Whether a cancelled booking returns its use.
    returns = BooleanField(default=True)
    status = CharField(max_length=20, default="active")


class CouponUse(BaseModel):
    id = BigAutoField()
    coupon_id = IntegerField()
    booking_id = BigIntegerField(index=True)
    customer_id = IntegerField(default=0)
    #: False after the booking has returned its use.
    active = BooleanField(default=True)

    class Meta:
        indexes = ((("coupon_id", "active"), False),)


class Package(Record):
    id = AutoField()
    name = CharField(max_length=255)
    name_key = CharField(max_length=255, default="")
    description = TextField(default="")
    price = MoneyField(default=0)
    #: Validity after purchase: count and "d", "m" or "y".
    valid_for = IntegerField(default=1)
    valid_unit = CharField(max_length=1, default="m")
    purchase_limit = IntegerField(default=0)
    #: ``[{"service_id": ..., "count": ...}, ...]``
    services = JSONField(default=list)
    status = CharField(max_length=20, default="active")
    position = IntegerField(default=0)


class PackagePurchase(Record):
    id = AutoField()
    number = CharField(max_length=40, unique=True)
    package_id = IntegerField(index=True)
    customer_id = IntegerField(index=True)
    services = JSONField(default=list)
    purchased_on = CharField(max_length=10)
    expires_on = CharField(max_length=10)
    paid = MoneyField(default=0)


class PackageUse(BaseModel):
    id = BigAutoField()
    purchase_id = IntegerField(index=True)
    booking_id = BigIntegerField(index=True)
    service_id = BigIntegerField()
    units = IntegerField(default=1)
    active = BooleanField(default=True)


class GiftCard(Record):
    id = AutoField()
    title = CharField(max_length=255)
    title_key = CharField(max_length=255, default="")
    price = MoneyField(default=0)
    value = MoneyField(default=0)
    #: "never", or "duration" with count and unit after purchase.
    expiry = CharField(max_length=10, default="never")
    valid_for = IntegerField(default=0)
    valid_unit = CharField(max_length=1, default="m")
    services = JSONField(default=list)
    resources = JSONField(default=list)
    status = CharField(max_length=20, default="active")


class GiftCardSold(Record):
    id = AutoField()
    code = CharField(max_length=64)
    code_key = CharField(max_length=64, unique=True)
    gift_card_id = IntegerField(index=True)
    customer_id = IntegerField(default=0)
    paid = MoneyField(default=0)
    #: The amount when sold; the balance is this less its uses.
    value = MoneyField(default=0)
    expires_on = CharField(max_length=10, default="")
    services = JSONField(default=list)
    resources = JSONField(default=list)


class GiftCardUse(BaseModel):
    id = BigAutoField()
    sold_id = IntegerField(index=True)
    booking_id = BigIntegerField(index=True)
    amount = MoneyField(default=0)
    active = BooleanField(default=True)
