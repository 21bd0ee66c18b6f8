"""Falcon resources, one class per route, and what they share."""
