"""The vendor's "typical use cases", as scripts that run against a real server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from frontdesk.testing.servers import serving, write_config
from plugins.bookablesites import demo

FOLDER = Path(__file__).parents[3] / "docs" / "examples" / "bookablesites"
#: Script -> texts of its output; each script needs those before it.
EXPECTED = {
    "website_slots.py": ["<h3>", "booked", "USD"],
    "crm_sync.py": ["1 new, 1 known"],
    "campaign_coupons.py": ["Haircut: 45 with SUMMER is 36"],
    "central_prices.py": ["Haircut: 45 -> 48", "Colouring: new at 95"],
    "hr_schedules.py": ["updated ola@salon.example", "added kim@salon.example"],
    "webhook_workflow.py": ["test: waiting", "Workflow Guest comes on", "delivered"],
    "monthly_report.py": ["2 bookings", "Haircut: 2 bookings"],
    "move_and_cancel.py": [" -> ", "canceled"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    config = write_config(
        folder,
        database={"url": f"sqlite:///{folder / 'store.db'}", "durability": "normal"},
        webhooks={"allow_private": True},
        plugins={"enabled": ["bookablesites"], "bookablesites": {"allow_http_webhooks": True}},
    )
    (folder / "demo.json").write_text(json.dumps(demo.DOCUMENT))

    def frontdesk(*texts):
        command = [sys.executable, "-m", "core.cli", "--config", str(config), *texts]
        return subprocess.run(command, capture_output=True, check=True).stdout

    frontdesk("import", "bookablesites", str(folder / "demo.json"))
    fields = json.loads(frontdesk("keys", "create", "bookablesites", "--json"))
    with serving(config) as (host, port, _):
        environment = {
            **os.environ,
            "FRONTDESK_URL": f"http://{host}:{port}",
            "BOOKABLESITES_CLIENT_ID": fields["client_id"],
            "BOOKABLESITES_CLIENT_SECRET": fields["client_secret"],
        }
        yield environment, folder


@pytest.mark.slow
def test_every_script_runs_and_is_documented(server):
    scripts = {path.name for path in FOLDER.glob("*.py")} - {"client.py"}
    assert scripts == set(EXPECTED)
    assert all(f"`{name}`" in (FOLDER / "README.md").read_text() for name in scripts)
    environment, folder = server
    for name, texts in EXPECTED.items():
        command = [sys.executable, str(FOLDER / name)]
        result = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert result.returncode == 0, (name, result.stderr)
        for text in texts:
            assert text in result.stdout, (name, result.stdout)
