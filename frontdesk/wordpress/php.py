"""PHP's conversions of numbers and query strings, as far as clients can observe them."""

from core.wordpress.php import floatval, intval, number_text, strlen, to_number, to_text

__all__ = [
    "floatval",
    "intval",
    "number_text",
    "strlen",
    "to_number",
    "to_text",
]
