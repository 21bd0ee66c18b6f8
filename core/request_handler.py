"""The part of the worker that runs in a thread: one request, from its bytes in memory to the application's answer."""

import io
from typing import Any

from gunicorn.http import errors as http_errors
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from gunicorn.workers.gthread import ThreadWorker

from core import metrics, request_budget
from core.http.connections import Connection
from core.http.request_parsing import refusal_response

#: Statuses of what gunicorn's parser refuses, where it is not 400.
_PARSER_STATUSES = (
    (http_errors.LimitRequestLine, 414),
    (http_errors.LimitRequestHeaders, 431),
    (http_errors.ExpectationFailed, 417),
    (http_errors.UnsupportedTransferCoding, 501),
)


class RequestHandler(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Answers complete requests; a base of ``core.worker.Worker``."""

    def answer(self, connection: Connection) -> bool:
        """Answer one request, whatever happens in it; True when the connection may be used again."""
        try:
            return self.handle(connection)
        except BaseException:
            # The client has gone while it was told of an error, or a plugin ends the thread.
            return False

    def handle(self, conn: Connection) -> bool:
        """Answer one request; True when the connection may be used again."""
        request, head, budget = None, conn.head, conn.budget
        assert head is not None
        assert budget is not None
        request_budget.set_current(budget)
        try:
            conn.requests += 1
            budget.start_work()
            request = Request(self.cfg, IterUnreader((conn.head_bytes,)), conn.client, conn.requests)
            if head.is_chunked:
                # The main loop has decoded the chunks.
                request.headers = [pair for pair in request.headers if pair[0] != "TRANSFER-ENCODING"]
                request.headers.append(("CONTENT-LENGTH", str(head.length)))
            request.body = io.BytesIO(conn.body)
            # The main loop has sent 100 Continue where the client waited for it.
            request._expected_100_continue = False
            if not conn.keep_alive:
                request.force_close()
            is_reusable: bool = self.handle_request(request, conn)
            return is_reusable
        except StopIteration:
            return False
        except ConnectionError:
            # The client disconnected before the whole response was sent.
            return False
        except Exception as error:
            self.handle_error(request, conn.sock, conn.client, error)
            return False
        finally:
            request_budget.set_current(None)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what the parser refuses, and what went wrong outside the application."""
        if isinstance(exc, http_errors.ParseException | http_errors.NoMoreData) and not isinstance(
            exc, http_errors.InvalidResponseHeader | http_errors.InvalidResponseHeaderName
        ):
            status = next((status for kind, status in _PARSER_STATUSES if isinstance(exc, kind)), 400)
        else:
            self.log.error("a request failed outside the application", exc_info=exc)
            status = 500
        metrics.count_request("none", "none", status, 0.0)
        client.sendall(refusal_response(status))
