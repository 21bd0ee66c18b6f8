"""Documents of ``frontdesk import`` and ``export``: declared sections, converted values, errors with the path."""

from core.documents import Entry, Scalar, check_keys, check_value, checked, convert, join_path, path_prefix
from core.importing import Section, Value, import_document, put, refuse_shared_id
from core.ledger_fields import LEDGER_KEY, LedgerFields, ledger_fields, with_ledger
from core.services.export_ownership import exported_bookings, exported_services

__all__ = [
    "LEDGER_KEY",
    "Entry",
    "LedgerFields",
    "Scalar",
    "Section",
    "Value",
    "check_keys",
    "check_value",
    "checked",
    "convert",
    "exported_bookings",
    "exported_services",
    "import_document",
    "join_path",
    "ledger_fields",
    "path_prefix",
    "put",
    "refuse_shared_id",
    "with_ledger",
]
