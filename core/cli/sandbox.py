"""``sandbox``: a test bench for clients."""

import gc
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from core.cli.context import Session
from core.config import StartupError


@click.command()
@click.option("--bind", default="127.0.0.1:0", show_default=True, metavar="HOST:PORT", help="Port 0 takes a free one.")
@click.option("--dialect", "dialects", multiple=True, metavar="NAME", help="Serve this one; all without. Repeatable.")
@click.option("--strict", is_flag=True, help="Answer exactly as the vendors do, rate limits included.")
@click.option("--seed", default="demo", show_default=True, metavar="demo|empty|FILE", help="What is in the store.")
@click.option("--now", metavar="INSTANT", help="Where the clock stands, such as 2026-03-02T10:00:00Z; it runs without.")
@click.option("--timezone", metavar="ZONE", help="The site's time zone [UTC].")
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), help="An SQLite file that stays.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
@click.pass_obj
def sandbox(
    session: Session,
    bind: str,
    dialects: tuple[str, ...],
    strict: bool,
    seed: str,
    now: str | None,
    timezone: str | None,
    store: Path | None,
    as_json: bool,
) -> None:
    """Serve a bench for testing clients: state, time, faults and a journal under /_sandbox.

    It needs no configuration, its store goes when it ends, and it ends with the process that started it.
    """
    if session.is_configured:
        raise StartupError("a sandbox takes no --config: it must never open the datastore of a server.")
    run_sandbox(
        bind,
        {"dialects": dialects, "strict": strict, "plugins_folder": session.plugins_folder},
        seed=seed,
        now=_instant(now),
        site={} if timezone is None else {"timezone": timezone},
        store=store,
        as_json=as_json,
    )


def _instant(text: str | None) -> datetime | None:
    from core.errors import Invalid
    from core.sandbox.clock import read_instant

    try:
        return None if text is None else read_instant(text)
    except Invalid as error:
        raise StartupError(f"--now {error.reason}, not {text!r}.") from None


def hurry() -> None:
    """Start sooner: collect no garbage meanwhile, and load no packages that a sandbox has no use for.

    Where they are installed, peewee loads PostgreSQL's drivers and structlog a printer for terminals: a fifth of the
    time that everything takes.
    """
    gc.disable()
    for name in ("psycopg", "psycopg2", "rich", "better_exceptions"):
        if name not in sys.modules:
            # Python's own way to say that a module cannot be imported.
            sys.modules[name] = None  # type: ignore[assignment]


def run_sandbox(
    bind: str,
    options: dict[str, Any],
    *,
    seed: str,
    now: datetime | None,
    site: dict[str, Any],
    store: Path | None,
    as_json: bool,
) -> None:
    """Start a sandbox and serve it until it is told to stop."""
    hurry()
    from core import logs
    from core.sandbox import server
    from core.sandbox.control import control_app
    from core.sandbox.host import Sandbox
    from core.sandbox.settings import sandbox_config
    from core.sandbox.wsgi import SandboxApp

    logs.configure("warning")
    listener = server.open_listener(bind)
    if not server.is_loopback(listener):
        click.echo(f"frontdesk: everybody who reaches {bind} can use the control API, which asks for no key.", err=True)
    temporary = None if store is not None else server.TemporaryStore()
    try:
        path = temporary.path if temporary is not None else store.resolve() if store is not None else Path()
        config = sandbox_config(path, url=server.url_of(listener), site=site, **options)
        running = Sandbox(config, now=now, seed=seed)

        def announce() -> None:
            running.time.start()
            gc.freeze()
            gc.enable()
            print(json.dumps(running.summary) if as_json else describe(running.summary), flush=True)

        def clean_up() -> None:
            running.close()
            if temporary is not None:
                temporary.remove()

        server.serve(SandboxApp(running, control_app(running)), config, listener, announce=announce, clean_up=clean_up)
    finally:
        listener.close()
        if temporary is not None:
            temporary.remove()


def describe(summary: dict[str, Any]) -> str:
    """The ready line for people."""
    lines = [f"the sandbox serves at {summary['url']}, its control API at {summary['control']}"]
    for dialect, fields in summary["dialects"].items():
        lines += ["", f"{dialect}: {', '.join(fields['prefixes'])}", f"  {fields['curl']}"]
    return "\n".join([*lines, "", "Stop with Ctrl-C."])
