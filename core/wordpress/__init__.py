"""What the WordPress / WooCommerce platform does for any extension that speaks HTTP.

Dialect plugins import this package; nothing else in core does. A REST dialect declares its routes and returns what
``RestServer.dialect`` makes of them::

    server = RestServer(site=host.site, clock=host.clock, peers=site_servers(host))
    keys = ConsumerKeys(DatastoreKeyStore("acme", host.clock), dialect="acme", site=host.site, clock=host.clock)
    server.add(
        Namespace(
            "wc-acme/v1", ROUTES, login=keys.login, check_permissions=keys.check_permission, errors=errors.to_wp
        )
    )
    return server.dialect("acme")

    RestRoute(r"/things/(?P<id>[\\d]+)", [
        Endpoint(READ, read_thing, collections.item_args(), permission=may_read),
        Endpoint(EDIT, edit_thing, {"id": collections.id_arg(), **schema.item_args(THING, creating=False)}, may_edit),
    ], schema=THING_SCHEMA)

    def read_thing(request: RestRequest) -> RestResponse:
        thing_id = request.int_param("id")
        links = request.links(f"things/{thing_id}", "things")
        return RestResponse(translate.to_thing(get_thing(thing_id)), links=links)

Modules: ``rest`` declarations; ``schema`` and ``arguments`` argument rules; ``collections`` common arguments;
``php_request`` reading a request; ``server`` dispatch; ``rendering`` headers, paging and ``_fields``; ``discovery``
self-description; ``batch``; ``legacy``, ``legacy_login`` and ``legacy_server`` the older ``wc-api`` transport;
``consumer_keys``, ``key_store`` and ``oauth`` authentication; ``php``, ``phpjson`` and ``sanitize`` PHP's behaviour;
``dates``, ``money``.
"""
