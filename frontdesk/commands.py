"""For ``register_commands``: the session of the command line and how results are printed."""

from core.cli.context import Session, format_table, json_option, print_result

__all__ = [
    "Session",
    "format_table",
    "json_option",
    "print_result",
]
