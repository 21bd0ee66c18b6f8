"""``plugins`` and ``plugin remove``."""

from typing import Any

import click
import msgspec

from core.cli.consumers import describe_consumers
from core.cli.context import Session, format_table, json_option, print_result


@click.command()
@json_option
@click.pass_obj
def plugins(session: Session, as_json: bool) -> None:
    """List the plugins and, for every hook, the order in which they really run."""
    manager = session.plugins()
    output: dict[str, Any] = {
        "plugins": [
            {
                "name": plugin.name,
                "module": plugin.module_path,
                "version": getattr(plugin.module, "__version__", None),
                "requires": plugin.module.REQUIRES,
                "dialects": [dialect.name for owner, dialect in manager.dialects if owner == plugin.name],
                "prefixes": [
                    p for owner, dialect in manager.dialects if owner == plugin.name for p in dialect.prefixes
                ],
            }
            for plugin in manager.plugins
        ],
        "hooks": manager.hook_order(),
        "consumers": describe_consumers(session, manager),
    }
    rows = [
        (plugin_entry["name"], plugin_entry["module"], " ".join(plugin_entry["prefixes"]))
        for plugin_entry in output["plugins"]
    ]
    hooks = [f"{hook}: {', '.join(names)}" for hook, names in output["hooks"].items()]
    handlers = [f"consumer {entry['name']}: {entry['waiting'] or 0} waiting" for entry in output["consumers"]]
    lines = [format_table(rows, ("PLUGIN", "MODULE", "PREFIXES")), "", *hooks, *handlers]
    print_result(output, as_json, "\n".join(lines))


@click.group()
def plugin() -> None:
    """Remove what a plugin has left."""


@plugin.command()
@click.argument("name")
@click.option("--purge", is_flag=True, help="Delete it; without this it is only listed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def remove(session: Session, name: str, purge: bool, yes: bool, as_json: bool) -> None:
    """List, and with --purge delete, what the datastore holds of a plugin that is no longer enabled."""
    from core import plugin_removal

    if purge and as_json and not yes:
        raise click.UsageError("--json asks nothing; add --yes.")
    manager = session.start()
    leftovers = plugin_removal.find_leftovers(name, session.config, manager, clock=session.clock)
    lines = _describe_leftovers(name, leftovers)
    if purge and not yes:
        click.echo("\n".join(lines), err=True)
        click.confirm("Delete this for ever?", abort=True, err=True)
    if purge:
        plugin_removal.purge(name, leftovers)
        lines = [f"plugin {name}: deleted", *lines[1:]]
    else:
        lines.append(f"nothing was deleted; do that with: frontdesk plugin remove {name} --purge")
    report = {"plugin": name, **msgspec.to_builtins(leftovers), "purged": purge}
    print_result(report, as_json, "\n".join(lines))


def _describe_leftovers(name: str, leftovers: Any) -> list[str]:
    lines = [f"plugin {name}: to be deleted"]
    lines += [f"table {table}: {count} rows" for table, count in leftovers.tables.items()]
    lines += [f"history of {len(leftovers.migrations)} migrations"] if leftovers.migrations else []
    lines += [f"events that wait for {consumer}: {count}" for consumer, count in leftovers.events.items()]
    lines += [f"keys of {realm}: {count}" for realm, count in leftovers.keys.items()]
    lines += [f"setting in the datastore: {key}" for key in leftovers.stored_settings]
    lines += [f"setting, to be removed by hand: {setting}" for setting in leftovers.settings]
    return lines
