"""``check``, ``migrate``, ``doctor``, ``routes`` and ``openapi``."""

import json
from typing import Any

import click

from core import preflight
from core.cli.context import Session, format_table, json_option, pick_entry, print_result
from core.datastore import check_datastore, find_schema_changes
from core.db import close_database
from core.http.dialect import methods_of_resource
from core.plugins import Manager


@click.command()
@json_option
@click.pass_obj
def check(session: Session, as_json: bool) -> None:
    """Check the configuration, the plugins, and that the datastore can be used: it writes nothing and makes nothing."""
    manager = session.plugins()
    report: dict[str, Any] = {
        "ok": True,
        "config": session.config.source,
        "plugins": [plugin.name for plugin in manager.plugins],
        "dialects": [dialect.name for _, dialect in manager.dialects],
        "sandbox": session.config.sandbox.now is not None,
        "warnings": [*manager.warnings, *_hidden_commands(manager), *preflight.run_checks(session.config, manager)],
        "database": check_datastore(session.config),
    }
    if report["database"]:
        report["warnings"] += find_schema_changes(session.config, manager.migration_owners)
        report["warnings"] += [text for text in session.live_plugins().warnings if text not in manager.warnings]
        close_database()
    lines = [f"{report['config']}: good; plugins: {', '.join(report['plugins']) or 'none'}"]
    lines.append(f"database: {report['database'] or 'not set up yet'}")
    if report["sandbox"]:
        lines.append(f"sandbox: the clock is frozen at {session.config.sandbox.now}")
    lines += [f"warning: {warning}" for warning in report["warnings"]]
    print_result(report, as_json, "\n".join(lines))


def _hidden_commands(manager: Manager) -> list[str]:
    """Warn about commands of a plugin that is called like a command of this program."""
    from core.cli import COMMANDS

    return [
        f"the commands of the plugin {name!r} cannot be reached, because frontdesk has a command of that name"
        for name, commands in manager.commands.items()
        if commands and name in COMMANDS
    ]


@click.command()
@json_option
@click.pass_obj
def migrate(session: Session, as_json: bool) -> None:
    """Bring the datastore to the schema of this program and its plugins."""
    from core.datastore import open_datastore

    owners = session.plugins().migration_owners
    applied = open_datastore(session.config, owners, apply=True)
    for warning in find_schema_changes(session.config, owners):
        click.echo(f"frontdesk: {warning}", err=True)
    print_result({"applied": applied}, as_json, "\n".join(f"applied {name}" for name in applied) or "nothing to do")


@click.command()
@json_option
@click.pass_obj
def doctor(session: Session, as_json: bool) -> None:
    """Ask the database for damage and recompute every invariant of the ledger; exit 1 when something is broken."""
    from core import table_inspection
    from core.services import database_check
    from core.services import doctor as examiner

    manager = session.start()
    checked, breaches = database_check.examine(manager.migration_owners, table_inspection.all_models(manager.models))
    report = examiner.examine(now=session.clock())
    report.checked.update(checked)
    report.breaches[:0] = breaches
    output = {"ok": report.ok, "checked": report.checked, "breaches": report.breaches}
    lines = [f"{rule}: {count} checked" for rule, count in report.checked.items()]
    lines += [f"BROKEN {breach.rule}: {breach.subject}: {breach.detail}" for breach in report.breaches]
    print_result(
        output, as_json, "\n".join([*lines, "all is well" if report.ok else f"{len(report.breaches)} breaches"])
    )
    if not report.ok:
        raise SystemExit(1)


@click.command()
@json_option
@click.pass_obj
def routes(session: Session, as_json: bool) -> None:
    """List every route with the methods it answers."""
    entries: list[dict[str, Any]] = []
    for _, dialect in session.live_plugins().dialects:
        answered = dialect.route_table or [
            (methods_of_resource(route.resource, route.suffix), route.template) for route in dialect.routes
        ]
        entries += [{"dialect": dialect.name, "methods": list(methods), "template": path} for methods, path in answered]
    rows = [(entry["dialect"], " ".join(entry["methods"]), entry["template"]) for entry in entries]
    print_result(entries, as_json, format_table(rows, ("DIALECT", "METHODS", "ROUTE")))


@click.command()
@click.argument("dialect")
@click.pass_obj
def openapi(session: Session, dialect: str) -> None:
    """Print the OpenAPI document of a dialect."""
    documents = {
        candidate.name: candidate.openapi
        for _, candidate in session.live_plugins().dialects
        if candidate.openapi is not None
    }
    click.echo(json.dumps(pick_entry("OpenAPI document", dialect, documents)(), indent=2, ensure_ascii=False))
