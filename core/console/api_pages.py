"""``/docs``: the API of every dialect for people, with samples and a way to try it, and its OpenAPI document."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import falcon

from core.console.public_pages import PublicTemplates, set_page
from core.console.static_files import StaticFiles
from core.db import ensure_connection
from core.engines import DATABASE_ERRORS
from core.errors import DatastoreUnavailable, PluginFailed
from core.http.code_samples import operation_samples, with_code_samples
from core.http.dialect import Dialect
from core.http.middleware import REPEATED_KEY
from core.http.responses import JSON, encode_json
from core.logs import get_logger

PATH = "/docs"
#: Below it are the files of the pages; no dialect has such a name.
ASSETS = f"{PATH}/-"
#: The viewer of documents writes styles into its own markup; everything else is as strict as elsewhere.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Documents change with the program and its configuration only, but no address says so.
_CACHE = "no-cache"

log = get_logger("frontdesk.docs")


class EncodedDocument(NamedTuple):
    """A document as it is sent, and the page about it."""

    body: bytes
    compressed: bytes
    etag: str
    page: bytes


class ApiDocuments:
    """The documents of the dialects that have one; each is made when it is asked for first, once in a process."""

    def __init__(
        self, dialects: Sequence[Dialect], templates: PublicTemplates, *, base: str, check_settings: Callable[[], None]
    ) -> None:
        self.dialects = {dialect.name: dialect for dialect in dialects if dialect.openapi is not None}
        self._templates = templates
        self._base = base
        self._check_settings = check_settings
        self._encoded: dict[str, EncodedDocument] = {}
        self._lock = threading.Lock()

    def get(self, req: falcon.Request, name: str) -> EncodedDocument:
        """The document of a dialect.

        Raises:
            SettingsChanged: Another application has the document of today's settings.
            HTTPNotFound: There is none.
            PluginFailed: The dialect cannot make it; logged.
        """
        if name not in self.dialects:
            raise falcon.HTTPNotFound
        if REPEATED_KEY not in req.env:
            # Without a datastore the documents of the last settings are good enough.
            with suppress(*DATABASE_ERRORS, DatastoreUnavailable):
                ensure_connection()
            self._check_settings()
        with self._lock:
            if name not in self._encoded:
                self._encoded[name] = self._encode(self.dialects[name])
            return self._encoded[name]

    def _encode(self, dialect: Dialect) -> EncodedDocument:
        assert dialect.openapi is not None
        try:
            document = dialect.openapi()
            body = encode_json(with_code_samples(document))
            page = self._templates.render(
                "api.html",
                dialect=dialect.name,
                info=document.get("info", {}),
                samples=operation_samples(document),
                document_url=f"{self._base}{PATH}/{dialect.name}/openapi.json",
            )
        except Exception as error:
            log.error("OpenAPI document failed", dialect=dialect.name, exc_info=error)
            raise PluginFailed(dialect.name, "openapi", f"{type(error).__name__}: {error}") from error
        digest = hashlib.sha256(body).hexdigest()[:32]
        return EncodedDocument(body, gzip.compress(body, 6, mtime=0), f'"{digest}"', page)


class ApiIndexPage:
    """``/docs``: which dialects there are."""

    def __init__(self, documents: ApiDocuments, templates: PublicTemplates, *, base: str) -> None:
        entries = [
            {"name": name, "prefixes": [base + prefix for prefix in dialect.prefixes]}
            for name, dialect in documents.dialects.items()
        ]
        self._page = templates.render("api_index.html", dialects=entries, docs=base + PATH)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        set_page(resp, self._page)


class ApiPage:
    """``/docs/DIALECT``: the viewer, and below it the operations with their samples for browsers without scripts."""

    def __init__(self, documents: ApiDocuments) -> None:
        self._documents = documents

    def on_get(self, req: falcon.Request, resp: falcon.Response, dialect: str) -> None:
        set_page(resp, self._documents.get(req, dialect).page, policy=_POLICY)
        resp.set_header("Cache-Control", _CACHE)


class ApiDocument:
    """``/docs/DIALECT/openapi.json``: the document, with samples as ``x-codeSamples``."""

    def __init__(self, documents: ApiDocuments) -> None:
        self._documents = documents

    def on_get(self, req: falcon.Request, resp: falcon.Response, dialect: str) -> None:
        document = self._documents.get(req, dialect)
        resp.set_header("ETag", document.etag)
        resp.set_header("Cache-Control", _CACHE)
        resp.set_header("Vary", "Accept-Encoding")
        resp.set_header("X-Content-Type-Options", "nosniff")
        sent = [tag.strip().removeprefix("W/") for tag in (req.env.get("HTTP_IF_NONE_MATCH") or "").split(",")]
        if document.etag in sent or "*" in sent:
            resp.status = 304
            return
        resp.content_type = JSON
        if "gzip" in (req.env.get("HTTP_ACCEPT_ENCODING") or ""):
            resp.set_header("Content-Encoding", "gzip")
            resp.data = document.compressed
        else:
            resp.data = document.body


def api_routes(
    dialects: Sequence[Dialect], templates: PublicTemplates, *, base: str, check_settings: Callable[[], None]
) -> Mapping[str, Any]:
    """The resources of ``/docs`` by template.

    Args:
        base: The path of the site's URL, "" without one.
        check_settings: As for ``Middleware``.
    """
    documents = ApiDocuments(dialects, templates, base=base, check_settings=check_settings)
    return {
        PATH: ApiIndexPage(documents, templates, base=base),
        f"{ASSETS}/{{name}}": StaticFiles(),
        f"{PATH}/{{dialect}}": ApiPage(documents),
        f"{PATH}/{{dialect}}/openapi.json": ApiDocument(documents),
    }
