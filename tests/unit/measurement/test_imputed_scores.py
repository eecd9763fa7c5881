"""Means of indices and their correlations over imputations, against Rubin's rules written out."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from inspraak.measurement.description import describe_wave
from inspraak.measurement.relations import correlate_indices
from inspraak.measurement.scoring import score_indices

N, M = 90, 4
INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
B: {label: {nl: B, en: B}, theme: work, type: formative, items: [share]}
C: {label: {nl: C, en: C}, theme: work, type: formative, items: [absence]}
"""


@pytest.fixture
def wave(make_study, make_answers):
    """Scores of a wave with gaps in A and B and none in C, and M data sets in which these are filled."""
    rng = np.random.default_rng(4)
    columns = {name: rng.integers(1, 6, N).astype(float) for name in ("q1", "q2", "q3")}
    columns |= {"share": rng.integers(0, 3, N).astype(float), "absence": np.rint(10 * rng.gamma(2, 1, N))}
    whole = {name: values.copy() for name, values in columns.items()}
    for name in ("q1", "q2", "q3", "share"):
        columns[name][:20] = np.nan
    study = make_study({"indices.yaml": INDICES})
    frame = {"a_sbi": np.array(["G", "H"], dtype=object)[np.arange(N) % 2], "a_size": rng.integers(10, 99, N)}
    options = {"weight": rng.uniform(1, 3, N)}
    _, responses, reasons = make_answers(study, {**frame, **columns}, **options)
    scores = score_indices(study, "2020", responses, reasons)
    sets = []
    for _ in range(M):
        filled = dict(whole) | {name: np.where(np.arange(N) < 20, rng.permutation(whole[name]), whole[name])
                                for name in ("q1", "q2", "q3", "share")}  # fmt: skip
        answers = make_answers(study, {**frame, **filled}, **options)
        sets.append(score_indices(study, "2020", answers.responses, reasons))
    return study, responses, reasons, scores, sets


def rubin(points: np.ndarray, variances: np.ndarray, df: float) -> tuple[float, float, float]:
    """Estimate, error and degrees of freedom (Barnard & Rubin 1999)."""
    within, between = variances.mean(), points.var(ddof=1)
    total = within + (1 + 1 / M) * between
    share = (1 + 1 / M) * between / total
    observed = (df + 1) / (df + 3) * df * (1 - share) if np.isfinite(df) else np.inf
    return points.mean(), np.sqrt(total), 1 / (share**2 / (M - 1) + 1 / observed)


def test_means_of_indices_are_pooled_and_n_stays_that_of_the_answers_given(wave) -> None:
    study, responses, reasons, scores, sets = wave
    keys = ["measure", "statistic", "category", "group_by", "group", "weight"]
    given, found = (
        describe_wave(study, "2020", responses, reasons, scores, imputed).set_index(keys)
        for imputed in (None, pd.concat(sets, ignore_index=True))
    )
    each = [describe_wave(study, "2020", responses, reasons, one).set_index(keys) for one in sets]
    assert (found["n"] == given["n"]).all()
    for weight in ("establishment", "none"):
        for group in (("", ""), ("sector", "trade"), ("size2", "50+")):
            cell = ("A", "mean", "", *group, weight)
            rows = [one.loc[cell] for one in each]
            points = np.array([row["estimate"] for row in rows])
            errors = np.array([row["std_error"] for row in rows])
            estimate, error, df = rubin(points, errors**2, float(min(row["df"] for row in rows)))
            half = stats.t.ppf(0.975, df) * error
            pooled = found.loc[cell]
            assert pooled[["estimate", "std_error", "df", "ci_low", "ci_high"]].to_list() == pytest.approx(
                [estimate, error, df, estimate - half, estimate + half]
            )
            assert 0 < pooled["fmi"] < 1
            if group[0]:
                assert pooled["difference_from_rest"] == pytest.approx(
                    np.mean([row["difference_from_rest"] for row in rows])
                )
                assert pooled["cohens_d"] == pytest.approx(np.mean([row["cohens_d"] for row in rows]))
                assert 0 < pooled["p_value"] < 1
    # what holds no imputed answer, and answers to questions, stand as given
    same = [name for name in given.index.get_level_values("measure").unique() if name not in ("A", "B")]
    own, plain = (table.loc[same].drop(columns="fmi").astype({"df": float}) for table in (found, given))
    pd.testing.assert_frame_equal(own, plain)
    assert (found.xs("mean", level="statistic").loc["C", "fmi"] == 0).all()


def test_correlations_are_pooled_on_fishers_z(wave) -> None:
    study, responses, _, scores, sets = wave
    given, found = (
        correlate_indices(study, "2020", responses, scores, imputed).set_index(["x", "y"])
        for imputed in (None, pd.concat(sets, ignore_index=True))
    )
    assert (found["n"] == given["n"]).all()
    weights = responses["weight"].to_numpy()
    effective = weights.sum() ** 2 / (weights**2).sum()
    z = []
    for one in sets:
        pair = np.cov(one["A"], one["B"], aweights=weights)
        z.append(np.arctanh(pair[0, 1] / np.sqrt(pair[0, 0] * pair[1, 1])))
    estimate, error, df = rubin(np.array(z), np.full(M, 1 / (effective - 3)), np.inf)
    half = stats.t.ppf(0.975, df) * error
    pooled = found.loc[("A", "B")]
    assert pooled[["estimate", "ci_low", "ci_high", "p_value"]].to_list() == pytest.approx(
        [*np.tanh([estimate, estimate - half, estimate + half]), 2 * stats.t.sf(abs(estimate / error), df)]
    )
    assert 0 < pooled["fmi"] < 1
    assert given["fmi"].isna().all()
