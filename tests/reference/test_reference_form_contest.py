"""Ten forms of three conditions against R's lm (28_form_contest)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.form_contest import contest_forms, vuong_p_values
from inspraak.randomness import stream

NAMES = ["null", "add", "min", "prod", "geo", "thr", "all", "lin3", "two", "full"]
MEASURES = {
    "bic": "bic",
    "r2": "r_squared",
    "adjr2": "adjusted_r_squared",
    "cvr2": "out_of_sample_r_squared",
    "cvr2o": "out_of_sample_r_squared_training",
    "k": "parameters",
}


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("28_form_contest")


@pytest.fixture(scope="module", params=["ols", "wls"])
def contest(request, reference):
    rows = reference.employers()
    dealt = pd.read_csv(reference.folder / "data" / "folds_493.csv").set_index("id")["fold"]
    weights = rows["w"].to_numpy() if request.param == "wls" else np.ones(len(rows))
    sizes = [rows["size"] == size for size in ("50-99", "100-249", "250+")]
    found = contest_forms(
        (rows[["AB", "MO", "OP"]].to_numpy().T - 1) / 4,
        rows["IB"],
        SurveyDesign(weights, np.zeros(len(rows), dtype=int)),
        stream(1, "forms"),
        controls=np.vstack([rows["dyn"], *sizes]).astype(float),
        folds=dealt.loc[rows["id"]].to_numpy() - 1,
        covariance="classical",
        draws=0,
    )
    return request.param, found


@pytest.mark.parametrize("measure", MEASURES)
def test_criteria(numbers, contest, measure):
    weighting, found = contest
    expected = [numbers[f"{weighting}.{name}.{measure}"] for name in NAMES]
    assert_allclose(getattr(found, MEASURES[measure]), expected, rtol=1e-8)


def test_slopes(numbers, contest):
    weighting, found = contest
    for ours, name in ((found.slope.estimate, "b"), (found.slope.std_error, "se")):
        assert_allclose(ours, [numbers[f"{weighting}.{form}.b.{name}"] for form in NAMES[1:7]], rtol=1e-8)


def test_vuong(numbers, contest):
    """R's is the additive form less the weakest link, without weights."""
    weighting, found = contest
    if weighting == "ols":
        assert_allclose(-found.vuong.statistic[1], numbers["vuong.add_min.z"], rtol=1e-8)
        assert_allclose(vuong_p_values(found.vuong)[1], numbers["vuong.add_min.p"], rtol=1e-8)
        assert found.n == numbers["n"]


def test_interactions(numbers, contest):
    weighting, found = contest
    if weighting == "ols":
        tested = [found.interactions.statistic, found.interactions.df1, found.interactions.p_value]
        assert_allclose(tested, [numbers[f"F.full_lin3.{name}"] for name in ("F", "df1", "p")], rtol=1e-8)
