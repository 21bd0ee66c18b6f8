"""Wires the parts together: configuration, plugins, datastore, services, HTTP."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import falcon

from core import metrics, request_budget
from core.config import Config, make_clock
from core.config_checks import PUBLIC
from core.console.dialect import make_console
from core.console.public_routes import ConsoleEntrance, public_routes
from core.datastore import describe_changed_migrations, open_datastore, open_limiter
from core.db import set_statement_timeouts
from core.dialect_checks import add_routes, check_dialects
from core.http import errors
from core.http.dialect import Dialect
from core.http.health import HealthResource, MetricsResource, PublicReadinessResource, ReadinessResource
from core.http.middleware import DialectRegistry, Middleware, RetryingRouter, roll_back
from core.http.proxies import TrustedProxies
from core.logs import AccessLog, get_logger
from core.plugins import Manager, load_plugins
from core.services import booking_counters, change_events, events, filters, site

log = get_logger("frontdesk.app")


App: TypeAlias = "falcon.App[falcon.Request, falcon.Response]"


class Application(falcon.App[falcon.Request, falcon.Response]):
    """Falcon's app, with a budget for each request and no transaction left open, however the request ends."""

    def __call__(self, env: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        allowance = request_budget.current()
        if allowance is None:
            # The server sets no budget of its own.
            allowance = request_budget.RequestBudget()
            request_budget.set_current(allowance)
        try:
            return super().__call__(env, start_response)
        finally:
            request_budget.finish(allowance)
            # A transaction is open here only when the worker is being stopped.
            roll_back(env, None)


def create_app(config: Config, *, clock: Callable[[], datetime] | None = None, manager: Manager | None = None) -> App:
    """Build the WSGI application.

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
    ready = _make_readiness(config, manager)
    served = [*manager.dialects]
    if config.console.enabled and not config.console.bind:
        served.append(("console", make_console(config, manager, clock=clock, readiness=ready.run)))
        check_dialects(served)
    app = _make_application(config, manager, served, clock=clock, ready=ready)
    dialects = [dialect for _, dialect in manager.dialects]
    for template, page in public_routes(config, dialects, readiness=ready.run).items():
        app.add_route(template, page)
    return app


def create_console_app(config: Config, manager: Manager, *, clock: Callable[[], datetime] | None = None) -> App:
    """The console alone, for ``[console] bind``."""
    clock = clock or make_clock(config)
    ready = _make_readiness(config, manager)
    console = make_console(config, manager, clock=clock, readiness=ready.run)
    app = _make_application(config, manager, [("console", console)], clock=clock, ready=ready)
    app.add_route("/", ConsoleEntrance(config))
    return app


def _make_application(
    config: Config,
    manager: Manager,
    served: Sequence[tuple[str, Dialect]],
    *,
    clock: Callable[[], datetime],
    ready: ReadinessResource,
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
    )
    app = Application(middleware=[middleware], router=RetryingRouter())
    app.req_options.keep_blank_qs_values = True
    app.add_error_handler(Exception, errors.handle_error)
    app.add_error_handler(falcon.HTTPError, errors.handle_error)
    metrics.create_meters()
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
    manager = load_plugins(config, clock=clock, limiter=open_limiter(config))
    open_datastore(config, manager.migration_owners, apply=migrate)
    connect(config, manager)
    for warning in (*manager.warnings, *describe_changed_migrations(manager.migration_owners)):
        log.warning(warning)
    if config.sandbox.now is not None:
        log.warning("SANDBOX: the clock of the whole host is frozen", now=config.sandbox.now.isoformat())
    return manager


def connect(config: Config, manager: Manager) -> None:
    """Configure the services: site, filters and listeners. Replaces those of an earlier host in this process."""
    site.configure(config.site)
    filters.install(manager.filters())
    change_events.emit_change_events()
    events.clear_listeners()
    events.subscribe(manager.dispatch_event)
    events.subscribe(booking_counters.count_booking)
    for name, consumer in manager.consumers.items():
        events.register_consumer(name, consumer.kinds)
