"""What answers HTTP requests, one module per noun of the API: decode, one use-case call, reply."""
