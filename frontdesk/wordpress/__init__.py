"""What the WordPress and WooCommerce platforms do for any extension: for dialects under ``wp-json`` and ``wc-
api``."""
