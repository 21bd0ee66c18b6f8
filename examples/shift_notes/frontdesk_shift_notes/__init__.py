"""Notes for the next shift, on a page of the console."""
