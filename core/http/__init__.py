"""What all dialects share over HTTP: routing by prefix, bodies, errors, idempotency."""
