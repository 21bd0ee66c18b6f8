"""The vendor's verbs over core's services: the only place that opens a transaction. No HTTP."""
