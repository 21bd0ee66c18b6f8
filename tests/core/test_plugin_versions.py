"""Names leave the plugin surface with a warning, one minor version before they go."""

import re
from pathlib import Path

import pytest
from packaging.version import Version

import core
import frontdesk
from core.plugin_versions import SURFACE_VERSION, warn_deprecated


def old_name() -> None:
    warn_deprecated("old_name", since="1.3", instead="new_name")


def test_a_name_that_goes_warns_at_its_caller():
    with pytest.warns(
        DeprecationWarning, match=r"^old_name is deprecated since 1\.3 and goes with 1\.4; use new_name\.$"
    ) as told:
        old_name()

    assert told[0].filename == __file__


def test_what_was_deprecated_a_minor_version_ago_is_gone():
    core_folder = Path(core.__file__).parent
    calls = [
        since
        for path in core_folder.rglob("*.py")
        for since in re.findall(r'warn_deprecated\([^)]*since="([\d.]+)"', path.read_text())
    ]

    assert [since for since in calls if Version(since) < Version(SURFACE_VERSION)] == []


def test_plugin_authors_can_read_the_version():
    assert frontdesk.SURFACE_VERSION == SURFACE_VERSION
