"""Logs never hold the codes that stand in the addresses of public pages."""

from __future__ import annotations

import pytest

from huiliu.web.errors import shown_path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/callbacks/AbC123", "/callbacks/…"),
        ("/r/abc", "/r/…"),
        ("/u/abc/more", "/u/…"),
        ("/segments/gold", "/segments/gold"),
        ("/", "/"),
        ("/callbacks", "/callbacks"),
    ],
)
def test_a_code_is_left_out_of_a_path(path: str, shown: str) -> None:
    """Whoever reads the log cannot speak as the provider, nor for a person."""
    assert shown_path(path) == shown
