"""Compares with a real site: records what passes, replays it against a sandbox, and reads a site out.

Nothing of this is loaded by a server.
"""
