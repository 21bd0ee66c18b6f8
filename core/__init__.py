"""The booking server behind ``frontdesk``, the package that plugins import from. It knows no vendor."""
