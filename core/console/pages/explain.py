"""Why a service is or is not offered at a time, and where its price comes from."""

import falcon

from core.console.pages.base import Page, by_name, number_field, query_fields
from core.domain.explanations import Explanation
from core.domain.requests import BookingRequest
from core.error_sentences import error_sentence
from core.errors import DomainError, NotFound
from core.http.responses import send_json
from core.services import explanation as explanations
from core.services import repository

_MAX_PARTY = 100_000


class ExplainPage(Page):
    """``/explain``: a form and the explanation; as JSON for programs that accept it.

    The query names ``service``, ``start`` (wall clock of the service) and optionally ``resource``, ``location``,
    ``persons``, ``blocks`` and ``coupon``.
    """

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        wants_json = "application/json" in (req.env.get("HTTP_ACCEPT") or "")
        explanation, problem = None, ""
        if query.get("service") and query.get("start"):
            try:
                explanation = self._explain(query)
            except DomainError as error:
                if wants_json:
                    raise
                resp.status = 404 if isinstance(error, NotFound) else 422
                problem = error_sentence(error)
        if wants_json:
            send_json(resp, explanation)
            return
        names = ("service", "start", "resource", "location", "persons", "blocks", "coupon")
        self.show(
            req,
            resp,
            "explain.html",
            explanation=explanation,
            problem=problem,
            query={name: query.get(name, "") for name in names},
            services=by_name(repository.services),
            resources=by_name(repository.resources),
            locations=by_name(repository.locations),
        )

    def _explain(self, query: dict[str, str]) -> Explanation:
        service = repository.services.get(number_field(query, "service"))
        request = BookingRequest(
            service_id=service.id,
            wall_start=explanations.parse_start(query["start"][:40], service),
            origin="",
            resource_id=number_field(query, "resource"),
            location_id=number_field(query, "location"),
            persons=min(max(1, number_field(query, "persons", 1)), _MAX_PARTY),
            blocks=min(number_field(query, "blocks"), _MAX_PARTY) or None,
            coupon_code=query.get("coupon", "")[:255],
        )
        return explanations.explain_start(request, now=self.console.clock())
