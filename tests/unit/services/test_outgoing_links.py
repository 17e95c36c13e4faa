"""What follows the host of a link is nobody's words."""

from __future__ import annotations

from huiliu.services.content_gates import _LINK


def test_a_links_token_is_not_read_as_words_and_what_stands_beside_it_is():
    """A random token may spell anything; a claim right behind a link is still read."""
    told = "退订 https://brand.example/u/xfO2DAdWno1KqJT-_7 全网No1，https://b.example/r/No1第一"

    assert _LINK.sub(r"\1", told) == "退订 https://brand.example/ 全网No1，https://b.example/第一"
