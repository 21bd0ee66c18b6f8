"""PHP's habits with numbers and query strings, as far as clients can see them."""

from core.wordpress.php import floatval, intval, number_text, strlen, to_number, to_text

__all__ = [
    "floatval",
    "intval",
    "number_text",
    "strlen",
    "to_number",
    "to_text",
]
