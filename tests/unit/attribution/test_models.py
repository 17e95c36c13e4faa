"""Models of attribution add up, and reach the figures of the papers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.attribution.markov import chain_of, markov
from huiliu.attribution.models import MODELS, attribute
from huiliu.attribution.path import Path, split_path
from huiliu.attribution.shapley import shapley

PATHS = st.lists(
    st.builds(
        Path,
        st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6).map(tuple),
        st.integers(0, 50).map(float), st.integers(0, 900).map(float),
        st.integers(0, 50).map(float),
    ),
    min_size=1, max_size=20,
)  # fmt: skip


def test_the_chain_of_the_textbook_has_its_shares() -> None:
    """Bryl's example: removal of 1/2, 1 and 1."""
    paths = [
        Path(split_path("C1 > C2 > C3"), 1), Path(("C1",), nulls=1), Path(("C2", "C3"), nulls=1),
    ]  # fmt: skip
    chain = chain_of(paths)
    assert chain.chance == pytest.approx(1 / 3)
    assert chain.removal == pytest.approx({"C1": 0.5, "C2": 1, "C3": 1})
    assert markov(paths) == pytest.approx({"C1": 0.2, "C2": 0.4, "C3": 0.4})


def test_repeats_of_a_channel_change_nothing_in_the_chain() -> None:
    """Going from a channel to itself leads nowhere else."""
    once = [Path(("a", "b"), 3, nulls=2), Path(("b",), 1, nulls=5)]
    often = [Path(("a", "a", "b"), 3, nulls=2), Path(("b",), 1, nulls=5)]
    assert markov(often) == pytest.approx(markov(once))


def test_the_fair_share_is_that_of_the_example() -> None:
    """Sets of one to three channels."""
    paths = [Path(("A",), 10), Path(("B",), 5), Path(("A", "B"), 20), Path(("A", "C"), 8),
             Path(("C", "B", "A"), 12)]  # fmt: skip
    assert shapley(paths) == pytest.approx({"A": 28, "B": 19, "C": 8})


def test_rules_look_at_the_place_of_a_touch() -> None:
    """A path of four touches, of which two are the same channel."""
    found = attribute([Path(("a", "b", "b", "c"), 10, 100)])
    assert found["first"] == {"a": 10, "b": 0, "c": 0}
    assert found["last"] == {"a": 0, "b": 0, "c": 10}
    assert found["linear"] == pytest.approx({"a": 2.5, "b": 5, "c": 2.5})
    assert found["position"] == pytest.approx({"a": 4, "b": 2, "c": 4})
    assert found["time_decay"] == pytest.approx({"a": 10 / 15, "b": 60 / 15, "c": 80 / 15})
    assert attribute([Path(("a", "b"), 10, 100)], value=True)["position"] == {"a": 50, "b": 50}


@given(PATHS, st.booleans())
def test_every_model_adds_up_to_the_whole(paths: list[Path], value: bool) -> None:
    """Nothing is ascribed twice or lost, and nothing is negative."""
    whole = sum(path.value if value else path.conversions for path in paths)
    has_conversions = any(path.conversions for path in paths)
    found = attribute(paths, value=value)
    assert tuple(found) == MODELS
    for name, worth in found.items():
        if name == "markov" and not has_conversions:
            continue
        assert sum(worth.values()) == pytest.approx(whole), name
        assert min(worth.values()) >= -1e-9, name
