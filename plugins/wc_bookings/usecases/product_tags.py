"""Tags of products. The shop's extras hold all tags; each product holds its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.domain.text import fold
from core.services import repository, site
from core.wordpress import php, sanitize
from plugins.wc_bookings.translate.values import NAME


def apply_tags(payload: Mapping[str, Any], product: dict[str, Any], *, now: datetime) -> None:
    """Set a product's tags in place as the payload says; call it in a transaction.

    A name without a tag creates one. Ids without a tag are left out.
    """
    sent = payload.get("tags")
    if not isinstance(sent, list):
        return
    site.lock()
    extras = dict(site.extras(NAME))
    tags = {int(tag_id): tag for tag_id, tag in extras.get("tags", {}).items()}
    count, chosen = len(tags), {}
    for row in sent:
        if isinstance(row, dict):
            tag_id = _tag_id(tags, row["name"]) if row.get("name") else php.intval(row.get("id") or 0)
            if tag_id in tags:
                chosen[tag_id] = {"id": tag_id, **tags[tag_id]}
    if len(tags) > count:
        extras["tags"] = {str(tag_id): tag for tag_id, tag in tags.items()}
        site.save(now=now, dialect=NAME, extras=extras)
    product["tags"] = sorted(chosen.values(), key=lambda tag: fold(str(tag["name"])))


def _tag_id(tags: dict[int, dict[str, str]], name: Any) -> int:
    """The id of the tag with this name, which is added to ``tags`` if need be; 0 where cleaning leaves no name."""
    name = sanitize.text_field(name)[:200]
    tag_id = next((tag_id for tag_id, tag in tags.items() if fold(tag["name"]) == fold(name)), 0)
    if tag_id or not name:
        return tag_id
    # Tags and categories share their ids.
    tag_id = next(category_id for category_id in iter(repository.categories.next_id, 0) if category_id not in tags)
    tags[tag_id] = {"name": name, "slug": sanitize.slug(name) or str(tag_id)}
    return tag_id
