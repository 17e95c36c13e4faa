"""The page of figures says what the catalogue says."""

from __future__ import annotations

from tests.docs.metric_reference import PAGE, written


def test_the_page_of_figures_is_that_of_the_catalogue() -> None:
    """Whoever changes a metric writes the page anew: `make reference`."""
    assert PAGE.read_text("utf-8") == written()
