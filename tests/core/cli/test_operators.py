"""Operators and the audit log from the command line."""

import csv
import io

import pytest

from core.services import operators
from tests.core.cli.test_cli import data, plain, sentence
from tests.core.cli.test_keys_of_dialects import run  # noqa: F401
from tests.core.conftest import NOW

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


@pytest.fixture
def anna(run, tmp_path):  # noqa: F811
    """A store with one owner; calls give the password by file."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\nsecond line\n")

    def command(*words, **options):
        return run(*(str(file) if word == "FILE" else word for word in words), **options)

    command("operator", "add", "anna", "--role", "owner", "--password-file", "FILE")
    return command


def test_an_operator_is_added_with_the_password_of_a_file(anna):
    assert operators.check_password("anna", PASSWORD)
    assert data(anna("operator", "list", "--json"))[0]["role"] == "owner"
    assert "anna" in plain(anna("operator", "list"))


@pytest.mark.parametrize(
    "words, said",
    [
        (["add", "anna", "--password-file", "FILE"], "there is an operator 'anna' already."),
        (["add", "<b>", "--password-file", "FILE"], "'<b>' is no name: lower-case letters, digits, dots, dashes and underscores, at most 64."),
        (["add", "ben", "--password-file", "nowhere"], "the password file 'nowhere' cannot be read."),
        (["remove", "ben"], "there is no operator 'ben'; see: frontdesk operator list"),
        (["password", "ben", "--password-file", "FILE"], "there is no operator 'ben'; see: frontdesk operator list"),
        (["remove", "anna"], "'anna' is the only owner; make another one first."),
        (["role", "anna", "viewer"], "'anna' is the only owner; make another one first."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(anna, words, said):
    assert sentence(anna("operator", *words)) == said


def test_a_short_password_is_refused(anna, tmp_path):
    (tmp_path / "short").write_text("secret\n")
    refused = anna("operator", "add", "ben", "--password-file", str(tmp_path / "short"))
    assert sentence(refused) == "a password has 12 to 256 characters."


def test_roles_passwords_and_removal(anna):
    anna("operator", "add", "ben", "--password-file", "FILE")
    assert plain(anna("operator", "role", "ben", "owner")).strip() == "ben is owner"
    assert plain(anna("operator", "password", "ben", "--password-file", "FILE")).strip() == "ben has another password"
    assert plain(anna("operator", "remove", "ben")).strip() == "ben is removed"
    assert [entry["name"] for entry in data(anna("operator", "list", "--json"))] == ["anna"]


def test_the_audit_log_says_what_the_command_line_did(anna):
    anna("keys", "create", "bkap")
    entries = data(anna("audit", "list", "--json"))
    assert [entry["kind"] for entry in entries] == ["key.created", "operator.created"]
    assert all(entry["actor"].startswith("command:") for entry in entries)
    rows = list(csv.reader(io.StringIO(anna("audit", "list", "--csv", "--kind", "key.created").output)))
    assert [row[4] for row in rows] == ["kind", "key.created"]


def test_the_audit_log_is_pruned_up_to_a_day(anna):
    assert (
        sentence(anna("audit", "prune", "--before", "2030-01-01"))
        == "2030-01-01 is ahead; give a day that has gone by."
    )
    assert data(anna("audit", "prune", "--before", f"{NOW:%Y-%m-%d}", "--json")) == {"deleted": 0}
