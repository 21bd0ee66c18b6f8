"""``record``, ``diff``, ``proxy`` and ``pull``: compare with a real site."""

from pathlib import Path
from typing import Any

import click
import msgspec

from core.cli.context import json_option, print_result

_file = click.Path(path_type=Path)


@click.command()
@click.argument("cases", nargs=-1, required=True, type=_file)
@click.option("--plan", "plan_file", type=_file, help="How to replay them; replay.json beside them by default.")
@click.option("--dialect", metavar="NAME", help="Whose they are, where no plan says it.")
@click.option("--state", type=_file, help="The recorded site as an import document.")
@json_option
@click.pass_context
def diff(
    ctx: click.Context,
    cases: tuple[Path, ...],
    plan_file: Path | None,
    dialect: str | None,
    state: Path | None,
    as_json: bool,
) -> None:
    """Replay case files against a sandbox and report what differs, by kind; exits with 1 where something does."""
    from core import logs
    from core.recording.cases import read_case_files, read_json
    from core.recording.replay import replay

    logs.configure("error")
    verdicts = []
    for file in read_case_files(list(cases), plan_file=plan_file):
        if dialect:
            file.plan = msgspec.structs.replace(file.plan, dialect=dialect)
        if state is not None:
            file.plan = msgspec.structs.replace(file.plan, state=read_json(state))
        verdicts += replay(file)
    summary = summarise(verdicts)
    print_result(summary, as_json, lambda: describe(summary))
    if summary["unexpected"]:
        ctx.exit(1)


def summarise(verdicts: list[Any]) -> dict[str, Any]:
    """The verdicts as plain data: counts, kinds, and every case that is not the same."""
    from core.recording.comparison import count_kinds

    unexpected = [verdict for verdict in verdicts if not verdict.is_as_expected]
    shown = [verdict for verdict in verdicts if verdict.differences or verdict.reason]
    return {
        "cases": len(verdicts),
        "same": sum(not verdict.differences for verdict in verdicts),
        "unexpected": len(unexpected),
        "kinds": count_kinds([found for verdict in unexpected for found in verdict.differences]),
        "different": [
            {
                "case": f"{verdict.file}:{verdict.position}",
                "name": verdict.name,
                "reason": verdict.reason,
                "differences": [str(found) for found in verdict.differences[:20]],
                "expected": verdict.is_as_expected,
            }
            for verdict in shown
        ],
    }


def describe(summary: dict[str, Any]) -> str:
    """The summary for people."""
    lines = []
    for entry in summary["different"]:
        if entry["expected"]:
            lines.append(f"{entry['case']} {entry['name']}: differs as known ({entry['reason']})")
            continue
        lines.append(f"{entry['case']} {entry['name']}:")
        lines += [f"  {text}" for text in entry["differences"]]
        if not entry["differences"]:
            lines.append(f"  is the same, and was known to differ ({entry['reason']})")
    kinds = ", ".join(f"{count} {kind}" for kind, count in summary["kinds"].items())
    lines.append(
        f"{summary['cases']} cases, {summary['same']} the same, {summary['unexpected']} different"
        + (f": {kinds}" if kinds else "")
    )
    return "\n".join(lines)


_upstream = click.option("--upstream", "upstream_url", required=True, metavar="URL", help="The real site.")
_dialect = click.option("--dialect", required=True, metavar="NAME", help="The API that it speaks.")
_key = click.option("--key-file", type=_file, help="A key of the site as JSON; without it the client signs in itself.")
_bind = click.option("--bind", default="127.0.0.1:0", show_default=True, metavar="HOST:PORT", help="Where to listen.")
_writes = click.option("--allow-writes", is_flag=True, help="Pass on what changes the site; it is only read otherwise.")


def _parts_of(dialect: str) -> tuple[Any, Any, Any]:
    """Dialect, issuer of keys and importer of an installed plugin, without a datastore."""
    from datetime import UTC, datetime

    from core.cli.context import pick_entry
    from core.plugins import load_plugins
    from core.sandbox.settings import sandbox_config

    config = sandbox_config(Path("none.db"), url="http://sandbox.test", dialects=[dialect], environ={})
    manager = load_plugins(config, clock=lambda: datetime.now(UTC))
    found = next((one for _, one in manager.dialects if one.name == dialect), None)
    return found, manager.credentials.get(dialect), pick_entry("importer", dialect, manager.importers)


