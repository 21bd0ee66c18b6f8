"""What the WordPress / WooCommerce platform does for any extension that speaks HTTP.

Dialect plugins import this package; nothing else in core does. A REST dialect declares its routes and returns what
``RestServer.dialect`` makes of them::

    server = RestServer(site=host.site, clock=host.clock, peers=site_servers(host))
    logins = ConsumerKeys(StoredKeys("acme", host.clock), dialect="acme", site=host.site, clock=host.clock)
    server.add(Namespace("wc-acme/v1", ROUTES, login=logins.login, check_permissions=logins.gate, errors=errors.to_wp))
    return server.dialect("acme")

    RestRoute(r"/things/(?P<id>[\\d]+)", [
        Endpoint(READ, read_thing, collections.item_args(), permission=may_read),
        Endpoint(EDIT, edit_thing, {"id": collections.id_arg(), **schema.item_args(THING, creating=False)}, may_edit),
    ], schema=THING_SCHEMA)

    def read_thing(request: RestRequest) -> RestResponse:
        number = request.int_param("id")
        return RestResponse(translate.to_thing(get_thing(number)), links=request.links(f"things/{number}", "things"))

What is where: ``rest`` declarations, ``schema`` and ``checks`` argument rules, ``collections`` the usual arguments,
``inputs`` reading a request, ``server`` dispatch, ``output`` headers, paging and ``_fields``, ``index``
self-description, ``batch``; ``legacy``, ``legacy_login`` and ``legacy_server`` the older ``wc-api`` transport;
``keys``, ``store`` and ``oauth`` signing in; ``php``, ``phpjson`` and ``sanitize`` PHP's habits; ``dates``, ``money``.
"""
