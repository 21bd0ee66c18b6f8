"""The notes."""

from peewee import BigAutoField, BigIntegerField, CharField, TextField


def migrate(schema):
    schema.create_table(
        "shift_notes_note",
        {
            "id": BigAutoField(),
            "text": TextField(),
            "author": CharField(max_length=64),
            "created_at": BigIntegerField(),
        },
    )
