"""The wheel installs and serves with every Python that the project promises, and its exact versions can be had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

#: The Pythons that somebody may have; for the later ones, that nothing has to be compiled is checked as well.
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "1", "--timeout", "10"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def interpreter(version: str) -> str | None:
    """A Python of this version, from the path or from pyenv; None where there is none."""
    folders = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin"))
    for found in [shutil.which(f"python{version}"), *(str(folder / "python") for folder in folders)]:
        if found is None:
            continue
        # A shim of pyenv is there for every version, and starts only those that are switched on.
        told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        if told.returncode == 0 and told.stdout.startswith(f"Python {version}."):
            return found
    return None


def download(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*PIP, "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Skips the test where packages cannot be downloaded."""
    first = (ROOT / "requirements.lock").read_text().split()[0]
    if download(tmp_path_factory.mktemp("probe"), first).returncode:
        pytest.skip("no package registry can be reached")


@pytest.mark.parametrize("version", VERSIONS)
def test_no_requirement_has_to_be_compiled(registry, version, tmp_path):
    done = download(tmp_path, "--python-version", version, "-r", str(ROOT / "requirements.lock"))
    assert done.returncode == 0, done.stderr


# What is between the oldest and the newest is as they are, and each takes half a minute.
@pytest.mark.parametrize("python", ["oldest", "newest"])
def test_the_wheel_installs_and_serves(registry, python):
    installed = [found for version in VERSIONS if (found := interpreter(version))]
    if not installed:
        pytest.skip(f"none of Python {', '.join(VERSIONS)} is installed")
    python = installed[0 if python == "oldest" else -1]
    done = subprocess.run(
        [str(ROOT / ".ci" / "strangers"), "wheel"],
        env={**os.environ, "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("== good\n")
