"""What a sandbox begins with: the demo business, nothing, or a file; and a key for each dialect."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from core import demo
from core.config import StartupError
from core.documents import check_storable
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid
from core.plugins import Manager
from core.services import events, references, site
from core.suggestions import suggestion

BUILT_IN = ("demo", "empty")


def claim_store(*, now: datetime) -> None:
    """Mark the open store as a sandbox's, whose content a reset throws away.

    Raises:
        StartupError: It holds somebody's data and is no sandbox's.
    """
    if site.extras(site.SANDBOX_MARK):
        return
    if demo.is_store_in_use():
        raise StartupError("the store holds data and is no sandbox's, and a reset would throw them away; name another.")
    site.save(now=now, dialect=site.SANDBOX_MARK, extras={"since": now.isoformat()})


def read_seed(seed: str, dialects: Mapping[str, Any]) -> dict[str, Any] | None:
    """Import documents by dialect; None for the demo business.

    Args:
        seed: ``demo``, ``empty`` or the path of a file: what ``GET /_sandbox/dump`` answers, or the document of the
            one dialect that runs.

    Raises:
        StartupError: The file cannot be used.
    """
    if seed in BUILT_IN:
        return None if seed == "demo" else {}
    try:
        document = json.loads(Path(seed).read_bytes())
    except OSError as error:
        raise StartupError(f"{seed}: cannot be read ({error.strerror}); --seed takes demo, empty or a file.") from None
    except (ValueError, RecursionError) as error:
        raise StartupError(f"{seed}: is not valid JSON: {error}.") from None
    if isinstance(document, dict) and document and set(document) <= set(dialects):
        return document
    if len(dialects) == 1:
        return {next(iter(dialects)): document}
    unknown = next((name for name in document if name not in dialects), "") if isinstance(document, dict) else ""
    raise StartupError(f"{seed}: no dialect is called {unknown!r}{suggestion(str(unknown), dialects)}")


def plant(manager: Manager, documents: Mapping[str, Any] | None, *, now: datetime) -> dict[str, dict[str, int]]:
    """Fill the open store; returns the numbers of entries by dialect and section.

    Raises:
        StartupError: A document is refused.
    """
    if documents is None:
        demo.load_demo_documents(manager, now=now)
        return {}
    counts = {}
    for dialect, document in documents.items():
        try:
            counts[dialect] = load_document(manager, dialect, document, now=now)
        except DomainError as error:
            raise StartupError(f"the seed of {dialect} is refused: {error_sentence(error)}") from None
    return counts


def load_document(manager: Manager, dialect: str, document: Any, *, now: datetime) -> dict[str, int]:
    """Store an import document, all of it or nothing; returns the number of entries by section.

    Raises:
        Invalid: The dialect has no importer, or a value is wrong.
    """
    importer = manager.importers.get(dialect)
    if importer is None:
        hint = suggestion(dialect, manager.importers)
        raise Invalid(field="dialect", reason=f"no dialect is called {dialect!r}{hint}")
    check_storable(document)
    with events.events_muted(), references.restore_tombstones(document) as rest:
        return dict(importer.load(rest, site=manager.host.site, now=now))


def dump_documents(manager: Manager, dialect: str = "", *, now: datetime) -> dict[str, Any]:
    """What ``load_document`` takes, by dialect; of one of them or of all.

    Raises:
        Invalid: The dialect has no importer.
    """
    if dialect and dialect not in manager.importers:
        hint = suggestion(dialect, manager.importers)
        raise Invalid(field="dialect", reason=f"no dialect is called {dialect!r}{hint}")
    return {
        name: references.with_deleted(importer.dump(site=manager.host.site, now=now))
        for name, importer in manager.importers.items()
        if dialect in ("", name)
    }
