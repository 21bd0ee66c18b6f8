"""``serve`` and ``demo``."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from core.cli import setup
from core.cli.context import Session, print_result
from core.config_checks import local_url

_bind = click.option("--bind", metavar="HOST:PORT", help="Where to listen; [server] bind by default.")
_workers = click.option("--workers", type=click.IntRange(1), help="Worker processes; [server] workers by default.")


@click.command()
@_bind
@_workers
@click.option("--quiet", is_flag=True, help="Print warnings and errors only.")
@click.pass_obj
def serve(session: Session, bind: str | None, workers: int | None, quiet: bool) -> None:
    """Answer requests until told to stop."""
    from core import gunicorn_engine as server

    if quiet:
        session.use_quiet_logging()
    if bind:
        session.set_site_url(local_url(bind))
    server.run(session.config, bind=bind, workers=workers, reload_config=session.reload_config)


@click.command()
@click.pass_obj
def background(session: Session) -> None:
    """Do what plugins do beside the requests, such as sending webhooks; `serve` does this by itself."""
    from core import background as beside
    from core import logs

    logs.configure(session.config.server.log_level)
    beside.run_background_process(session.config, parent_pid=os.getppid())


@click.command()
@_bind
@_workers
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON first.")
@click.pass_obj
def demo(session: Session, bind: str | None, workers: int | None, as_json: bool) -> None:
    """Set up a small business with keys for every dialect, print how to book, and serve.

    It has a datastore of its own, which goes when it ends. With --config it uses the one named there, if that is empty
    or from an earlier demo.
    """
    if session.is_configured:
        _demo(session, bind, workers, as_json)
        return
    folder, master = Path(tempfile.mkdtemp(prefix="frontdesk-demo-")), os.getpid()
    try:
        session.use_config_file(setup.write_config(folder))
        _demo(session, bind, workers, as_json)
    finally:
        # Workers that end run this too.
        if os.getpid() == master:
            shutil.rmtree(folder, ignore_errors=True)


def _demo(session: Session, bind: str | None, workers: int | None, as_json: bool) -> None:
    from core import demo as business
    from core import gunicorn_engine as server

    server.check_bind(bind or session.config.server.bind)
    if bind:
        session.set_site_url(local_url(bind), force=True)
    bind = bind or session.config.server.bind
    manager = session.start(create=True, must_exist=False)
    summary = business.prepare_demo(manager, url=local_url(bind), now=session.clock())
    if session.config.console.enabled:
        address = local_url(session.config.console.bind or bind) + session.config.console.path
        summary["console"] = business.open_console(address, now=session.clock())
    print_result(summary, as_json, lambda: describe_demo(summary, session.config.source))
    sys.stdout.flush()
    server.run(session.config, bind=bind, workers=workers)


def describe_demo(summary: dict[str, Any], config: str) -> str:
    """The demo's services and commands, for people."""
    lines = [f"frontdesk serves at {summary['url']}", "", "On offer:"]
    lines += [f"  {service_id:>6}  {name}" for name, service_id in summary["services"].items()]
    for dialect, fields in summary["dialects"].items():
        lines += ["", f"{dialect}: book with", f"  {fields['curl']}"]
    if console := summary.get("console"):
        lines += ["", f"The console: {console['url']} (name {console['name']}, password {console['password']})"]
    lines += ["", f"Look into it with: frontdesk --config {config} doctor"]
    return "\n".join([*lines, "Stop with Ctrl-C."])
