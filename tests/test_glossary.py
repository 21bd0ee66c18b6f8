"""Every public name of core is made of words of the glossary, or of plain words that are listed beside this file."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Plain English and the words of Python, SQL, HTTP and the platform that need no explanation, one per line.
PLAIN = ROOT / "tests" / "plain_words.txt"
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def words_of(name: str) -> list[str]:
    return [part.lower() for part in _PART.findall(name)]


def glossary() -> set[str]:
    """The words of the first column of ``docs/glossary.md``, singular and plural."""
    rows = re.findall(r"^\| ([A-Z][^|]*) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = {word for row in rows for part in row.split(",") for word in words_of(part)}
    return words | {f"{word}s" for word in words} | {re.sub("y$", "ies", word) for word in words}


def public_names() -> Iterator[tuple[str, str]]:
    """Names of modules, and of the classes and functions they define for others, each with where it is."""
    for path in sorted((ROOT / "core").rglob("*.py")):
        where = str(path.relative_to(ROOT))
        if "migrations" in path.parts:
            continue
        yield where, path.parent.name if path.stem == "__init__" else path.stem
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                yield where, node.name
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                for member in node.body:
                    if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                        yield where, f"{node.name}.{member.name}"


def test_public_names_of_core_are_words_that_are_explained_or_plain():
    known = glossary() | set(PLAIN.read_text().split())
    unknown = [
        f"{where}: {name}: {word}" for where, name in public_names() for word in words_of(name) if word not in known
    ]
    assert unknown == []


def test_the_list_of_plain_words_holds_no_word_that_nobody_uses():
    used = {word for _, name in public_names() for word in words_of(name)}
    assert sorted(set(PLAIN.read_text().split()) - used) == []
