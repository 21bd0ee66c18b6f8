"""``[plugins.wc_bookings]`` of ``config.toml``."""

from typing import Literal

from msgspec import Struct

Mode = Literal["extended", "strict"]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plugin's table. ``None`` means: as ``mode`` says.

    ``mode = "strict"`` answers as version 2.2.5 does in everything; "extended" takes what serves a client best. Every
    choice can also be made alone.
    """

    mode: Mode = "extended"
    #: "long": the nine keys of the reference; "short": the five of every shipped version.
    slots_record: Literal["long", "short"] | None = None
    #: "book": a v1 write really books, by the rules of v2; "vendor": it makes the empty shell of the real server.
    v1_writes: Literal["book", "vendor"] | None = None
    #: Filters of the v2 booking list on v1, too.
    v1_filters: bool | None = None
    #: Keys as Basic login or query pair over plain HTTP.
    basic_over_http: bool | None = None
    #: Resources and the resource fields of products can be written.
    resource_writes: bool | None = None
    #: "reference": keys and key order of the reference's product; "2.2.5": those of that version.
    product_record: Literal["reference", "2.2.5"] | None = None
    #: Categories and resources without a key.
    public_catalog: bool | None = None
    #: Person types come with their names and costs instead of as empty objects.
    person_type_details: bool | None = None
    #: The second version of the API.
    v2: bool | None = None
    #: Minutes that a booking in a cart holds its places.
    cart_minutes: int = 60

    def resolved(self) -> "Settings":
        """The same with every choice made."""
        strict = self.mode == "strict"
        defaults: dict[str, object] = {
            "slots_record": "short" if strict else "long",
            "v1_writes": "vendor" if strict else "book",
            "v1_filters": not strict,
            "basic_over_http": not strict,
            "resource_writes": not strict,
            "product_record": "2.2.5" if strict else "reference",
            "public_catalog": not strict,
            "person_type_details": False,
            "v2": True,
        }
        chosen = {name: getattr(self, name) for name in defaults if getattr(self, name) is not None}
        return Settings(mode=self.mode, cart_minutes=self.cart_minutes, **{**defaults, **chosen})  # type: ignore[arg-type]
