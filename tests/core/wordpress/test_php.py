"""PHP's habits with values, queries and JSON."""

from decimal import Decimal

import pytest

from core.wordpress import php, phpjson, sanitize
from core.wordpress.phpjson import JsonError, as_object


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("12abc", 12), ("abc", 0), ("", 0), (" 7", 7), ("-3", -3), ("1e3", 1000), ("1.9", 1), (".5", 0), (None, 0),
        (True, 1), ([], 0), ([0], 1), ({}, 0), (Decimal("2.7"), 2), ("99999999999999999999", php.INT_MAX),
        ("-99999999999999999999", php.INT_MIN), ("1e99999999", php.INT_MAX), ("9" * 5000, php.INT_MAX),
        (10**30, php.INT_MAX), ("٣", 0),
    ],
)  # fmt: skip
def test_casts_to_int(given, wanted):
    assert php.intval(given) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("5", True), ("5.0", True), ("5.5", False), ("1e3", True), (" 5 ", True), ("5x", False), ("", False),
        (True, False), (5, True), (Decimal("5.00"), True), (Decimal("5.01"), False), ("1e9999", False), ([], False),
        ("9" * 500, False), ("٣", False),
    ],
)  # fmt: skip
def test_knows_whole_numbers(given, wanted):
    assert php.is_integer(given) is wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"per_page": 1, "_fields": "id,name"}, "per_page=1&_fields=id%2Cname&page=2"),
        ({"include": [18, 19]}, "include%5B0%5D=18&include%5B1%5D=19&page=2"),
        ({"hide_empty": False, "on": True}, "on=1&page=2"),
        ({"oauth_signature": "abc="}, "oauth_signature=abc&page=2"),
        ({"search": ""}, "search&page=2"),
        ({"page": 1, "x": None, "y": "a b"}, "page=2&y=a+b"),
        ({"a": {"b": {"c": "d"}}}, "a%5Bb%5D%5Bc%5D=d&page=2"),
        ({"q": "é~"}, "q=%C3%A9%7E&page=2"),
    ],
)
def test_paging_links_encode_like_two_passes_of_add_query_arg(query, wanted):
    base = php.add_query_args("https://x.test/a", query)

    assert php.add_query_args(base, {"page": 2}) == f"https://x.test/a?{wanted}"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"a": {}, "b": []}, b'{"a":[],"b":[]}'),
        ({"a": as_object({})}, b'{"a":{}}'),
        ({"a": as_object({"b": 1})}, b'{"a":{"b":1}}'),
        (["{}", "1.0", 1.0, 1.5], b'["{}","1.0",1,1.5]'),
        ([Decimal("50.00"), Decimal("50.10"), Decimal("0.0")], b"[50,50.1,0]"),
        ("https://x/é€😀", b'"https:\\/\\/x\\/\\u00e9\\u20ac\\ud83d\\ude00"'),
        ('a"b\\ {} 1.0', b'"a\\"b\\\\ {} 1.0"'),
        ("\x01\n\x7f", b'"\\u0001\\n\x7f"'),
        (["\ud800"], b'["?"]'),
        ({}, b"[]"),
        ([1, 10, -3, 1.0], b"[1,10,-3,1]"),
    ],
)
def test_json_is_written_as_php_writes_it(value, wanted):
    assert phpjson.dumps(value) == wanted


def test_pretty_json_has_four_blanks():
    assert phpjson.dumps({"a": [1, {}]}, pretty=True) == b'{\n    "a": [\n        1,\n        []\n    ]\n}'


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", 4), (b"", 4), (b"{'a':1}", 4), (b"[1,]", 4), (b"NaN", 4), (b"1e999", 4), (b"9" * 5000, 4),
        (b'"\xff"', 5), (b'"a\x01"', 3), (b'"\\ud800"', 10), (b"[" * 200 + b"]" * 200, 1), (b"[" * 100_000, 1),
        (b"1 2", 4), (b"\xef\xbb\xbf1", 4),
    ],
)  # fmt: skip
def test_what_php_cannot_read_has_phps_error_number(raw, code):
    with pytest.raises(JsonError) as caught:
        phpjson.loads(raw)
    assert caught.value.code == code


def test_json_is_read_exactly_and_without_nul():
    value = phpjson.loads(b'{"a": 1.10, "a": "x\\u0000y", "b": 99999999999999999999, "c": 0.1}')

    assert value == {"a": "xy", "b": Decimal(99999999999999999999), "c": Decimal("0.1")}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (" a <b>b</b>\n c ", "a b c"), ("<script>x</script>y", "y"), ("a%20b%%4141", "ab"), ("1 < 2", "1 &lt; 2"),
        ("a\0b", "ab"), (None, ""), (["x"], ""), (5, "5"),
    ],
)  # fmt: skip
def test_text_fields_are_one_plain_line(given, wanted):
    assert sanitize.text_field(given) == wanted


@pytest.mark.parametrize("bad", ["<" * 300_000, "%2" * 150_000, "<script>" * 40_000, "<script></style>" * 20_000])
@pytest.mark.timeout(10)
def test_hostile_texts_are_cleaned_in_no_time(bad):
    sanitize.text_field(bad)
    sanitize.slug(bad)


def test_lists_of_ids_come_in_any_spelling():
    assert sanitize.id_list("5, 6 6,x") == [5, 6, 0]
    assert sanitize.id_list(["5", -6, ["7"]]) == [5, 6]
    assert sanitize.slug("Grüne  Wiese & Co_1!") == "grune-wiese-co_1"


@pytest.mark.parametrize(
    "title, slug",
    [
        ("Boat (2-day blocks)", "boat-2-day-blocks"),
        ("Mon/Fri – start", "mon-fri-start"),
        ("A,b: c+d", "ab-cd"),
        ("v1.5 & <b>more</b>", "v1-5-more"),
        ("Straße Øre", "strasse-ore"),
        ("50% off", "50-off"),
        ("Bob’s “place”", "bobs-place"),
        ("日本", "%e6%97%a5%e6%9c%ac"),
        ("한", "%ed%95%9c"),
        ("&amp; co", "co"),
        ("!!!", ""),
    ],
)
def test_titles_become_links(title, slug):
    assert sanitize.slug(title) == slug
