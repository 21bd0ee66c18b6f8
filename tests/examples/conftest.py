"""The distributions of ``examples/``, found as if pip had installed them."""

import sys
import tomllib
from pathlib import Path

import pytest

from core import db
from core.services import events, filters, repository, site
from frontdesk.testing.stores import KINDS, open_store
from tests.contract.conftest import NOW, open_host

EXAMPLES = Path(__file__).parents[2] / "examples"


def install(name: str, folder: Path) -> list[str]:
    """Write the metadata that an installer writes; returns the folders that have to be on the path."""
    project = tomllib.loads((EXAMPLES / name / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    sections = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points.items())
        for group, points in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(sections))
    return [str(folder), str(EXAMPLES / name)]


@pytest.fixture(params=KINDS)
def open_venue(request, tmp_path, monkeypatch):
    """Open a host with all four dialects and an example, with settings; once on each database."""

    def open_with(example: str, **settings):
        for folder in install(example, tmp_path):
            monkeypatch.syspath_prepend(folder)
        venue = open_host(open_store(request.param, tmp_path), more_plugins={example: settings})
        ada = repository.customers.create(now=NOW, first_name="Mira", last_name="Holt", email="mira@example.org")
        venue.ada = ada.id
        return venue

    yield open_with
    events.clear_listeners()
    filters.install(filters.Filters())
    site.configure(site.Site())
    db.close_database()
    for module in [name for name in sys.modules if name.startswith("frontdesk_")]:
        del sys.modules[module]
