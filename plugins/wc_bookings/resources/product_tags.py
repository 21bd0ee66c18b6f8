"""Tags of products: a name makes one where there is none yet. The shop keeps them, each product keeps which it has."""

from typing import Any

from core.domain.text import fold
from core.services import repository, site
from core.wordpress import php, sanitize
from core.wordpress.rest import RestRequest
from plugins.wc_bookings.translate.catalog import NAME


def take(request: RestRequest, product: dict[str, Any]) -> None:
    """Change a product's tags as the request says; inside a transaction. Unknown numbers are left out."""
    given = request.get("tags")
    if not isinstance(given, list):
        return
    site.lock()
    own = dict(site.extras(NAME))
    known = {int(number): row for number, row in own.get("tags", {}).items()}
    before, chosen = len(known), {}
    for row in given:
        if isinstance(row, dict):
            number = _named(known, row["name"]) if row.get("name") else php.intval(row.get("id") or 0)
            if number in known:
                chosen[number] = {"id": number, **known[number]}
    if len(known) > before:
        own["tags"] = {str(number): row for number, row in known.items()}
        site.save(now=request.now, dialect=NAME, extras=own)
    product["tags"] = sorted(chosen.values(), key=lambda tag: fold(str(tag["name"])))


def _named(known: dict[int, dict[str, str]], name: Any) -> int:
    """The number of the tag with this name, made if need be; 0 where there is no name left."""
    name = sanitize.text_field(name)[:200]
    found = next((number for number, row in known.items() if fold(row["name"]) == fold(name)), 0)
    if found or not name:
        return found
    # Tags and categories are numbered together.
    number = next(n for n in iter(repository.categories.next_id, 0) if n not in known)
    known[number] = {"name": name, "slug": sanitize.slug(name) or str(number)}
    return number
