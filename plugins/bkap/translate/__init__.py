"""Between BKAP's words and the core's."""
