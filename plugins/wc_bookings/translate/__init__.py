"""Between WooCommerce Bookings' words and the core's."""
