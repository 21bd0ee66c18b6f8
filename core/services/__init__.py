"""The verbs: the only code that opens a transaction, and the only code that sees tables."""
