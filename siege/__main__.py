"""``make siege``: attacks a local test server, on SQLite and PostgreSQL, and writes ``docs/siege.md``.

Settings from the environment: ``SIEGE_ONLY`` (part of an attack's name), ``SIEGE_STORES`` (``sqlite,postgres``),
``SIEGE_TABLE`` (output file, ``docs/siege.md``; ``-`` for none). Exits with 1 when a bound was broken.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from frontdesk.testing.servers import command, environment, serving
from frontdesk.testing.stores import KINDS, postgres_url
from siege import store
from siege.attacks import ATTACKS, Attack, Target
from siege.watch import GoodClients, Memory, Seen

WORKERS = 2
#: Bounds: seconds that a probe and a caller wait, MiB of a worker, and attacks that may cut connections.
MOST_ALIVE = 3.0
MOST_READY = 6.0
MOST_WAIT = 12.0
MOST_MIB = 700.0
MAY_CUT = {"killed_workers"}
ROOT = Path(__file__).parent.parent


@dataclass
class Line:
    """One attack on one kind of store."""

    attack: Attack
    seen: Seen
    mib: float
    cpu: float
    remark: str
    lost: int = 0

    @property
    def faults(self) -> list[str]:
        """Which bounds were broken."""
        name, faults = self.attack.__name__, []
        for what, most in (("alive", MOST_ALIVE), ("ready", MOST_READY), ("read", MOST_WAIT), ("write", MOST_WAIT)):
            if getattr(self.seen, what) > most:
                faults.append(f"{what} {getattr(self.seen, what):.1f} s")
        if self.mib > MOST_MIB:
            faults.append(f"{self.mib:.0f} MiB")
        failed = self.seen.answers["failed"] + self.seen.unanswered
        if failed and name not in MAY_CUT:
            faults.append(f"{failed} failed: {self.seen.failures[:2]}")
        if self.lost:
            faults.append(f"{self.lost} lost")
        return faults


def run(kind: str, only: str) -> tuple[list[Line], str]:
    """Every attack on a fresh store of one kind, and the doctor's result afterwards."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-siege-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/siege.db" if kind == "sqlite" else postgres_url("frontdesk_siege")
        shop = store.prepare(folder, url)
        free = store.places(shop["rooms"])
        lines = []
        with serving(shop["config"], workers=WORKERS) as (host, port, process):
            target = Target(host, port, process.pid, folder, shop["config"], url, shop["quarters"], shop["days"])
            # An equal share of the free slots for each attack.
            share = len(free) // len(ATTACKS)
            for index, (attack, seconds) in enumerate(ATTACKS):
                if only not in attack.__name__:
                    continue
                print(f"{kind}: {attack.__name__}", file=sys.stderr)
                slots = free[index * share : (index + 1) * share]
                clients = GoodClients(target.address, shop["keys"], slots)
                with Memory(process.pid) as memory, clients:
                    time.sleep(0.5)
                    remark = attack(target, seconds) or ""
                    time.sleep(1.0)
                lines.append(Line(attack, clients.seen, memory.largest, memory.cpu, remark))
            _look_for_lost(target, shop["keys"], lines)
        doctor = subprocess.run(
            command("--config", str(shop["config"]), "doctor"),
            env=environment(),
            capture_output=True,
            text=True,
        )
    return lines, (doctor.stdout + doctor.stderr).strip() if doctor.returncode else "clean"


def _look_for_lost(target: Target, keys: dict, lines: list[Line]) -> None:
    """Count acknowledged bookings that cannot be read."""
    from frontdesk.testing.built_in import DRIVERS
    from frontdesk.testing.drivers import OverHttp

    clients = {name: DRIVERS[name](OverHttp(*target.address), fields) for name, fields in keys.items()}
    for line in lines:
        line.lost = sum(clients[name].read(booking_id)[0] != 200 for name, booking_id in line.seen.booked)


def table(kind: str, lines: list[Line]) -> list[str]:
    """One table as Markdown."""
    rows = [
        f"## {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}",
        "",
        "| attack | `/healthz` | `/readyz` | read | booking | done | 503 | failed | lost | MiB | CPU s | |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for line in lines:
        seen, name = line.seen, line.attack.__name__.replace("_", " ")
        answers = seen.answers
        failed = answers["failed"] + seen.unanswered
        rows.append(
            f"| {name} | {seen.alive:.2f} | {seen.ready:.2f} | {seen.read:.2f} | {seen.write:.2f} | {answers['done']} |"
            f" {answers['503']} | {failed} | {line.lost} | {line.mib:.0f} | {line.cpu:.1f} | {line.remark} |"
        )
    return [*rows, ""]


def main() -> int:
    only = os.environ.get("SIEGE_ONLY", "")
    kinds = [kind for kind in KINDS if kind in os.environ.get("SIEGE_STORES", ",".join(KINDS))]
    target_file = os.environ.get("SIEGE_TABLE", str(ROOT / "docs" / "siege.md"))
    page, wrong = [(ROOT / "siege" / "head.md").read_text()], []
    for kind in kinds:
        lines, state = run(kind, only)
        page += table(kind, lines)
        page += [f"`frontdesk doctor` afterwards: {state}.", ""]
        wrong += [f"{kind}, {line.attack.__name__}: {'; '.join(line.faults)}" for line in lines if line.faults]
        wrong += [] if state == "clean" else [f"{kind}: doctor: {state}"]
    text = "\n".join(page)
    print(text)
    if target_file != "-":
        Path(target_file).write_text(text.rstrip() + "\n")
    for sentence in wrong:
        print(f"siege: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
