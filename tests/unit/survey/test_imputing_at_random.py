"""Answers missing at random: what the complete cases get wrong and the imputations do not. A small simulation."""

import numpy as np
import pytest

from inspraak.measurement.scoring import score_indices
from inspraak.survey.completing import complete_answers
from inspraak.survey.imputing import impute_wave

SAMPLES, N, M = 40, 300, 5
CLAIMS = 'H1: {kind: regression, family: none, x: A, y: absence, sign: "+", wording: {nl: A, en: A}}\n'


def population(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Three items of one index, one reversed, and an outcome that all answered."""
    z = rng.normal(size=N)
    turned = {"q1": 1, "q2": 1, "q3": -1}
    items = {
        name: np.clip(np.rint(3 + sign * z + 0.7 * rng.normal(size=N)), 1, 5) for name, sign in turned.items()
    }
    return items | {"absence": np.clip(40 + 10 * z + 10 * rng.normal(size=N), 0, 100)}


def mean_and_slope(scores: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """The mean of an index, and the slope of the outcome on it, among those who have both."""
    known = ~np.isnan(scores)
    return np.array([scores[known].mean(), np.polyfit(scores[known], outcome[known], 1)[0]])


def test_imputation_takes_away_the_bias_of_complete_cases(make_study, make_answers) -> None:
    """A high outcome goes with gaps in the index, often in two of its three items, so that there is no score.

    Against the same samples without gaps. The bias that is left must lie within a quarter of the SD over samples,
    which costs less than a point of coverage (Cochran 1977, Sampling Techniques, 1.8); that of the complete cases is
    several times as large.
    """
    study = make_study({"hypotheses.yaml": CLAIMS})
    rng = np.random.default_rng(8)
    whole, complete, imputed = (np.empty((SAMPLES, 2)) for _ in range(3))
    for sample in range(SAMPLES):
        columns = population(rng)
        outcome = columns["absence"]
        answers = make_answers(study, columns)
        whole[sample] = mean_and_slope(score(study, answers.responses, answers.reasons), outcome)
        high = (outcome - 40) / 14
        for name in ("q1", "q2", "q3"):
            gap = rng.random(N) < 1 / (1 + np.exp(1.0 - high))
            columns[name] = np.where(gap, np.nan, columns[name])
        _, responses, reasons = make_answers(study, columns)
        complete[sample] = mean_and_slope(score(study, responses, reasons), outcome)
        cells = impute_wave(study, "2020", responses, reasons, seed=sample, imputations=M, cycles=5).cells
        scores = score(study, complete_answers(study, "2020", responses, cells), reasons)
        imputed[sample] = np.mean([mean_and_slope(one, outcome) for one in scores.reshape(M, N)], axis=0)
    spread = whole.std(axis=0)
    bias, left = ((found - whole).mean(axis=0) / spread for found in (complete, imputed))
    assert (np.abs(bias) > 2).all(), bias
    assert left == pytest.approx([0, 0], abs=0.25), left


def score(study, responses, reasons) -> np.ndarray:
    return score_indices(study, "2020", responses, reasons)["A"].to_numpy()
