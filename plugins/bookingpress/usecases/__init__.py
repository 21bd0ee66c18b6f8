"""The vendor's operations over core's services, one module per noun; the only place that opens a transaction."""
