"""Pulls of rows on coefficients, and the test of proportional odds."""

import numpy as np
import pytest

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.influence import leave_out, pulls
from inspraak.estimation.ordinal import fit_ordinal
from inspraak.estimation.proportional_odds import proportional_odds


def drawn(n: int, seed: int, *, turn: float = 0.0, m: int = 1) -> tuple[np.ndarray, np.ndarray, SurveyDesign]:
    """Columns (m, 3, n), x first, levels 1 to 4 (m, n); `turn` is how far the slope of x falls at each threshold."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    cuts = np.array([-1.5, 0.0, 1.5])
    noise = rng.logistic(size=n)
    slopes = 0.5 - turn * np.arange(3)
    y = 1.0 + (slopes[:, np.newaxis] * x + 0.3 * z + noise > cuts[:, np.newaxis]).sum(axis=0)
    design = SurveyDesign(rng.uniform(0.5, 2, n), rng.integers(0, 4, n))
    return np.tile(np.array([x, z, np.ones(n)]), (m, 1, 1)), np.tile(y, (m, 1)), design


@pytest.mark.parametrize("n", [60, 493, 5000])
@pytest.mark.parametrize("family", ["linear", "logit", "poisson", "ordered_logit"])
def test_pulls_sum_to_nothing_and_make_the_variance(n: int, family: str) -> None:
    columns, y, design = drawn(n, 4)
    included = np.ones(y.shape, dtype=bool)
    included[0, ::7] = False
    if family == "logit":
        y = (y > 2).astype(float)
    if family == "ordered_logit":
        columns = columns[:, :-1]
        fit = fit_ordinal(columns.swapaxes(1, 2), y.T, design, covariance="HC0", included=included.T)
    else:
        fit = fit_generalised(
            columns.swapaxes(1, 2), y.T, design, family=family, covariance="HC0", included=included.T
        )
    pull = pulls(fit, columns, y, design, included=included, terms=[0, 1])
    assert pull.sum(axis=2) == pytest.approx(0, abs=1e-6)
    assert (pull @ pull.swapaxes(1, 2))[0] == pytest.approx(fit.covariance[0, :2, :2], rel=1e-6)


@pytest.mark.parametrize("family", ["logit", "ordered_logit"])
def test_a_pull_is_nearly_what_leaving_the_row_out_does(family: str) -> None:
    columns, y, design = drawn(400, 5)
    included = np.ones(y.shape, dtype=bool)

    def fitted(mask: np.ndarray):
        if family == "ordered_logit":
            return fit_ordinal(columns[:, :-1].swapaxes(1, 2), y.T, design, included=mask.T)
        return fit_generalised(
            columns.swapaxes(1, 2), (y.T > 2) * 1.0, design, family="logit", included=mask.T
        )

    whole = fitted(included)
    used, outcome = (columns[:, :-1], y) if family == "ordered_logit" else (columns, (y > 2) * 1.0)
    pull = pulls(whole, used, outcome, design, included=included, terms=[0])[0, 0]
    row = int(np.argmax(np.abs(pull)))
    mask = included.copy()
    mask[0, row] = False
    assert whole.coefficients[0, 0] - fitted(mask).coefficients[0, 0] == pytest.approx(pull[row], rel=0.15)


def test_never_fewer_than_five_are_left_out() -> None:
    pull = np.random.default_rng(1).normal(size=(3, 2, 60))
    assert leave_out(pull, np.ones((3, 60), dtype=bool)).sum(axis=1).tolist() == [5, 5]
    many = np.random.default_rng(1).normal(size=(1, 1, 1200))
    assert leave_out(many, np.ones((1, 1200), dtype=bool)).sum() == 12


def rejected(n: int, turn: float, replications: int) -> float:
    p = []
    for seed in range(replications):
        columns, y, design = drawn(n, seed, turn=turn)
        found = proportional_odds(columns, y, design, terms=1, included=np.ones(y.shape, dtype=bool))
        assert found is not None
        p.append(found.p_value)
    return float(np.mean(np.array(p) < 0.05))


def test_proportional_odds_are_left_alone_and_others_found() -> None:
    # 400 replications: the rate of a true 5 % lies within 2.5 and 7.9 in 99 of 100 cases
    assert 0.02 <= rejected(493, 0.0, 400) <= 0.08
    assert rejected(493, 0.5, 50) > 0.9


def test_data_sets_alike_give_the_test_of_one() -> None:
    columns, y, design = drawn(493, 2, turn=0.3)
    one = proportional_odds(columns, y, design, terms=2, included=np.ones(y.shape, dtype=bool))
    columns, y, _ = drawn(493, 2, turn=0.3, m=5)
    many = proportional_odds(columns, y, design, terms=2, included=np.ones(y.shape, dtype=bool))
    assert one is not None
    assert many is not None
    assert many.statistic == pytest.approx(one.statistic)


def test_without_two_thresholds_there_is_no_test() -> None:
    columns, y, design = drawn(200, 3)
    assert (
        proportional_odds(columns, (y > 2) * 1.0, design, terms=1, included=np.ones(y.shape, dtype=bool))
        is None
    )


def test_other_variances_are_refused() -> None:
    columns, y, _ = drawn(60, 3)
    with pytest.raises(ValueError, match="HC0"):
        proportional_odds(
            columns, y, simple_design(60), terms=1, included=np.ones(y.shape, dtype=bool), covariance="HC3"
        )
