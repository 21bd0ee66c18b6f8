"""Wires the parts together: configuration, plugins, datastore, services, HTTP."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import falcon

from core import metrics
from core.config import Config, make_clock
from core.config_checks import PUBLIC
from core.datastore import describe_changed_migrations, open_datastore, open_limiter, read_settings
from core.db import set_statement_timeouts
from core.dialect_checks import add_routes, check_claims
from core.http import errors
from core.http.dialect import Dialect
from core.http.health import HealthResource, MetricsResource, PublicReadinessResource, ReadinessResource
from core.http.middleware import DialectRegistry, Middleware, RetryingRouter
from core.http.proxies import TrustedProxies
from core.http.welcome import WelcomePage, welcome_facts
from core.live_app import App, LiveApplication
from core.logs import AccessLog, get_logger
from core.plugins import Manager, load_plugins
from core.services import booking_counters, change_events, events, filters, personal_data, site, stored_settings

log = get_logger("frontdesk.app")


def create_app(
    config: Config, *, clock: Callable[[], datetime] | None = None, manager: Manager | None = None
) -> LiveApplication:
    """Build the WSGI application, which builds itself again when a setting of a plugin changes.

    Args:
        clock: Where the time comes from; by default the one of ``config``.
        manager: Plugins that are loaded already.

    Raises:
        StartupError: Something is wrong with the configuration, a plugin or the datastore.
    """
    clock = clock or make_clock(config)
    if manager is None:
        manager = start(config, clock=clock)
    set_statement_timeouts()
    return _make_live(config, manager, clock, _build_app)


def create_console_app(
    config: Config, manager: Manager, *, clock: Callable[[], datetime] | None = None
) -> LiveApplication:
    """The console alone, for ``[console] bind``."""
    return _make_live(config, manager, clock or make_clock(config), _build_console)


def _make_live(
    config: Config, manager: Manager, clock: Callable[[], datetime], build: Callable[..., App]
) -> LiveApplication:
    metrics.create_meters()
    return LiveApplication(
        manager,
        build=partial(build, config, clock),
        reload=partial(reload_plugins, config),
        connect=partial(connect, config),
    )


def _build_app(config: Config, clock: Callable[[], datetime], manager: Manager, check: Callable[[], None]) -> App:
    """Falcon's application for plugins with one version of their settings."""
    ready = _make_readiness(config, manager)
    served, dialects = [*manager.dialects], [dialect for _, dialect in manager.dialects]
    pages: dict[str, Any] = {"/": WelcomePage(welcome_facts(config, dialects))}
    if config.console.enabled:
        # Its templates and pages are loaded where it is served.
        from core.console.dialect import make_console
        from core.console.public_routes import public_routes

        # Made in any case, so that what is wrong with it stops the start.
        console = make_console(config, manager, clock=clock, readiness=ready.run)
        if not config.console.bind:
            served.insert(0, ("core", console))
            check_claims(served)
        pages = public_routes(config, dialects, readiness=ready.run, check_settings=check)
    app = _make_application(config, manager, served, clock=clock, ready=ready, check=check)
    for template, page in pages.items():
        app.add_route(template, page)
    return app


def _build_console(config: Config, clock: Callable[[], datetime], manager: Manager, check: Callable[[], None]) -> App:
    from core.console.dialect import make_console
    from core.console.public_routes import ConsoleEntrance

    ready = _make_readiness(config, manager)
    console = make_console(config, manager, clock=clock, readiness=ready.run)
    app = _make_application(config, manager, [("console", console)], clock=clock, ready=ready, check=check)
    app.add_route("/", ConsoleEntrance(config))
    return app


