"""Case files: recorded requests with their answers, and the plan that says how to replay them.

A case file is ``{"cases": [{"name", "request", "response", "before"?}]}``; a request has ``method``, ``url`` (path and
query), ``auth``, and ``body`` (JSON) or ``body_raw``; a response ``status``, ``headers``, and ``body`` or
``body_text``. ``auth`` is null, the name of a key, or a pair of user and password. ``before: "reset"`` says that the
state was put back.

A file with one case may be ``{"state", "request", "status", "reply", "by_kind"}`` instead, as vendors' documents are
written down; ``request`` then has ``method``, ``path`` and ``body``, a text.

The plan stands in the file itself or in ``replay.json`` beside it.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from core.config import StartupError
from core.typed_data import from_plain

#: Name of the plan beside case files.
PLAN_FILE = "replay.json"
#: The keys of a file with one case.
_SINGLE = frozenset(("state", "request", "status", "reply"))
#: The sign-in of a recorded request whose key is not part of the recording.
ANY_KEY = "key"


class Comparison(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of an answer is compared, and how.

    Attributes:
        headers: Names of the headers that clients use.
        ignore: Fields that are not compared, wherever they stand.
        by_presence: Lists and values that are only both empty or both not.
        by_kind: Fields of which type and shape are compared: letters are letters, digits are digits.
        new_ids: Numbers that new records got in the recording although records of another kind have them.
        hide_people: Whether people were taken out of the recording.
    """

    headers: tuple[str, ...] = ("content-type", "x-wp-total", "x-wp-totalpages", "link", "location", "allow")
    ignore: tuple[str, ...] = ()
    by_presence: tuple[str, ...] = ("request_id",)
    by_kind: tuple[str, ...] = ()
    new_ids: tuple[int, ...] = ()
    hide_people: bool = False


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How case files are replayed.

    Attributes:
        state: An import document, or the name of a file with one beside the plan.
        site: ``name``, ``url``, ``timezone``, ``currency``, ``locale`` of the recorded site.
        settings: The dialect's settings.
        files: Other plans for single files, by their name without ending; what they leave out is as here.
        reset_before: Positions of cases before which the state was put back, by file.
        different: What is known to differ, with the reason; by ``file:position``.
        base: What the paths of single cases begin behind.
        keys: Keys by name, where the recording has them: ``consumer_key``, ``consumer_secret``.
    """

    dialect: str = ""
    strict: bool = True
    now: str = ""
    state: Any = None
    site: dict[str, str] = {}
    settings: dict[str, Any] = {}
    compare: Comparison = Comparison()
    files: dict[str, dict[str, Any]] = {}
    reset_before: dict[str, list[int]] = {}
    different: dict[str, str] = {}
    base: str = ""
    keys: dict[str, dict[str, str]] = {}


class CaseFile:
    """One file, with its plan; ``name`` is that of the file without ending."""

    def __init__(self, path: Path, document: Mapping[str, Any], plan: Plan) -> None:
        self.path = path
        self.name = path.stem
        self.plan = plan
        self.cases: list[dict[str, Any]] = list(document["cases"])
        #: What the document names as its state, where it is one case.
        self.own_state = document.get("state")

    def runs(self) -> Iterator[list[int]]:
        """Positions of the cases between two resets."""
        run: list[int] = []
        for position, case in enumerate(self.cases):
            is_reset = case.get("before") == "reset" or position in self.plan.reset_before.get(self.name, ())
            if is_reset and run:
                yield run
                run = []
            run.append(position)
        if run:
            yield run

    def state(self) -> Any:
        """The import document of the recorded site; None without one.

        Raises:
            StartupError: Its file cannot be read.
        """
        state = self.plan.state if self.own_state is None else self.own_state
        return read_json(self.path.parent / state) if isinstance(state, str) else state


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        StartupError: It cannot be read.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise StartupError(f"{path}: cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError) as error:
        raise StartupError(f"{path}: is not valid JSON: {error}.") from None


def read_case_files(paths: list[Path], *, plan_file: Path | None = None) -> list[CaseFile]:
    """The case files among these files and folders; other JSON files of a folder are left out.

    Raises:
        StartupError: One cannot be read, or is none.
    """
    files = []
    for path in paths:
        inside = sorted(path.glob("*.json")) if path.is_dir() else [path]
        for file in inside:
            document = read_json(file)
            if isinstance(document, dict) and document.keys() >= _SINGLE:
                plan = read_plan(file, {}, plan_file)
                files.append(CaseFile(file, *_from_single(document, plan)))
            elif is_case_file(document):
                files.append(CaseFile(file, document, read_plan(file, document, plan_file)))
            elif not path.is_dir():
                raise StartupError(f"{file}: is no case file; it needs a list of cases with request and response.")
    if not files:
        raise StartupError("there are no case files here.")
    return files


def _from_single(document: Mapping[str, Any], plan: Plan) -> tuple[dict[str, Any], Plan]:
    """A file with one case as one with a list of them."""
    request = document["request"]
    case: dict[str, Any] = {
        "name": str(document.get("source", "")),
        "request": {"method": request["method"], "url": plan.base + request["path"], "auth": ANY_KEY},
        "response": {"status": document["status"], "headers": {}, "body": document["reply"]},
    }
    if request.get("body"):
        case["request"]["body_raw"] = request["body"]
    comparison = msgspec.structs.replace(plan.compare, by_kind=tuple(document.get("by_kind", ())))
    return {"cases": [case], "state": document["state"]}, msgspec.structs.replace(plan, compare=comparison)


def is_case_file(document: Any) -> bool:
    """Whether a document holds requests with their answers."""
    cases = document.get("cases") if isinstance(document, dict) else None
    return (
        isinstance(cases, list)
        and bool(cases)
        and all(isinstance(case, dict) and {"request", "response"} <= case.keys() for case in cases)
    )


def read_plan(file: Path, document: Mapping[str, Any], plan_file: Path | None = None) -> Plan:
    """The plan for a case file: the named one, its own, or that beside it.

    Raises:
        StartupError: The plan has a mistake.
    """
    beside = plan_file or file.parent / PLAN_FILE
    source = document.get("plan")
    if source is None or plan_file is not None:
        source = read_json(beside) if plan_file is not None or beside.is_file() else {}
    own = (source.get("files") or {}).get(file.stem, {}) if isinstance(source, dict) else {}
    try:
        plan = from_plain({**source, **own} if isinstance(source, dict) else source, Plan)
    except msgspec.ValidationError as error:
        raise StartupError(f"{beside}: {str(error)[:1].lower()}{str(error)[1:].replace('`', '')}.") from None
    if isinstance(own.get("site"), dict):
        plan = msgspec.structs.replace(plan, site={**(source.get("site") or {}), **own["site"]})
    return plan
