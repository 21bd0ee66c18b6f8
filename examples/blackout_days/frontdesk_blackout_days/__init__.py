"""Refuses bookings that touch one of the days listed."""
