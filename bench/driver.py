"""The load generator, in its own process: sends prepared bytes over keep-alive connections and measures the time.

Run as ``python -m bench.driver``; reads and writes one JSON document per line.

    {"load": NAME, "requests": [TEXT, ...]}                 store requests (bytes as latin-1 text), sent in rotation
    {"forget": P}                                           close the connections to port P
    {"name": NAME, "port": P, "count": N, "clients": C}     send N of them over C connections, each in turn

No load tool from PyPI fits: locust and its kind spend several times the server's own time per request on the same two
cores, take seconds to start for each of the many short turns, and cannot repeat prepared bytes; wrk and its kind report
no per-request status and cannot stop after a number of requests.
"""

import json
import socket
import sys
import threading
import time


class Line:
    """One keep-alive HTTP/1.1 connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Send one request and read its response; returns status and body."""
        for last_try in (False, True):
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self._socket.sendall(request)
                return self._answer()
            except (ConnectionError, EOFError):
                # A keep-alive connection may have been closed between two requests.
                self.close()
                if last_try:
                    raise
        raise AssertionError

    def _answer(self) -> tuple[int, bytes]:
        assert self._socket is not None
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            self._more(data)
        head = bytes(data[:end]).lower()
        at = head.find(b"content-length:")
        if at < 0:
            raise ValueError(f"an answer without a length: {head[:300]!r}")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        while len(data) < end + 4 + length:
            self._more(data)
        status = int(head.split(b" ", 2)[1])
        if b"connection: close" in head:
            self.close()
        return status, bytes(data[end + 4 :])

    def _more(self, data: bytearray) -> None:
        assert self._socket is not None
        received = self._socket.recv(262_144)
        if not received:
            raise EOFError
        data += received

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Driver:
    """Holds requests and connections between turns."""

    def __init__(self) -> None:
        self._requests: dict[str, list[bytes]] = {}
        self._next: dict[str, int] = {}
        self._lines: dict[tuple[int, int], Line] = {}
        self._taking = threading.Lock()

    def load(self, name: str, requests: list[str]) -> None:
        self._requests[name] = [request.encode("latin-1") for request in requests]
        self._next[name] = 0

    def take(self, name: str) -> bytes:
        with self._taking:
            position = self._next[name]
            self._next[name] = position + 1
        return self._requests[name][position % len(self._requests[name])]

    def forget(self, port: int) -> None:
        for place in [place for place in self._lines if place[0] == port]:
            self._lines.pop(place).close()

    def run(self, name: str, port: int, count: int, clients: int = 1) -> dict:
        times: list[float] = []
        statuses: dict[int, int] = {}
        last = [b""]

        def work(client: int, share: int) -> None:
            line = self._lines.setdefault((port, client), Line(port))
            for _ in range(share):
                request = self.take(name)
                started = time.perf_counter()
                status, body = line.send(request)
                times.append(time.perf_counter() - started)
                statuses[status] = statuses.get(status, 0) + 1
            last[0] = body

        started = time.perf_counter()
        if clients == 1:
            work(0, count)
        else:
            threads = [threading.Thread(target=work, args=(n, count // clients)) for n in range(clients)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return {
            "seconds": time.perf_counter() - started,
            "times": times,
            "statuses": statuses,
            "size": len(last[0]),
            "body": last[0][:20_000].decode("latin-1"),
        }


def main() -> None:
    driver = Driver()
    for text in sys.stdin:
        job = json.loads(text)
        try:
            if "load" in job:
                driver.load(job["load"], job["requests"])
                answer: dict = {}
            elif "forget" in job:
                driver.forget(job["forget"])
                answer = {}
            else:
                answer = driver.run(**job)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
