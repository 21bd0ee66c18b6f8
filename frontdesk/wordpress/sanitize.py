"""WordPress's sanitizers."""

from core.wordpress.sanitize import (
    absint,
    boolean,
    clean_url,
    decimal,
    email,
    encode_ampersands,
    id_list,
    inline,
    key,
    parse_list,
    post,
    slug,
    text_field,
    textarea_field,
    unslash,
)

__all__ = [
    "absint",
    "boolean",
    "clean_url",
    "decimal",
    "email",
    "encode_ampersands",
    "id_list",
    "inline",
    "key",
    "parse_list",
    "post",
    "slug",
    "text_field",
    "textarea_field",
    "unslash",
]
