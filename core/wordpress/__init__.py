"""What the WordPress / WooCommerce platform does for any extension that speaks HTTP.

Two transports and what they share:

* the REST server: ``rest`` (declarations), ``schema`` (argument rules), ``inputs`` (reading a request), ``server``
  (dispatch), ``output`` (headers, paging, ``_fields``), ``index`` (self-description), ``batch``;
* the older ``wc-api`` transport: ``legacy``, ``legacy_server``;
* consumer keys and OAuth 1.0a: ``keys``, ``oauth``; PHP's habits with values, queries and JSON: ``php``, ``phpjson``,
  ``sanitize``; ``dates`` and ``money``.

Dialect plugins import this package; nothing else in core does.
"""
