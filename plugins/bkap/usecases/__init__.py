"""The vendor's verbs over core's services; only this package opens transactions."""
