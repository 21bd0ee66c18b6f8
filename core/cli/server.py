"""``serve`` and ``demo``."""

import os

import click

from core.cli.context import Session, show

_bind = click.option("--bind", metavar="HOST:PORT", help="Where to listen; [server] bind by default.")
_workers = click.option("--workers", type=click.IntRange(1), help="Worker processes; [server] workers by default.")


@click.command()
@_bind
@_workers
@click.pass_obj
def serve(session: Session, bind: str | None, workers: int | None) -> None:
    """Answer requests until told to stop."""
    from core import serve as server

    server.run(session.config, bind=bind, workers=workers, reread=session.reread)


@click.command()
@click.pass_obj
def background(session: Session) -> None:
    """Do what plugins do beside the requests, such as sending webhooks; `serve` does this by itself."""
    from core import background as beside
    from core import logs

    logs.configure()
    beside.main(session.config, parent=os.getppid())


@click.command()
@_bind
@_workers
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON first.")
@click.pass_obj
def demo(session: Session, bind: str | None, workers: int | None, as_json: bool) -> None:
    """Set up a small business with keys for every dialect, print how to book, and serve."""
    from core import demo as business
    from core import serve as server

    server.check_bind(bind or session.config.server.bind)
    if bind:
        session.answer_at(url_of(bind))
    bind = bind or session.config.server.bind
    manager = session.start(create=True)
    facts = business.prepare(manager, url=url_of(bind), now=session.clock())
    show(facts, as_json, lambda: text(facts))
    click.get_text_stream("stdout").flush()
    server.run(session.config, bind=bind, workers=workers)


def url_of(bind: str) -> str:
    """Where a client on this machine reaches ``bind``."""
    host, _, port = bind.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '[::]', '') else host}:{port}"


def text(facts: dict) -> str:
    """The demo's facts for people."""
    lines = [f"frontdesk serves at {facts['url']}", "", "On offer:"]
    lines += [f"  {number:>6}  {name}" for name, number in facts["services"].items()]
    for dialect, fields in facts["dialects"].items():
        lines += ["", f"{dialect}: book with", f"  {fields['curl']}"]
    return "\n".join([*lines, "", "Stop with Ctrl-C."])
