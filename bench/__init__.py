"""How fast the server is beside a bare Falcon app under the same settings; see README.md."""
