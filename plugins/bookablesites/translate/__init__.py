"""Between Bookablesites's words and the core's."""
