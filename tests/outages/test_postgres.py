"""PostgreSQL as people run it: restarted, behind a pooler, under several hosts, failing over to a replica."""

import json
import subprocess
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core import commit_timeout
from frontdesk.testing.servers import command, environment, serving, wait_for
from tests.outages.clusters import Cluster, open_folder, pgbouncer
from tests.outages.traffic import Traffic, logged, open_shop, ready

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.filterwarnings("ignore::ResourceWarning")]

#: Nothing else may be told while the store is away.
HONEST = {200, 201, 503}


@pytest.fixture
def folder():
    with open_folder() as path:
        yield path


@pytest.fixture
def cluster(folder):
    primary = Cluster(folder, "primary")
    primary.create()
    primary.start()
    primary.execute("CREATE DATABASE frontdesk")
    yield primary
    primary.stop("immediate")


def doctor(shop):
    result = subprocess.run(
        command("--config", str(shop.config), "doctor", "--json"),
        cwd=shop.config.parent,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(result.stdout)["ok"]


def test_a_restart_costs_503_and_nothing_else(cluster, tmp_path):
    shop = open_shop(tmp_path, cluster.url("frontdesk"))
    with serving(shop.config) as (_, port, _), Traffic(shop, [port]) as traffic:
        wait_for(lambda: len(traffic.booked) > 40)
        cluster.stop("fast")
        wait_for(lambda: traffic.statuses[503] > 8)
        assert not ready(port)
        before = len(traffic.booked)
        cluster.start()
        wait_for(lambda: len(traffic.booked) > before + 40)
        wait_for(lambda: ready(port), 5)
        traffic.__exit__()
        assert set(traffic.statuses) <= HONEST, traffic.statuses
        assert traffic.missing(port) == []
    assert "Traceback" not in logged(shop)
    doctor(shop)


def test_ended_idle_connections_are_noticed_by_nobody(cluster, tmp_path):
    shop = open_shop(tmp_path, cluster.url("frontdesk"))
    with serving(shop.config) as (_, port, _):
        clients = [shop.client(name, port) for name in shop.fields for _ in range(4)]
        statuses = Counter()
        for _ in range(3):
            cluster.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'frontdesk'")
            for client in clients:
                statuses[client.book(shop.service_id, shop.start).status] += 1
                client.listed()
        assert set(statuses) <= {200, 201}, statuses
    assert "storage error" not in logged(shop)


def test_behind_pgbouncer_in_transaction_mode(cluster, folder, tmp_path):
    with pgbouncer(folder, cluster) as pooler:
        # Migrations, too, go through the pooler.
        shop = open_shop(tmp_path, f"postgresql://postgres@127.0.0.1:{pooler}/frontdesk")
        with serving(shop.config) as (_, port, _), Traffic(shop, [port], each=3) as traffic:
            wait_for(lambda: len(traffic.booked) > 300, 60)
            # What its server connections have prepared must not matter to anybody.
            cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'frontdesk'")
            before = len(traffic.booked)
            wait_for(lambda: len(traffic.booked) > before + 100, 60)
            traffic.__exit__()
            assert set(traffic.statuses) <= HONEST, traffic.statuses
            assert traffic.missing(port) == []
            prepared = cluster.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", "frontdesk")
            assert prepared == [(0,)]
        said = logged(shop)
        assert "prepared statement" not in said
        assert "Traceback" not in said
        doctor(shop)


class ReceivingServer(ThreadingHTTPServer):
    #: Connections that wait; with the usual 5, the sixteen of two hosts are dropped by the system now and then.
    request_queue_size = 64


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers["X-Bookablesites-Delivery"], json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = ReceivingServer(("127.0.0.1", 0), Receiver)
    server.got = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_two_hosts_on_one_database_tell_everything_once(cluster, tmp_path, receiver):
    shop = open_shop(tmp_path / "one", cluster.url("frontdesk"))
    other = tmp_path / "two"
    other.mkdir()
    (other / "config.toml").write_text(shop.config.read_text())
    with serving(shop.config) as (_, first, _), serving(other / "config.toml") as (_, second, _):
        hook = {
            "name": "all",
            "event": "appointment.booked",
            "url": f"http://127.0.0.1:{receiver.server_port}/",
            "status": "active",
        }
        status, _, body = shop.client("bookablesites", first).send("POST", "/api/v1/webhooks", hook)
        assert status == 201, body
        with Traffic(shop, [first, second]) as traffic:
            wait_for(lambda: len(traffic.booked) > 120, 60)
        assert set(traffic.statuses) <= {200, 201}, traffic.statuses
        assert traffic.missing(second) == []

        def waiting():
            events = cluster.execute("SELECT event_id, attempts, leased_until FROM dispatch", "frontdesk")
            unsent = cluster.execute(
                "SELECT name, attempts, leased_until, not_before FROM bookablesites_delivery WHERE status = 'waiting'",
                "frontdesk",
            )
            return events + unsent

        # Long enough for what one of the hosts took and gave up to become due again.
        wait_for(lambda: not waiting(), 100, waiting)
        assert len(receiver.got) == len(traffic.booked)
        assert max(Counter(name for name, _ in receiver.got).values()) == 1
    doctor(shop)


def test_what_no_replica_has_confirmed_is_not_acknowledged(cluster, tmp_path):
    """PostgreSQL waits for a replica without an end, and when it is told to stop waiting says that it has committed."""
    shop = open_shop(tmp_path, cluster.url("frontdesk"))
    with serving(shop.config) as (_, port, _):
        client = shop.client("bookablesites", port)
        assert client.book(shop.service_id, shop.start).booked
        cluster.configure(synchronous_standby_names="replica")
        cluster.execute("SELECT pg_reload_conf()")
        wait_for(lambda: cluster.execute("SHOW synchronous_standby_names") == [("replica",)])
        began = time.monotonic()
        assert client.book(shop.service_id, shop.start).status == 503
        assert time.monotonic() - began < commit_timeout.MAX_COMMIT_SECONDS + 8
        cluster.configure(synchronous_standby_names="")
        cluster.execute("SELECT pg_reload_conf()")
        wait_for(lambda: cluster.execute("SHOW synchronous_standby_names") == [("",)])
        assert client.book(shop.service_id, shop.start).booked
    assert "unconfirmed" in logged(shop)


def test_a_failover_loses_nothing_that_was_acknowledged(cluster, folder, tmp_path):
    """Streaming replication that waits for the replica; the primary is killed, the replica promoted."""
    replica = Cluster(folder, "replica")
    replica.copy_from(cluster, hot_standby="on")
    replica.start()
    try:
        cluster.configure(synchronous_standby_names="replica")
        cluster.execute("SELECT pg_reload_conf()")
        wait_for(lambda: cluster.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        hosts = f"127.0.0.1:{cluster.port},127.0.0.1:{replica.port}"
        shop = open_shop(tmp_path, f"postgresql://postgres@{hosts}/frontdesk?target_session_attrs=read-write")
        with serving(shop.config) as (_, port, _), Traffic(shop, [port], each=2) as traffic:
            wait_for(lambda: len(traffic.booked) > 100, 60)
            cluster.stop("immediate")
            wait_for(lambda: traffic.statuses[503] > 4)
            replica.configure(synchronous_standby_names="")
            replica.promote()
            before = len(traffic.booked)
            wait_for(lambda: len(traffic.booked) > before + 100, 60)
            wait_for(lambda: ready(port), 5)
            traffic.__exit__()
            assert set(traffic.statuses) <= HONEST, traffic.statuses
            assert traffic.missing(port) == []
        assert "Traceback" not in logged(shop)
        doctor(shop)
    finally:
        replica.stop("immediate")
