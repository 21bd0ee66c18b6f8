"""Benchmarks the server against a bare Falcon app under the same settings; see README.md."""
