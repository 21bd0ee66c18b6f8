"""The sandbox: the server for testers of clients, in one process, with state, time, faults and a journal to hand.

Only ``frontdesk sandbox`` and the test fixtures start it. A normal server imports nothing of this package, so it has no
path to its control API. The store is always SQLite.
"""
