"""Routes with WordPress patterns, as logs and metrics show them."""

import pytest

from core.wordpress.falcon_adapter import route_template


@pytest.mark.parametrize(
    ("path", "template"),
    [
        (r"/things/(?P<id>[\d]+)", "/api/things/{id}"),
        (r"/things/(?P<id>\d+)/parts/(?P<part>[\w-]+)", "/api/things/{id}/parts/{part}"),
        (r"/things/(?P<kind>(a|b)+)", "/api/things/{kind}"),
        ("/", "/api"),
        ("/things", "/api/things"),
    ],
)
def test_a_pattern_is_a_name_in_braces(path, template):
    assert route_template("/api", path) == template
