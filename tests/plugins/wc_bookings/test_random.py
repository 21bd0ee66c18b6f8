"""Thousands of random requests, one after another: none of them is a crash."""

import json
import random
from urllib.parse import urlencode

import pytest

from tests.plugins.wc_bookings.conftest import STATE

_ROUTES = [
    f"/{version}{path}"
    for version, paths in {
        "v1": [
            "/bookings", "/bookings/{}", "/bookings/batch", "/products", "/products/{}", "/products/batch",
            "/products/categories", "/products/categories/{}", "/products/categories/batch", "/resources",
            "/resources/{}", "/resources/batch", "/products/slots",
        ],
        "v2": [
            "/bookings", "/bookings/{}", "/bookings/batch", "/products/{}/availability", "/quotes", "/schedule",
            "/date-overrides", "/date-overrides/{}", "/team-members", "/team-members/{}",
        ],
    }.items()
    for path in paths
]  # fmt: skip
_VALUES = [
    None, True, False, 0, 1, -1, 17, 21, 27, 2**31, 2**63, -(2**63) - 1, 10**30, 1.5, "", "0", "1", "yes", "abc",
    "2026-03-05", "2026-03-05T10:00:00", "\x00\U0001f600<b>",
]  # fmt: skip
_NUMBERS = [
    0,
    1,
    10,
    11,
    14,
    16,
    17,
    18,
    21,
    24,
    27,
    28,
    29,
    34,
    40,
    48,
    50,
    51,
    52,
    53,
    60,
    65,
    230,
    236,
    237,
    240,
    9999,
]
_FIELDS = sorted(
    {name for part in ("products", "bookings", "categories", "resources") for row in STATE[part] for name in row}
    | set("images tags attributes meta_data dimensions date_on_sale_from regular_price image display persons".split())
    | set("duration customer start_date time note order action force context _fields _method _embed page".split())
    | set("per_page offset orderby search include exclude create update delete id min_date max_date".split())
)


#: Categories first: their path has products in it.
_OWN = {
    part: sorted(
        {name for row in STATE[part] for name in row} | {"name", "sort_order", "persons", "meta_data", "image"}
    )
    for part in ("categories", "resources", "products", "bookings")
}


class _Chance(random.Random):
    def value(self, depth: int = 0) -> object:
        if depth > 2 or self.random() < 0.7:
            return self.choice(_VALUES)
        if self.random() < 0.5:
            return [self.value(depth + 1) for _ in range(self.randrange(4))]
        return {self.choice([*_FIELDS, "0", "1", ""]): self.value(depth + 1) for _ in range(self.randrange(5))}

    def fields(self, path: str, most: int) -> dict[str, object]:
        """Mostly fields that mean something there."""
        path_fields = next((names for part, names in _OWN.items() if part in path), _FIELDS)
        return {
            self.choice(path_fields if self.random() < 0.8 else _FIELDS): self.value()
            for _ in range(self.randrange(most))
        }

    def body(self, path: str) -> object:
        if self.random() < 0.03:
            return self.value()
        if not path.endswith("batch"):
            return self.fields(path, 6)
        verbs = self.sample(["create", "update", "delete"], self.randrange(1, 4))
        return {
            verb: [
                {"id": self.choice(_NUMBERS), **self.fields(path, 4)} if self.random() < 0.8 else self.value()
                for _ in range(self.randrange(4))
            ]
            for verb in verbs
        }


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", ["strict", "extended"])
def test_random_requests_never_crash(make_shop, mode):
    shop, chance, bad = make_shop(mode=mode).load(), _Chance(7), []
    for _ in range(8000):
        path = chance.choice(_ROUTES).format(chance.choice(_NUMBERS))
        method = chance.choice(["POST", "POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"])
        url = f"/wp-json/wc-bookings{path}"
        if method in ("GET", "DELETE") or chance.random() < 0.3:
            names = [chance.choice(_FIELDS) + chance.choice(["", "", "[]", "[a]"]) for _ in range(chance.randrange(4))]
            url += "?" + urlencode([(name, str(chance.value(3))) for name in names], errors="replace")
        body = None if method in ("GET", "OPTIONS") else chance.body(path)
        reply = shop.send(method, url, body=body, auth=chance.choice(["admin_rw", "admin_rw", "customer_rw", None]))
        # 501 is the vendor's own answer to a delete without force.
        if reply.status_int >= 500 and reply.status_int != 501:
            bad.append((method, url, json.dumps(body)[:500]))
    assert bad == []
