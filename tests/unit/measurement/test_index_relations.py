"""Correlations of the indices of a wave, against scipy."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from inspraak.measurement.relations import correlate_indices
from inspraak.measurement.scoring import score_indices

INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: formative, items: [q1, log_ideas]}
B: {label: {nl: B, en: B}, theme: work, type: formative, items: [n_ideas, q2]}
C: {label: {nl: C, en: C}, theme: work, type: formative, items: [A, q3]}
D: {label: {nl: D, en: D}, theme: work, type: formative, items: [share]}
"""


@pytest.fixture
def related(make_study, make_answers):
    rng = np.random.default_rng(2)
    common = rng.normal(size=60)
    columns = {name: np.clip(np.rint(3 + common + rng.normal(size=60)), 1, 5) for name in ("q1", "q2", "q3")}
    columns |= {"n_ideas": rng.poisson(3, 60).astype(float), "share": rng.choice([0.0, 1, 2, np.nan], 60)}

    def run(weight):
        study, responses, reasons = make_answers(
            make_study({"indices.yaml": INDICES}), columns, weight=weight
        )
        scores = score_indices(study, "2020", responses, reasons)
        return correlate_indices(study, "2020", responses, scores), scores

    return run


def test_each_pair_stands_once_in_the_order_of_the_file(related) -> None:
    table, _ = related(None)
    pairs = list(zip(table["x"], table["y"]))
    assert pairs == [("A", "B"), ("A", "C"), ("A", "D"), ("B", "C"), ("B", "D"), ("C", "D")]


def test_estimates_are_pearsons_over_those_who_have_both(related) -> None:
    table, scores = related(None)
    for row in table.itertuples():
        both = scores[[row.x, row.y]].dropna()
        test = stats.pearsonr(both[row.x], both[row.y])
        low, high = test.confidence_interval()
        assert row.n == len(both)
        np.testing.assert_allclose(
            [row.estimate, row.p_value, row.ci_low, row.ci_high], [test.statistic, test.pvalue, low, high]
        )
    np.testing.assert_allclose(table["p_adjusted"], multipletests(table["p_value"], method="holm")[1])


def test_weights_count_and_their_scale_does_not(related) -> None:
    weight = np.random.default_rng(4).uniform(1, 5, 60)
    table, scores = related(weight)
    again, _ = related(weight * 100)
    both = scores[["A", "B"]]
    covariance = np.cov(both.T, aweights=weight)
    assert table.loc[0, "estimate"] == pytest.approx(
        covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    )
    np.testing.assert_allclose(table["p_value"], again["p_value"])


def test_shared_items_are_counted_through_variables_and_indices(related) -> None:
    table, _ = related(None)
    shared = dict(zip(zip(table["x"], table["y"]), table["shared_items"]))
    expected = {("A", "B"): 1, ("A", "C"): 2, ("B", "C"): 1}
    assert {pair: n for pair, n in shared.items() if n} == expected
