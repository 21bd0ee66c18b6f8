"""``make`` takes the fastest Python it finds, and any that is there where none of them suits."""

import os
import subprocess

import pytest

from tests import ROOT


def choose(folders):
    """What the script prints with these folders as the path."""
    done = subprocess.run(
        ["/bin/sh", str(ROOT / ".ci" / "fastest-python")],
        env={"PATH": ":".join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path):
    """Makes a folder of Pythons that take so many microseconds, or do not suit (None)."""

    def make(name, **pythons):
        (tmp_path / name).mkdir()
        for python, microseconds in pythons.items():
            path = tmp_path / name / python.replace("_", ".")
            path.write_text(f"#!/bin/sh\n{'exit 1' if microseconds is None else f'echo {microseconds}'}\n")
            path.chmod(0o755)
        return tmp_path / name

    return make


def test_the_fastest_is_preferred_wherever_it_stands(folder):
    first, second = folder("a", python3_11=53000, python3=120000), folder("b", python3_12=32000)
    assert choose([first, second]) == f"{second}/python3.12"
    assert choose([second, first]) == f"{second}/python3.12"


def test_one_that_does_not_suit_is_passed_over(folder):
    both = folder("a", python3_11=None, python3_13=200000)
    assert choose([both]) == f"{both}/python3.13"


def test_where_none_suits_it_is_the_usual_one(folder):
    usual = folder("a", python3_11=None, python3=None)
    assert choose([usual]) == f"{usual}/python3.11"
    only = folder("b", python3=None)
    assert choose([only]) == f"{only}/python3"


def test_without_any_it_says_nothing(tmp_path):
    assert choose([tmp_path]) == ""


def test_a_folder_may_have_blanks_in_its_name(folder):
    blank = folder("a b", python3_11=30000)
    assert choose([blank]) == f"{blank}/python3.11"


def test_a_real_one_is_measured():
    chosen = choose(os.environ["PATH"].split(":"))
    assert subprocess.run([chosen, "-c", "import venv"], check=False).returncode == 0
