"""What one installed hook costs: the surcharge of ``examples/`` beside the same server without it, on one store."""

import tomllib
from pathlib import Path

from bench.data import Business
from bench.measure import cpu_ratio
from bench.processes import ROOT, Load, Running, free_port, serving
from bench.requests import rows
from frontdesk.testing.built_in import BuiltIn

EXAMPLE = ROOT / "examples" / "surcharge"
_TURNS, _COUNT = 5, 100


def _install(folder: Path) -> list[Path]:
    """Write the metadata that an installer writes; returns the folders that have to be on the path."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    sections = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points.items())
        for group, points in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(sections))
    return [folder, EXAMPLE]


def measure(
    config: Path, business: Business, clients: dict[str, BuiltIn], server: Running, load: Load, *, workers: int
) -> list[str]:
    """Lines to print: the CPU of a price with the hook relative to that without, by dialect."""
    hooked = config.parent / "hooked.toml"
    text = config.read_text().replace("enabled = [", 'enabled = ["surcharge", ', 1)
    hooked.write_text(f'{text}\n[plugins.surcharge]\namount = "1.00"\nweekdays = [1, 2, 3, 4, 5, 6, 7]\n')
    port = free_port()
    command = ["core.cli", "--config", str(hooked), "serve", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    prices = [row for row in rows(business, clients) if row.title == "price of one booking"]
    told = []
    with serving(
        command,
        port=port,
        folder=config.parent,
        path="/healthz",
        workers=workers,
        more_path=_install(config.parent / "installed"),
    ) as with_hook:
        for row in prices:
            name = f"hook {row.dialect}"
            load.keep(name, row.requests)
            ratio = cpu_ratio(name, server, with_hook, load, turns=_TURNS, count=_COUNT)
            told.append(f"{row.dialect} {ratio:.2f}")
    return [f"a price with one hook installed (examples/surcharge) to one without: {', '.join(told)}"]
