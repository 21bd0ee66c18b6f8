"""Falcon-free HTTP handlers, one module per noun of the API: decode, one use-case call, reply."""
