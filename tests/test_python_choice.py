"""``make`` takes the fastest Python it finds, and any that will do where there is none such."""

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
    def make(name, **pythons):
        (tmp_path / name).mkdir()
        for python, is_fast in pythons.items():
            path = tmp_path / name / python.replace("_", ".")
            path.write_text(f"#!/bin/sh\nexit {0 if is_fast else 1}\n")
            path.chmod(0o755)
        return tmp_path / name

    return make


def test_a_fast_one_is_preferred_wherever_it_stands(folder):
    first, second = folder("a", python3_11=False, python3=False), folder("b", python3_12=True)
    assert choose([first, second]) == f"{second}/python3.12"


def test_of_several_the_version_that_answers_fastest(folder):
    both = folder("a", python3_13=True, python3_11=True)
    assert choose([both]) == f"{both}/python3.11"


def test_without_a_fast_one_it_is_the_usual_one(folder):
    usual = folder("a", python3_11=False, python3=False)
    assert choose([usual]) == f"{usual}/python3.11"
    only = folder("b", python3=False)
    assert choose([only]) == f"{only}/python3"


def test_without_any_it_says_nothing(tmp_path):
    assert choose([tmp_path]) == ""


def test_a_folder_may_have_blanks_in_its_name(folder):
    blank = folder("a b", python3_11=True)
    assert choose([blank]) == f"{blank}/python3.11"
