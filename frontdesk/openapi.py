"""Describe handlers with ``operation`` and make the OpenAPI 3.1 document out of them."""

from core.http.openapi import Operation, document, operation, operation_of, operations_of, optional_fields

__all__ = [
    "Operation",
    "document",
    "operation",
    "operation_of",
    "operations_of",
    "optional_fields",
]
