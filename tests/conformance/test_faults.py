"""Every fault of a dialect makes the tests fail that are about it, and no others."""

import re

import pytest

from tests import ROOT

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

SUITE = """
from frontdesk.testing import Conformance
from tests.fixtures.drivers import Harbour


def wreck(fault):
    return type("Wreck", (Harbour,), {"name": "wreck", "plugin": "tests.fixtures.wreck", "settings": {"fault": fault}})


class TestNothing(Conformance):
    driver = wreck("")


class TestCache(Conformance):
    driver = wreck("cache")


class TestRefusals(Conformance):
    driver = wreck("refusals")


class TestSignIn(Conformance):
    driver = wreck("sign-in")


class TestGarbage(Conformance):
    driver = wreck("garbage")


class TestAgain(Conformance):
    driver = wreck("again")
"""

#: The tests that a fault breaks, without their parameters.
BROKEN = {
    "TestNothing": set(),
    "TestCache": {
        "test_the_last_place_sold_elsewhere_is_gone_here",
        "test_what_overlaps_is_taken_too",
        "test_a_refused_booking_changes_nothing",
        "test_cancelling_elsewhere_frees_the_place_here",
    },
    "TestRefusals": {
        "test_the_last_place_sold_here_is_gone_elsewhere",
        "test_the_last_place_sold_elsewhere_is_gone_here",
        "test_what_overlaps_is_taken_too",
        "test_what_cannot_be_booked_is_refused_and_changes_nothing",
        "test_a_refused_booking_changes_nothing",
        "test_an_hour_that_the_clock_skips_is_not_sold",
        "test_an_hour_that_comes_twice_is_sold_once",
    },
    # Without a caller there are no idempotency keys either.
    "TestSignIn": {
        "test_nothing_is_done_without_sign_in",
        "test_a_key_of_another_dialect_is_refused",
        "test_a_revoked_key_is_refused",
        "test_a_repeated_key_books_once_and_gets_the_same_bytes",
        "test_a_used_key_with_another_body_is_refused",
        "test_while_the_first_request_runs_a_second_is_told_so",
    },
    "TestGarbage": {"test_no_body_whatever_brings_a_500"},
    "TestAgain": {"test_after_a_change_of_settings_it_works_as_before"},
}


def test_a_fault_breaks_the_tests_that_are_about_it(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nfrontdesk_databases = sqlite")
    pytester.makepyfile(SUITE)

    result = pytester.runpytest_subprocess("-m", "not frontdesk_server", "-q", "--tb=no", "-rfEs")

    failed = {name: set() for name in BROKEN}
    for kind, suite, test in re.findall(r"^(FAILED|ERROR) \S+::(\w+)::(\w+)", result.stdout.str(), re.MULTILINE):
        assert kind == "FAILED", (suite, test)
        failed[suite].add(test)
    assert failed == BROKEN
    result.stdout.fnmatch_lines(["*wreck has no OpenAPI document*"])
