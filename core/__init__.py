"""frontdesk core: one booking ledger that any number of HTTP dialects share. It knows no vendor."""
