"""Between BookingPress's words and the core's."""
