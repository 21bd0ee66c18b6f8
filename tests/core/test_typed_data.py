"""Types of many threads: see ``core.typed_data``. A crash would end pytest too, so the threads run elsewhere."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated

import msgspec
import pytest

from core.typed_data import from_json, from_plain, json_decoder

#: Six threads meet each of 300 types at once. With msgspec alone the process dies within the first ten.
SWARM = """
import dataclasses, sys, threading
import msgspec
from core.typed_data import from_json, from_plain, json_decoder

def a_struct(name, fields):
    return msgspec.defstruct(name, [(field, kind | None, None) for field, kind in fields])

def a_dataclass(name, fields):
    return dataclasses.make_dataclass(name, [(field, kind | None, None) for field, kind in fields])

sys.setswitchinterval(1e-6)
ways = [lambda kind: from_plain(DATA, kind), lambda kind: from_json(TEXT, kind), lambda kind: json_decoder(kind).decode(TEXT)]
DATA = {"a": {"x": 1}, "b": {"y": 2}, "c": {"x": 3}}
TEXT = msgspec.json.encode(DATA)
make = {"struct": a_struct, "dataclass": a_dataclass}[sys.argv[1]]
right = []
for _ in range(300):
    kind = make("Outer", [(field, make(field.upper(), [("x", int), ("y", int)])) for field in "abc"])
    start = threading.Barrier(6)
    def meet(number):
        start.wait(10)
        value = ways[number % 3](kind if number % 2 else list[kind] | kind)
        right.append((value.a.x, value.a.y, value.b.y, value.c.x) == (1, None, 2, 3))
    threads = [threading.Thread(target=meet, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
print(len(right), all(right))
"""


@pytest.mark.parametrize("kind", ["struct", "dataclass"])
def test_threads_that_meet_a_type_at_once_neither_crash_nor_mix_it_up(kind):
    process = subprocess.run([sys.executable, "-c", SWARM, kind], capture_output=True, text=True, timeout=120)
    assert (process.returncode, process.stdout, process.stderr) == (0, "1800 True\n", "")


@dataclass(frozen=True)
class Place:
    name: str
    seats: int = 1


def test_values_are_what_msgspec_makes_of_them():
    assert from_plain({"name": "A"}, Place) == Place("A")
    assert from_plain({1: "x"}, dict[int, str]) == {1: "x"}
    assert from_plain("2", int, strict=False) == 2
    assert from_json(b'[{"name": "A", "seats": 2}]', list[Place]) == [Place("A", 2)]
    assert json_decoder(Place, strict=False).decode('{"name": "A", "seats": "3"}') == Place("A", 3)


def test_what_does_not_fit_is_refused():
    for attempt in (lambda: from_plain("2", int), lambda: from_json("{}", Place)):
        with pytest.raises(msgspec.ValidationError):
            attempt()
    with pytest.raises(msgspec.DecodeError):
        from_json("{", Place)
    with pytest.raises(TypeError):
        from_plain(1, int | float | str | list[int] | set[int])


def test_a_type_whose_annotation_cannot_be_hashed_is_taken():
    kind = Annotated[int, msgspec.Meta(ge=0, examples=[1])]
    assert from_plain(1, kind) == 1
    with pytest.raises(msgspec.ValidationError):
        from_plain(-1, kind)
