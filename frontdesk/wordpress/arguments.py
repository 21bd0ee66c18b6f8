"""Holding a request against the arguments its endpoint declares: required, judged, cleaned."""

from core.wordpress.arguments import check_arguments, invalid_params_error, peek_json

__all__ = [
    "check_arguments",
    "invalid_params_error",
    "peek_json",
]
