"""Memory on large pages: see ``core.huge_pages``."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.huge_pages import _whole_pages

MEBIBYTE = 1024 * 1024
MAPS = [
    ("anonymous, a page and two parts", "00300000-00900000 rw-p 00000000 00:00 0", [0x400000, 0x600000]),
    ("exactly a page", "00400000-00600000 rw-p 00000000 00:00 0", [0x400000]),
    ("too small", "00300000-00500000 rw-p 00000000 00:00 0", []),
    ("the heap", "00200000-00400000 rw-p 00000000 00:00 0                          [heap]", [0x200000]),
    ("the stack", "00200000-00400000 rw-p 00000000 00:00 0                          [stack]", []),
    ("of a file", "00200000-00400000 rw-p 00000000 08:01 77                         /usr/lib/x.so", []),
    ("shared with others", "00200000-00400000 rw-s 00000000 00:01 0                  /dev/zero (deleted)", []),
    ("read only", "00200000-00400000 r--p 00000000 00:00 0", []),
    ("nothing", "", []),
]


@pytest.mark.parametrize(("line", "pages"), [row[1:] for row in MAPS], ids=[row[0] for row in MAPS])
def test_whole_pages_of_private_memory_are_chosen(line, pages):
    assert list(_whole_pages(line, 2 * MEBIBYTE)) == pages


PROCESS = """
from pathlib import Path
from core.huge_pages import use_huge_pages

content = bytes(range(256)) * 4096
blocks = [bytearray(content) for _ in range(16)]
moved = use_huge_pages()
assert all(block == content for block in blocks)
lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
print(moved, next(line.split()[1] for line in lines if line.startswith("AnonHugePages:")))
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell")
def test_a_process_keeps_its_content_and_has_large_pages_where_there_are_some():
    process = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, text=True, timeout=60)
    assert (process.returncode, process.stderr) == (0, "")
    moved, kibibytes = map(int, process.stdout.split())
    # A kernel without them, or a machine that has none free, moves nothing.
    assert kibibytes >= 1024 * moved
