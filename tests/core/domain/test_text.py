"""Folded text: what people take for the same letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.text import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Anna Berg", "anna berg"),
        ("ÉCOLE", "ecole"),
        ("e\u0301cole", "ecole"),
        ("Ägidius Østergård", "agidius ostergard"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("ﬁne", "fine"),
        ("Ελένη", "ελενη"),
        ("ΟΔΟΣ", "οδοσ"),
        ("Ёлка", "елка"),
        ("東京", "東京"),
        ("", ""),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing_and_case_never_counts(text):
    assert fold(fold(text)) == fold(text)
    assert fold(text.upper()) == fold(text.upper().lower())