def _make_application(
    config: Config,
    manager: Manager,
    served: Sequence[tuple[str, Dialect]],
    *,
    clock: Callable[[], datetime],
    ready: ReadinessResource,
    check: Callable[[], None],
) -> App:
    dialects = [dialect for _, dialect in served]
    middleware = Middleware(
        registry=DialectRegistry(dialects),
        clock=clock,
        proxies=TrustedProxies(config.server.trusted_proxies),
        max_body=config.server.max_body,
        reply_lifetime=timedelta(hours=config.limits.idempotency_hours),
        access_log=AccessLog(config.server.access_log, clients=config.server.log_clients),
        on_error=errors.handle_error,
        base_path=urlsplit(config.site.url).path,
        check_settings=check,
    )
    app: App = falcon.App(middleware=[middleware], router=RetryingRouter())
    app.req_options.keep_blank_qs_values = True
    app.add_error_handler(Exception, errors.handle_error)
    app.add_error_handler(falcon.HTTPError, errors.handle_error)
    if config.server.admin_bind == PUBLIC:
        _add_admin_routes(app, manager, ready)
    else:
        app.add_route("/healthz", HealthResource())
        app.add_route("/readyz", PublicReadinessResource(ready))
    add_routes(served, app.add_route)
    return app


def create_admin_app(config: Config, manager: Manager) -> App:
    """The app for operators on ``[server] admin_bind``: metrics, and every detail of readiness."""
    app = falcon.App()
    metrics.create_meters()
    _add_admin_routes(app, manager, _make_readiness(config, manager))
    return app


def _add_admin_routes(app: App, manager: Manager, ready: ReadinessResource) -> None:
    plugins = [(plugin.name, _version_of(plugin.module)) for plugin in manager.plugins]
    app.add_route("/healthz", HealthResource())
    app.add_route("/readyz", ready)
    gauges = {"event_backlog": events.backlog, "event_failures": events.failures, **manager.gauges}
    app.add_route("/metrics", MetricsResource(plugins, gauges))


def _version_of(module: Any) -> str:
    """The version of a plugin; the built-in ones have the program's."""
    ships = getattr(module, "__name__", "").partition(".")[0] == "plugins"
    return str(getattr(module, "__version__", metrics.program_version() if ships else ""))


def _make_readiness(config: Config, manager: Manager) -> ReadinessResource:
    names = tuple(plugin.name for plugin in manager.plugins)
    limiter = manager.host.limiter
    checks = manager.health if limiter is None else {"limits": limiter.check, **manager.health}
    return ReadinessResource(owners=manager.migration_owners, plugins=names, checks=checks, frozen=config.sandbox.now)


def start(config: Config, *, clock: Callable[[], datetime] | None = None, migrate: bool = False) -> Manager:
    """Load the plugins, open the datastore and connect both to the services; everything except HTTP.

    Raises:
        StartupError: As for ``create_app``.
    """
    clock = clock or make_clock(config)
    stored = read_settings(config)
    manager = load_plugins(config, clock=clock, limiter=open_limiter(config), stored=stored)
    open_datastore(config, manager.migration_owners, apply=migrate)
    connect(config, manager)
    for warning in (*manager.warnings, *describe_changed_migrations(manager.migration_owners)):
        log.warning(warning)
    if config.sandbox.now is not None:
        log.warning("SANDBOX: the clock of the whole host is frozen", now=config.sandbox.now.isoformat())
    return manager


def reload_plugins(config: Config, manager: Manager) -> Manager:
    """The same plugins with the settings that are in the open datastore now, for ``connect``.

    Raises:
        StartupError: One of them cannot start with these.
    """
    host = manager.host
    return load_plugins(
        config,
        clock=host.clock,
        limiter=host.limiter,
        stored=stored_settings.read(),
        signing=host.signing,
        around_webhook=host.around_webhook,
    )


def connect(config: Config, manager: Manager) -> None:
    """Configure the services: site, filters and listeners. Replaces those of an earlier host in this process.

    Requests may be running: each of the three is replaced in one step.
    """
    site.configure(config.site)
    filters.install(manager.filters())
    personal_data.install(manager.personal_data)
    change_events.emit_change_events()
    events.replace_listeners(
        (manager.dispatch_event, booking_counters.count_booking),
        {name: consumer.kinds for name, consumer in manager.consumers.items()},
    )
