"""Falcon resources, one class per route: decode the request, call one use case, send the reply."""
