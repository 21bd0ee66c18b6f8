"""Files with secrets and customers are their owner's alone, also under a lax umask and in stores of older versions."""

import os
import stat

import pytest
from click.testing import CliRunner

from core.cli import cli
from core.db import close_database
from core.private_files import make_private, write_private
from core.services import ephemeral
from frontdesk.testing.servers import write_config


@pytest.fixture(autouse=True)
def lax_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder):
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir() if path.suffix != ".toml"}


def test_everything_a_store_makes_is_private(tmp_path):
    config = str(write_config(tmp_path, plugins={"enabled": ["bkap"]}))

    def run(*words):
        result = CliRunner().invoke(cli, ["--config", config, *words])
        assert result.exit_code == 0, result.output

    run("keys", "create", "bkap")
    ephemeral.execute("SELECT 1")
    run("export", "bkap", str(tmp_path / "out.json"))
    run("backup", str(tmp_path / "out.gz"))
    made = modes(tmp_path)
    close_database()
    assert {"frontdesk.db", "frontdesk.db-wal", "frontdesk.db.lock", "frontdesk.scratch.db", "out.json"} <= made.keys()
    assert set(made.values()) == {"0o600"}


def test_a_store_of_an_older_version_is_shut_when_it_is_opened(tmp_path):
    for name in ("s.db", "s.db-wal", "s.db-shm"):
        (tmp_path / name).write_bytes(b"x")
        (tmp_path / name).chmod(0o644)
    make_private(tmp_path / "s.db")
    assert set(modes(tmp_path).values()) == {"0o600"}
    assert (tmp_path / "s.db").read_bytes() == b"x"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    file = tmp_path / "f"
    file.write_bytes(b"old")
    file.chmod(0o644)
    with pytest.raises(TypeError):
        write_private(file, "no bytes")
    assert [file.read_bytes(), *modes(tmp_path)] == [b"old", "f"]
    write_private(file, b"new")
    assert (file.read_bytes(), modes(tmp_path)) == (b"new", {"f": "0o600"})
