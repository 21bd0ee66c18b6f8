"""Adds a fixed fee to bookings on some days of the week."""
