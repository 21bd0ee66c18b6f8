"""``[plugins.wc_bookings]`` of ``config.toml``."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Mode = Literal["extended", "strict"]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which version of the vendor's API the shop is like. What is not set follows the mode.

    ``mode = "strict"`` replies as version 2.2.5 does in everything; "extended" does what serves a client best.
    """

    mode: Mode = "extended"
    #: "long": the nine keys of the reference; "short": the five of every released version.
    slots_record: Literal["long", "short"] | None = None
    #: "book": a v1 write really books, by the rules of v2; "vendor": it stores an empty one, as the real server.
    v1_writes: Literal["book", "vendor"] | None = None
    #: Whether the booking list of v1 has the filters of v2.
    v1_filters: bool | None = None
    #: Whether keys as Basic login or in the query work over plain HTTP.
    basic_over_http: bool | None = None
    #: Whether resources and the resource fields of products can be written.
    resource_writes: bool | None = None
    #: "reference": keys and key order of the reference's product; "2.2.5": those of that version.
    product_record: Literal["reference", "2.2.5"] | None = None
    #: Whether categories and resources can be read without a key.
    public_catalog: bool | None = None
    #: Whether person types have names and costs, or are empty objects.
    person_type_details: bool | None = None
    #: Whether the second version of the API is served.
    v2: bool | None = None
    #: Minutes that a booking in a cart holds its places.
    cart_minutes: int = 60

    def resolved(self) -> "Settings":
        """These settings with every key set."""
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
        return replace(self, **{name: value for name, value in defaults.items() if getattr(self, name) is None})
