"""The public surface: documented, and its reference is the one that its docstrings make."""

import inspect
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "plugins"
MAKER = runpy.run_path(str(FOLDER / "make_reference.py"))
MODULES = list(MAKER["modules"]())
NAMES = [(module, name) for module in MODULES for name in getattr(module, "__all__", ())]


def test_the_reference_is_what_the_docstrings_say():
    assert (FOLDER / "reference.md").read_text() == MAKER["reference"](), "run: make reference"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_module_says_what_it_is_and_what_it_exports(module):
    assert module.__doc__
    exported = getattr(module, "__all__", [])
    assert len(exported) == len(set(exported))


def test_every_public_function_and_class_has_a_docstring():
    silent = [
        f"{module.__name__}.{name}"
        for module, name in NAMES
        if inspect.isroutine(getattr(module, name)) or inspect.isclass(getattr(module, name))
        if not (getattr(module, name).__doc__ or "").strip()
    ]
    assert silent == []


def test_no_name_is_public_twice():
    places: dict[int, list[str]] = {}
    for module, name in NAMES:
        value = getattr(module, name)
        if inspect.isroutine(value) or inspect.isclass(value):
            places.setdefault(id(value), []).append(f"{module.__name__}.{name}")
    assert [where for where in places.values() if len(where) > 1] == []
