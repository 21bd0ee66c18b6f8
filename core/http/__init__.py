"""What every dialect shares on the wire: routing by prefix, bodies, errors, idempotency."""
