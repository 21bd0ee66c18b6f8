"""Bodies and query strings: PHP's rules, and nothing that hurts what comes behind."""

import io
from contextlib import suppress

import falcon
import msgspec
import pytest
from falcon import testing
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BodyTooLarge, DomainError, Invalid, MalformedBody
from core.http.body import MAX_DEPTH, decode_body, parse_form, parse_json, parse_php_query, raw_body, read_body


def request(body: bytes = b"", content_type: str | None = "application/json", **env) -> falcon.Request:
    headers = {"Content-Type": content_type} if content_type else {}
    req = falcon.Request(testing.create_environ(method="POST", body=body, headers=headers))
    req.env.update(env)
    req.context.max_body = 1000
    return req


@pytest.mark.parametrize(
    "query, expected",
    [
        ("", {}),
        ("a=1&a=2", {"a": "2"}),
        ("a=&b", {"a": "", "b": ""}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a%5B%5D=1", {"a": ["1"]}),
        ("a[1]=x&a[0]=y", {"a": {"1": "x", "0": "y"}}),
        ("a[0]=y&a[1]=x", {"a": ["y", "x"]}),
        ("a[5]=x&a[]=y", {"a": {"5": "x", "6": "y"}}),
        ("f[limit]=5&f[x][y]=z", {"f": {"limit": "5", "x": {"y": "z"}}}),
        ("a[][b]=1&a[][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a[b]=1&a=2", {"a": "2"}),
        ("a[b=1&[c]=2&d]=3", {"a[b": "1", "[c]": "2", "d]": "3"}),
        ("a=%ff&b=%00", {"a": "\ufffd", "b": "\ufffd"}),
        ("q=a+b%2Bc", {"q": "a b+c"}),
    ],
)
def test_a_query_string_is_read_as_php_reads_it(query, expected):
    assert parse_php_query(query) == expected


def test_a_query_of_ever_so_many_names_is_cut_not_refused():
    assert len(parse_php_query("&".join(f"k{n}=1" for n in range(20_000)))) == 5_000


@given(st.text(alphabet="ab[]=&%0f;+\xe4\x00", max_size=60))
def test_no_query_string_fails(query):
    assert isinstance(parse_php_query(query), dict)


@given(st.binary(max_size=60))
def test_no_body_fails_otherwise_than_by_a_refusal(data):
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None):
        with suppress(DomainError):
            read_body(request(data, kind))


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"nope",
        b'{"a": 1,}',
        b"\xff",
        b'"\xff"',
        b'"\\u0000"',
        b'{"\\u0000": 1}',
        b'"\\ud800"',
        b'"\x00"',
        b"[" * 100_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b"9" * 400,
        b"1e999",
        b"-" + b"9" * 25,
        b"NaN",
    ],
    ids=lambda data: data[:12].decode("latin-1"),
)
def test_json_that_cannot_be_kept_is_malformed(data):
    with pytest.raises(MalformedBody):
        parse_json(data)


def test_json_that_only_looks_dangerous_is_read():
    text = '{"a": "\\\\u0000", "b": 9223372036854775807, "c": "\\ud83d\\ude00", "d": [[[]]], "e": 1.5e300}'

    assert parse_json(b"\xef\xbb\xbf" + text.encode()) == {
        "a": "\\u0000",
        "b": 2**63 - 1,
        "c": "\U0001f600",
        "d": [[[]]],
        "e": 1.5e300,
    }


def test_many_shallow_brackets_are_no_depth():
    assert parse_json(b"[" + b"[]," * 500 + b"1]")[-1] == 1


@pytest.mark.parametrize("data", [b"a=%ff", b"a=%00", b"\xff=1", b"&".join(b"k=1" for _ in range(6000))])
def test_a_form_that_cannot_be_kept_is_malformed(data):
    with pytest.raises(MalformedBody):
        parse_form(data)


def test_a_multipart_body_is_a_form_without_its_files():
    body = (
        b'--x\r\nContent-Disposition: form-data; name="a[b]"\r\n\r\n1\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n\xff\r\n--x--\r\n'
    )

    assert read_body(request(body, "multipart/form-data; boundary=x")) == {"a": {"b": "1"}}


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=y"])
def test_a_broken_multipart_body_is_malformed(content_type):
    with pytest.raises(MalformedBody):
        read_body(request(b"--x\r\n\r\nnothing", content_type))


def test_an_empty_body_is_the_default_and_the_body_is_read_once():
    req = request(b"  \n")
    assert read_body(req) is None
    assert read_body(req, default={}) == {}

    req = request(b'{"a": 1}', None)
    assert read_body(req) == {"a": 1}
    assert raw_body(req) == b'{"a": 1}'
    assert read_body(req) is read_body(req)


@pytest.mark.parametrize("length", ["-1", "x", "1.5", "²"])
def test_a_length_that_is_no_number_is_malformed(length):
    with pytest.raises(MalformedBody):
        raw_body(request(b"abc", CONTENT_LENGTH=length))


def test_an_announced_body_over_the_cap_is_not_even_read():
    req = request(CONTENT_LENGTH="1001", **{"wsgi.input": None})

    with pytest.raises(BodyTooLarge) as refused:
        raw_body(req)
    assert refused.value.limit == 1000
    with pytest.raises(BodyTooLarge):
        raw_body(request(CONTENT_LENGTH="9" * 40))


@pytest.mark.parametrize("size, fits", [(1000, True), (1001, False)])
def test_a_chunked_body_is_capped_where_it_gets_too_long(size, fits):
    stream = io.BytesIO(b" " * size)
    req = request(CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": stream})

    if fits:
        assert len(raw_body(req)) == size
    else:
        with pytest.raises(BodyTooLarge):
            raw_body(req)


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    count: int


class Outer(msgspec.Struct):
    name: str
    items: list[Inner] = []


@pytest.mark.parametrize(
    "body, field, reason",
    [
        (b"{}", "name", "missing"),
        (b'{"name": 5}', "name", "type"),
        (b'{"name": "x", "items": [{"count": 1}, {"count": "x"}]}', "items.1.count", "type"),
        (b'{"name": "x", "items": [{}]}', "items.0.count", "missing"),
        (b'{"name": "x", "items": [{"count": 1, "c": 2}]}', "items.0.c", "unknown"),
    ],
)
def test_what_does_not_fit_is_told_by_field_and_reason(body, field, reason):
    with pytest.raises(Invalid) as refused:
        decode_body(request(body), Outer)

    assert (refused.value.field, refused.value.reason) == (field, reason)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"5"])
def test_a_body_that_is_no_object_is_malformed_where_one_is_wanted(body):
    with pytest.raises(MalformedBody):
        decode_body(request(body), Outer)


def test_forms_are_read_with_numbers_as_text_and_json_is_not():
    form = request(b"name=x&items[0][count]=5", "application/x-www-form-urlencoded")

    assert decode_body(form, Outer) == Outer("x", [Inner(5)])
    with pytest.raises(Invalid):
        decode_body(request(b'{"count": "5"}'), Inner)
    assert decode_body(request(b'{"count": "5"}'), Inner, strict=False) == Inner(5)
