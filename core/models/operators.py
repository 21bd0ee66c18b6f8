"""Operators of the console, their sessions, and the keys that sign what the console hands out."""

from peewee import BigAutoField, BigIntegerField, CharField, IntegerField, TextField

from core.db import BaseModel


class Operator(BaseModel):
    """A person who signs in to the console. ``password`` is an argon2 hash."""

    id = BigAutoField()
    name = CharField(max_length=64, unique=True)
    password = TextField()
    role = CharField(max_length=16)
    #: Wrong passwords since the last right one.
    failures = IntegerField(default=0)
    #: Epoch second until which sign-in is refused; 0 if it is not.
    locked_until = BigIntegerField(default=0)
    created_at = BigIntegerField()
    signed_in_at = BigIntegerField(null=True)


class OperatorSession(BaseModel):
    """One sign-in; ``digest`` is a hash of the token in the browser's cookie."""

    id = BigAutoField()
    digest = CharField(max_length=64, unique=True)
    operator_id = BigIntegerField(index=True)
    created_at = BigIntegerField()
    seen_at = BigIntegerField()
    expires_at = BigIntegerField()


class SigningKey(BaseModel):
    """A secret of this installation, made at first use; the newest one signs, all of them verify."""

    id = BigAutoField()
    secret = CharField(max_length=64)
    created_at = BigIntegerField()


#: Tables of the console, created by migration 0015.
OPERATOR_TABLES = [Operator, OperatorSession, SigningKey]