@click.command()
@click.argument("cases", type=_file)
@_upstream
@_dialect
@_key
@_bind
@_writes
@click.option("--keep-people", is_flag=True, help="Leave names and addresses of people in the file.")
@click.option("--state", type=_file, help="The site as an import document, for a replay; see pull.")
@click.option("--now", metavar="INSTANT", help="The site's time, for a replay; the real one by default.")
@click.option("--timezone", metavar="ZONE", default="UTC", show_default=True, help="The site's time zone.")
@json_option
def record(
    cases: Path,
    upstream_url: str,
    dialect: str,
    key_file: Path | None,
    bind: str,
    allow_writes: bool,
    keep_people: bool,
    state: Path | None,
    now: str | None,
    timezone: str,
    as_json: bool,
) -> None:
    """Stand before a real site, pass requests on, and write them with their answers into the file CASES."""
    from datetime import UTC, datetime

    from core.recording.proxy import recording
    from core.recording.recorder import Recorder
    from core.recording.upstream import Upstream, read_key

    found, issuer, _ = _parts_of(dialect)
    upstream = Upstream(upstream_url, key=read_key(key_file), issuer=issuer)
    plan = {
        "dialect": dialect,
        "now": now or datetime.now(UTC).isoformat(timespec="seconds"),
        "site": {"url": upstream.url, "timezone": timezone},
        "state": None if state is None else str(state.resolve()),
    }
    recorder = Recorder(cases, plan=plan, is_credential=found and found.is_credential, keep_people=keep_people)
    _serve(bind, recording(upstream, recorder, allow_writes=allow_writes), upstream.url, as_json)
    recorder.save()
    click.echo(f"{cases}: {len(recorder.cases)} cases", err=True)


@click.command()
@_upstream
@click.option("--other", "other_url", required=True, metavar="URL", help="The site to compare with.")
@_dialect
@click.option("--compare", "is_comparing", is_flag=True, help="Ask both; without it only one is asked.")
@click.option("--answer", type=click.Choice(["upstream", "other"]), default="upstream", help="Who answers the client.")
@_key
@click.option("--other-key-file", type=_file, help="A key of the other site as JSON.")
@_bind
@_writes
@click.option("--log", "log_file", type=_file, help="Append what differs here; standard output by default.")
@json_option
def proxy(
    upstream_url: str,
    other_url: str,
    dialect: str,
    is_comparing: bool,
    answer: str,
    key_file: Path | None,
    other_key_file: Path | None,
    bind: str,
    allow_writes: bool,
    log_file: Path | None,
    as_json: bool,
) -> None:
    """Answer a client from one site and compare with another, while a shop moves over.

    What changes something goes to the answering site alone.
    """
    from core.recording import proxy as proxies
    from core.recording.cases import Comparison
    from core.recording.upstream import Upstream, read_key

    _, issuer, _ = _parts_of(dialect)
    first = Upstream(upstream_url, key=read_key(key_file), issuer=issuer)
    second = Upstream(other_url, key=read_key(other_key_file), issuer=issuer)
    answering, other = (first, second) if answer == "upstream" else (second, first)
    log = proxies.DifferenceLog(log_file)
    compared = Comparison()
    exchange = (
        proxies.comparing(answering, other, log, allow_writes=allow_writes, compared=compared)
        if is_comparing
        else proxies.passing(answering, allow_writes=allow_writes)
    )
    _serve(bind, exchange, answering.url, as_json)
    click.echo(", ".join(f"{count} {name}" for name, count in log.counts.items()), err=True)


def _serve(bind: str, exchange: Any, upstream_url: str, as_json: bool) -> None:
    """Serve a proxy until told to stop."""
    import signal
    import threading

    from core.config import StartupError
    from core.config_checks import bind_problem
    from core.recording.proxy import open_proxy

    if bind.startswith("unix:") or bind_problem(bind):
        raise StartupError(f"--bind must be HOST:PORT, not {bind!r}.")
    try:
        server = open_proxy(bind, exchange)
    except OSError as error:
        raise StartupError(f"cannot listen on {bind}: {error.strerror or error}.") from None
    host, port = server.server_address[:2]
    url = f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"
    print_result({"url": url, "upstream": upstream_url}, as_json, f"{url} stands before {upstream_url}; stop: Ctrl-C.")
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            # ``shutdown`` waits for the loop that this handler interrupts.
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    with server:
        server.serve_forever(poll_interval=0.1)


@click.command()
@click.argument("file", type=_file)
@_upstream
@_dialect
@_key
@json_option
def pull(file: Path, upstream_url: str, dialect: str, key_file: Path | None, as_json: bool) -> None:
    """Read a live site through the vendor's own API into an import document, FILE."""
    from core.config import StartupError
    from core.private_files import write_private
    from core.recording.upstream import Upstream, UpstreamFailed, read_key

    _, issuer, importer = _parts_of(dialect)
    if importer.pull is None:
        raise StartupError(f"{dialect} cannot be read out through its API.")
    upstream = Upstream(upstream_url, key=read_key(key_file), issuer=issuer)
    try:
        document = importer.pull(lambda url: upstream.read(url).body)
    except UpstreamFailed as error:
        raise StartupError(f"{error}.") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StartupError(f"{upstream.url} answers what is no answer of this API ({error}).") from None
    write_private(file, msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    counts = {name: len(entries) for name, entries in document.items() if isinstance(entries, list)}
    text = "\n".join(f"{name}: {count}" for name, count in counts.items())
    print_result({"file": str(file), **counts}, as_json, f"{file}: written\n{text}")
