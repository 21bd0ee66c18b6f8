"""One module per noun of the vendor's API: decode, one use case, reply."""
