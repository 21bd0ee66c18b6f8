"""Plugins are found wherever they are: installed, in a folder, by path, and beside other packages of the same name."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import cli
from frontdesk.testing.servers import command, environment, write_config
from tests import ROOT

PLUGIN = """\
from frontdesk import hookimpl

REQUIRES = ">=1.0,<2"


@hookimpl
def site_changed(event):
    pass
"""
OBJECT = """\
from frontdesk import hookimpl


class Hooks:
    REQUIRES = ">=1.0,<2"

    @hookimpl
    def site_changed(self, event):
        pass


hooks = Hooks()
"""


def distribution(folder: Path, name: str, point: str, files: dict[str, str]) -> None:
    """What pip leaves of a distribution with one entry point."""
    info = folder / f"{name.replace('-', '_')}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[frontdesk.plugins]\n{point}\n")
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path of Python, and what ``frontdesk plugins`` says of a configuration."""
    modules = set(sys.modules)
    packages = tmp_path / "site-packages"
    packages.mkdir()
    monkeypatch.syspath_prepend(packages)

    def run(*words: str, **plugins):
        config = write_config(tmp_path, database={"url": f"sqlite:///{tmp_path}/d.db"}, plugins=plugins)
        result = CliRunner().invoke(cli, ["--config", str(config), *words, "plugins", "--json"])
        if result.exit_code:
            return result.stderr.removeprefix("frontdesk: ").replace(f"{config}: ", "").strip()
        return [plugin["module"] for plugin in json.loads(result.stdout)["plugins"]]

    run.folder = packages
    yield run
    for name in set(sys.modules) - modules:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("value", "file", "text"),
    [
        ("easy", "easy/__init__.py", PLUGIN),
        ("easy_single", "easy_single.py", PLUGIN),
        ("easy_pkg.plugin", "easy_pkg/plugin.py", PLUGIN),
        ("easy_pkg2.plugin:hooks", "easy_pkg2/plugin.py", OBJECT),
    ],
)
def test_an_entry_point_may_name_a_package_a_module_or_an_object(site, value, file, text):
    distribution(site.folder, "frontdesk-easy", f"easyappointments = {value}", {file: text})

    assert site(enabled=["easyappointments"]) == [value]


def test_two_distributions_with_one_entry_point_are_one_sentence(site):
    distribution(site.folder, "frontdesk-a", "easy = easy_a", {"easy_a.py": PLUGIN})
    distribution(site.folder, "frontdesk-b", "easy = easy_b", {"easy_b.py": PLUGIN})

    said = site(enabled=["easy"])

    assert said in (
        "plugins.enabled: the distribution 'frontdesk-a' and the distribution 'frontdesk-b' both bring a plugin 'easy';"
        " remove or rename one of them.",
        "plugins.enabled: the distribution 'frontdesk-b' and the distribution 'frontdesk-a' both bring a plugin 'easy';"
        " remove or rename one of them.",
    )


def test_an_entry_point_called_like_a_built_in_plugin_is_one_sentence(site):
    distribution(site.folder, "frontdesk-mine", "bkap = mine", {"mine.py": PLUGIN})

    assert site(enabled=["bkap"]) == (
        "plugins.enabled: this program and the distribution 'frontdesk-mine' both bring a plugin 'bkap'; remove or"
        " rename one of them."
    )
    # What nobody switches on hurts nobody.
    assert site(enabled=["wc_bookings"]) == ["plugins.wc_bookings"]


def test_a_module_on_the_path_needs_no_entry_point(site):
    for name in ("lone_sms.py", "some/where.py"):
        (site.folder / name).parent.mkdir(exist_ok=True)
        (site.folder / name).write_text(PLUGIN)

    assert site(enabled=["lone_sms", "some.where"]) == ["lone_sms", "some.where"]


def test_a_folder_of_plugins_is_named_by_the_configuration_or_the_command(site, tmp_path):
    for folder, name in (("mine", "sms_one"), ("theirs", "sms_two")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.py").write_text(PLUGIN)

    assert site(enabled=["sms_one"], path="./mine") == ["sms_one"]
    assert site("--plugins-dir", str(tmp_path / "theirs"), enabled=["sms_two"], path="./mine") == ["sms_two"]
    assert site(enabled=[], path="./none") == f"plugins.path: there is no folder {tmp_path}/none."
    assert site(enabled=[], path=3) == "plugins.path must be the path of a folder, not 3."


def check(tmp_path: Path, folder: Path) -> subprocess.CompletedProcess:
    """``frontdesk check`` with all built-in plugins, where ``folder`` comes first on the path."""
    config = write_config(
        tmp_path,
        database={"url": f"sqlite:///{tmp_path}/d.db"},
        plugins={"enabled": ["bkap", "wc_bookings", "bookingpress", "bookablesites", "plugins.mine"]},
    )
    environ = {**environment(), "PYTHONPATH": f"{folder}:{ROOT}", "PYTHONSAFEPATH": "1"}
    words = command("--config", str(config), "check")
    return subprocess.run(words, capture_output=True, text=True, env=environ, cwd=folder, check=False)


def test_built_in_plugins_are_found_beside_another_plugins_package(tmp_path):
    folder = tmp_path / "site"
    (folder / "plugins").mkdir(parents=True)
    (folder / "plugins" / "__init__.py").write_text("")
    (folder / "plugins" / "mine.py").write_text(PLUGIN)

    checked = check(tmp_path, folder)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert "plugins: bkap, wc_bookings, bookingpress, bookablesites, mine" in checked.stdout


def test_a_module_that_takes_the_name_of_the_package_is_one_sentence(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "plugins.py").write_text("")
    (folder / "sitecustomize.py").write_text("import plugins\n")

    checked = check(tmp_path, folder)

    assert (checked.returncode, checked.stdout) == (1, "")
    assert checked.stderr == (
        f"frontdesk: a module called 'plugins' ({folder}/plugins.py) hides the built-in plugins of this program; rename it.\n"
    )
