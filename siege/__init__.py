"""Attacks on a local test server, and what a good client sees meanwhile."""
