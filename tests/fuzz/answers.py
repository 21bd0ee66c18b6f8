"""What a dialect's OpenAPI document says of an answer, and what an answer has against it."""

import json
import re
from typing import Any

import jsonschema_rs

from tests.fuzz.requests import Request

#: What changes the shape of any answer on purpose.
_RESHAPED = re.compile(r"(^|&)(_envelope|_jsonp|_method|_fields|fields)(%5B|\[|=|&|$)", re.IGNORECASE)


class Document:
    """A document that can be asked about answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._paths = [
            (re.compile(re.sub(r"{\w+}", "[^/]+", path) + r"/?\Z"), path)
            for path in sorted(document["paths"], key=lambda path: (path.count("{"), -len(path)))
        ]
        self._validators: dict[tuple[str, str, str], Any] = {}

    def complaint(self, request: Request, status: int, headers: dict[str, str], body: bytes) -> str:
        """What is wrong with an answer, in one line; empty when it is as documented or nothing is said of it."""
        override = any(name.lower() == "x-http-method-override" for name in request.headers)
        template = next((path for pattern, path in self._paths if pattern.match(request.path)), None)
        operation = self.document["paths"].get(template or "", {}).get(request.method.lower())
        if operation is None or override or _RESHAPED.search(request.query):
            return ""
        described = operation["responses"].get(str(status))
        if described is None:
            return f"{status} is not documented"
        if "$ref" in described:
            described = self.document["components"]["responses"][described["$ref"].rpartition("/")[2]]
        content = described.get("content", {})
        if "application/json" not in content:
            return ""
        if not headers.get("content-type", "").startswith("application/json"):
            return f"{status} is {headers.get('content-type')}"
        try:
            value = json.loads(body)
        except ValueError:
            return f"{status} is no JSON"
        key = (template or "", request.method, str(status))
        if key not in self._validators:
            whole = {**content["application/json"]["schema"], "components": self.document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        for error in self._validators[key].iter_errors(value):
            where = "/".join("#" if isinstance(part, int) else str(part) for part in error.instance_path)
            return f"{status} {where or '.'}: {str(error.message).splitlines()[0][:160]}"
        return ""
