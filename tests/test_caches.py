"""Every cache of the program is listed in ``docs/caches.md``, with what bounds it and what clears it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DECORATORS = {"cache", "lru_cache", "cached_property"}
CLASSES = {
    "SizedLRU",
    "LastResults",
    "LRUCache",
    "TTLCache",
    "LFUCache",
    "WeakKeyDictionary",
    "WeakValueDictionary",
    "lru_cache",
}


def _name(node: ast.expr) -> str:
    """The last part of a name, of what is called or subscripted."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_module_dict(node: ast.AST, tree: ast.Module) -> bool:
    """An empty dict of a module: what fills it while the program runs is a cache or a registry."""
    return node in tree.body and isinstance(getattr(node, "value", None), ast.Dict) and not node.value.keys


def caches_of(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            if any(_name(decorator) in DECORATORS for decorator in node.decorator_list):
                found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            called = [_name(call) for call in ast.walk(node.value) if isinstance(call, ast.Call)]
            if CLASSES & set(called) or _is_module_dict(node, tree):
                found.add(_name(target))
    return found


def caches_in_code() -> set[str]:
    names = set()
    for folder in ("core", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            names |= {f"{module}.{name}" for name in caches_of(ast.parse(path.read_text()))}
    return names


def test_every_cache_is_listed_and_every_listed_cache_exists():
    listed = set(re.findall(r"^\| `([\w.]+)` \|", (ROOT / "docs" / "caches.md").read_text(), re.MULTILINE))
    assert caches_in_code() == listed


def test_every_kind_of_cache_is_seen():
    code = """
kept: dict[int, int] = {}
table = {"a": lru_cache(8)(read)}
class A:
    def __init__(self):
        self._written = SizedLRU(8, len)
    @functools.cached_property
    def total(self): ...
@lru_cache(maxsize=8)
def zone(name): ...
def other(): ...
LIMITS = {"a": 1}
"""
    assert caches_of(ast.parse(code)) == {"kept", "table", "_written", "total", "zone"}
