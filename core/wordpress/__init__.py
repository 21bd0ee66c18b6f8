"""What the WordPress / WooCommerce platform does for any extension that speaks HTTP.

Dialect plugins import this package; nothing else in core does. A REST dialect declares its routes and returns what
``RestServer.dialect`` returns::

    server = RestServer(site=host.site, clock=host.clock, peers=site_servers(host))
    logins = ConsumerKeys(DatastoreKeyStore("acme", host.clock), dialect="acme", site=host.site, clock=host.clock)
    server.add(Namespace("wc-acme/v1", ROUTES, login=logins.login, check_permissions=logins.check_permission))
    return server.dialect("acme")

    RestRoute(r"/things/(?P<id>[\\d]+)", [
        Endpoint(READ, read_thing, {"id": arg(type="integer")}, permission=may_read),
        Endpoint(EDIT, edit_thing, schema.item_args(THING, creating=False), may_edit),
    ], schema=THING_SCHEMA)

    def read_thing(request: RestRequest) -> RestResponse:
        thing_id = request.int_param("id")
        links = request.links(f"things/{thing_id}", "things")
        return RestResponse(translate.to_thing(get_thing(thing_id)), links=links)

Modules: ``rest`` declarations; ``schema`` and ``arguments`` validation; ``php_request`` parsing of requests; ``server``
dispatch; ``rendering`` headers, paging, ``_fields``; ``collections`` search, order, pages; ``batch``; ``discovery``
indexes and OPTIONS; ``legacy``, ``legacy_login`` and ``legacy_server`` the legacy ``wc-api`` API; ``consumer_keys``,
``key_store`` and ``oauth`` authentication; ``php``, ``phpjson`` and ``sanitize`` PHP's conversions; ``statuses``,
``dates`` and ``money``.
"""
