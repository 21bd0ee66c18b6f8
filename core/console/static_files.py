"""The console's scripts, styles and pictures: pinned files that ship with the program."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

import falcon

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=UTF-8",
    ".js": "text/javascript; charset=UTF-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=UTF-8",
}
#: Addresses carry a hash of the content, so that browsers may keep it.
_CACHE = "public, max-age=31536000, immutable"


@lru_cache(maxsize=64)
def asset_version(name: str) -> str:
    """A short hash of a file's content."""
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=64)
def _content(name: str, compressed: bool) -> bytes:
    raw = (FOLDER / name).read_bytes()
    return gzip.compress(raw, 9, mtime=0) if compressed else raw


class StaticFiles:
    """``/static/NAME``: the files of one folder, for everybody."""

    def __init__(self) -> None:
        self._names = frozenset(file.name for file in FOLDER.iterdir() if file.suffix in _TYPES)

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        if name not in self._names:
            raise falcon.HTTPNotFound
        compressed = "gzip" in (req.env.get("HTTP_ACCEPT_ENCODING") or "")
        resp.content_type = _TYPES[Path(name).suffix]
        resp.data = _content(name, compressed)
        resp.set_header("Cache-Control", _CACHE)
        resp.set_header("Vary", "Accept-Encoding")
        if compressed:
            resp.set_header("Content-Encoding", "gzip")
