"""Checks the arguments that an endpoint declares: required first, then validated, then sanitized."""

from core.wordpress.arguments import check_arguments, invalid_params_error, peek_json

__all__ = [
    "check_arguments",
    "invalid_params_error",
    "peek_json",
]
