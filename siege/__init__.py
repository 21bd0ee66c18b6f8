"""Attacks on a server of one's own, on this machine, and what a good client sees meanwhile."""
