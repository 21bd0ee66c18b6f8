"""Processes that start at once on a store nobody has set up yet."""

import multiprocessing

import pytest

from core import datastore, db, migrate
from core.config import parse_config
from core.services import ephemeral

fork = multiprocessing.get_context("fork")


def _start(url, go, out):
    go.wait()
    try:
        out.put(datastore.open_datastore(parse_config({"database": {"url": url}}), [migrate.CORE_OWNER]))
    except Exception as error:
        out.put(repr(error))


def test_a_new_file_is_set_up_once(tmp_path):
    out, go = fork.Queue(), fork.Event()
    started = [fork.Process(target=_start, args=(f"sqlite:///{tmp_path}/new.db", go, out)) for _ in range(4)]
    for process in started:
        process.start()
    go.set()
    found = sorted((out.get(timeout=30) for _ in started), key=repr)
    for process in started:
        process.join(10)
    everything = [f"core/{path.stem}" for path in sorted(migrate.CORE_MIGRATIONS.glob("0*.py"))]
    assert found == [everything, [], [], []]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_uses_no_lock_and_no_side_file_of_its_parent(tmp_path):
    db.open_database(f"sqlite:///{tmp_path}/a.db")
    migrate.migrate()
    with db.writing():
        ephemeral.execute("SELECT 1")
        theirs = ephemeral._connection()
        out = fork.Queue()

        def child():
            out.put(
                (db._writer_queue._handle, db._writer_queue._writer_turn.locked(), ephemeral._connection() is theirs)
            )

        process = fork.Process(target=child)
        process.start()
        assert out.get(timeout=10) == (None, False, False)
        process.join(10)
    db.close_database()
