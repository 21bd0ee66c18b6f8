"""People: find somebody across dialects, export what is kept about them, erase them."""

import json
from typing import Any

import falcon

from core.console.pages.base import Page, number_field, query_fields, read_form, text_field
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid
from core.services import actors, privacy
from core.services.operators import OWNER
from core.services.person_records import MAX_FOUND


class PrivacyPage(Page):
    """``/privacy``: search, export and erase; for owners."""

    reads = writes = OWNER

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        text, customer_id = query.get("q", ""), number_field(query, "customer")
        found, problem = None, ""
        if text:
            try:
                found = privacy.find_people(text)
            except Invalid:
                problem = "Write at least two letters or digits."
        self.show(
            req,
            resp,
            "privacy.html",
            query=text,
            found=found,
            limit=MAX_FOUND,
            customer_id=customer_id,
            problem=problem,
            erasure=None,
        )

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        form = read_form(req)
        action, number = text_field(form, "action"), number_field(form, "id")
        who: dict[str, Any] = {"booking_ids" if text_field(form, "kind") == "guest" else "customer_ids": (number,)}
        if action == "export":
            document = privacy.export_person(**who, now=self.console.clock())
            resp.content_type = "application/json; charset=UTF-8"
            resp.downloadable_as = f"person-{number}.json"
            resp.data = json.dumps(document, ensure_ascii=False, indent=2).encode()
            return
        if action != "erase":
            raise Invalid(field="action", reason="unknown", value=action)
        erasure, problem = None, ""
        if text_field(form, "sure") != "yes":
            problem = "Tick the box: erasing cannot be undone."
        else:
            try:
                with actors.because(text_field(form, "reason")):
                    erasure = privacy.erase_person(
                        **who, now=self.console.clock(), keep_upcoming=bool(text_field(form, "keep_upcoming"))
                    )
            except DomainError as error:
                problem = error_sentence(error)
        if problem:
            resp.status = 422
        self.show(
            req,
            resp,
            "privacy.html",
            query="",
            found=None,
            limit=MAX_FOUND,
            customer_id=0,
            problem=problem,
            erasure=erasure,
        )
