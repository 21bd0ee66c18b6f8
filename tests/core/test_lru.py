"""The bound of the caches, and what ends a result."""

from core.lru import LastResults, SizedLRU


def test_the_least_recently_used_value_goes_first():
    cache: SizedLRU[str, str] = SizedLRU(5, len)
    cache.put("a", "xx")
    cache.put("b", "xx")
    assert cache.get("a") == "xx"
    cache.put("c", "xx")
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("xx", None, "xx")


def test_a_larger_value_takes_the_place_of_several():
    cache: SizedLRU[str, str] = SizedLRU(5, len)
    for key in "abc":
        cache.put(key, "x")
    cache.put("d", "xxxx")
    assert [cache.get(key) for key in "abcd"] == [None, None, "x", "xxxx"]


def test_a_value_beyond_the_bound_is_not_stored():
    cache: SizedLRU[str, str] = SizedLRU(5, len)
    cache.put("a", "xxxxxx")
    assert cache.get("a") is None
    cache.put("b", "xxxxx")
    assert cache.get("b") == "xxxxx"


def test_a_value_that_is_replaced_frees_its_size():
    cache: SizedLRU[str, str] = SizedLRU(5, len)
    for _ in range(10):
        cache.put("a", "xxx")
    cache.put("b", "xx")
    assert (cache.get("a"), cache.get("b")) == ("xxx", "xx")


def test_clear_frees_everything():
    cache: SizedLRU[str, str] = SizedLRU(5, len)
    cache.put("a", "xxxxx")
    cache.clear()
    assert cache.get("a") is None
    cache.put("b", "xxxxx")
    assert cache.get("b") == "xxxxx"


def test_a_result_stands_as_long_as_its_inputs_are_equal():
    results: LastResults[int, str] = LastResults(10, len)
    computed: list[str] = []

    def result(text: str) -> str:
        computed.append(text)
        return text.upper()

    for text in ("a", "a", "b", "a"):
        assert results.get(1, [text], lambda text=text: result(text)) == text.upper()
    assert computed == ["a", "b", "a"]
    assert results.get(2, ["a"], lambda: result("a")) == "A"
    assert len(computed) == 4
