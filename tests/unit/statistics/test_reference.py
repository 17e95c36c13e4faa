"""The published figures of the CDNOW and Online Retail sets are reproduced from the raw files."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from huiliu.statistics.bg_nbd import fit_bg_nbd
from huiliu.statistics.gamma_gamma import fit_gamma_gamma
from huiliu.statistics.histories import Histories
from huiliu.statistics.pareto_nbd import fit_pareto_nbd
from huiliu.statistics.repeat_buying import fit_repeat_buying

pytestmark = pytest.mark.shared_data
DATA = Path(__file__).parents[4] / "shared" / "data"
CUT = dt.date(1997, 9, 30)


def cdnow() -> dict[str, dict[dt.date, float]]:
    """Return what each customer of the 1/10 sample paid on each day until the cut."""
    found: dict[str, dict[dt.date, float]] = defaultdict(lambda: defaultdict(float))
    for line in (DATA / "cdnow" / "CDNOW_sample.txt").read_text().splitlines():
        _, customer, day, _, value = line.split()
        date = dt.date(int(day[:4]), int(day[4:6]), int(day[6:]))
        if date <= CUT:
            found[customer][date] += float(value)
    return found


def histories() -> Histories:
    """Return the sample's histories in weeks."""
    days = [sorted(one) for one in cdnow().values()]
    return Histories.of(
        [len(one) - 1 for one in days],
        [(one[-1] - one[0]).days / 7 for one in days],
        [(CUT - one[0]).days / 7 for one in days],
    )


def test_bg_nbd_has_the_parameters_of_the_paper():
    """Fader, Hardie, Lee 2005, to the third digit, and the likelihood to the first decimal."""
    sample = histories()
    assert (sample.n_people, sample.n_repeaters) == (2357, 946)
    assert float(sample.n @ sample.x) == 2457
    found = fit_bg_nbd(sample)
    want = (0.24259, 4.41360, 0.79292, 2.42591)
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx(want, rel=1e-3)
    assert found.log_likelihood == pytest.approx(-9582.4292, abs=1e-3)
    assert fit_repeat_buying(sample).name == "bg-nbd"


def test_pareto_nbd_has_the_parameters_of_the_paper():
    """As published with the same sample."""
    found = fit_pareto_nbd(histories())
    want = (0.55328, 10.57768, 0.60624, 11.66873)
    assert (found.r, found.alpha, found.s, found.beta) == pytest.approx(want, rel=1e-3)
    assert found.log_likelihood == pytest.approx(-9594.9762, abs=1e-3)


def test_gamma_gamma_has_the_parameters_of_the_note():
    """Over the 946 who came back, by the mean of their repeat purchases."""
    repeats = [
        [value for _, value in sorted(one.items())[1:]] for one in cdnow().values() if len(one) > 1
    ]
    x = np.array([float(len(one)) for one in repeats])
    value = np.array([sum(one) / len(one) for one in repeats])
    found = fit_gamma_gamma(x, value)
    assert (found.p, found.q, found.gamma) == pytest.approx((6.24957, 3.74422, 15.44352), rel=1e-2)
    assert found.mean == pytest.approx(35.170, rel=1e-2)
    assert value.mean() == pytest.approx(35.078, abs=1e-2)


@pytest.mark.parametrize("cut", [dt.date(2011, 6, 30), dt.date(2011, 12, 9)])
def test_online_retail_is_refused_by_the_models_in_which_people_stop(cut: dt.date):
    """BG/NBD says there that nobody ever stops: everybody alive for certain is never an answer."""
    rows = pq.read_table(
        DATA / "online_retail" / "online_retail.parquet",
        columns=["InvoiceNo", "CustomerID", "Quantity", "UnitPrice", "InvoiceDate"],
    )
    kept = pc.and_(pc.is_valid(rows["CustomerID"]), pc.greater(rows["Quantity"], 0))
    kept = pc.and_(kept, pc.greater(rows["UnitPrice"], 0))
    kept = pc.and_(kept, pc.invert(pc.starts_with(rows["InvoiceNo"], "C")))
    rows = rows.filter(kept)
    days: dict[float, set[dt.date]] = defaultdict(set)
    dates = rows["InvoiceDate"].cast("date32").to_pylist()
    for customer, day in zip(rows["CustomerID"].to_pylist(), dates, strict=True):
        if day <= cut:
            days[customer].add(day)
    people = [sorted(one) for one in days.values()]
    sample = Histories.of(
        [len(one) - 1 for one in people],
        [(one[-1] - one[0]).days / 7 for one in people],
        [(cut - one[0]).days / 7 for one in people],
    )
    if cut.month == 6:
        assert sample.n_people == 2960
        assert fit_bg_nbd(sample).log_likelihood == pytest.approx(-15_325.4553, abs=1e-2)
    found = fit_repeat_buying(sample)
    assert found.name == "nbd"
    assert set(found.refused) == {"bg-nbd", "pareto-nbd"}
    assert found.model is not None
    alive = found.model.p_alive(sample.x, sample.recency, sample.age)
    assert np.average(alive, weights=sample.n) < 0.8
