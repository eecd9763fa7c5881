"""The likelihood of means and covariances with gaps: against the density row by row, and its derivatives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.factor_likelihood import case_scores, moment_likelihood
from inspraak.estimation.factor_samples import factor_samples
from inspraak.estimation.factor_saturated import (
    faulty_items,
    moment_sample,
    pack,
    saturated_moments,
    unpack,
    unrelated_moments,
)

P = 4


def draw(seed=1, *, n=83, gaps=0.2, weighted=False):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 1)) + rng.normal(size=(n, P)) + [100.0, 0.0, -3.0, 5.0]
    values[rng.random(values.shape) < gaps] = np.nan
    weights = rng.uniform(0.2, 3, n) if weighted else np.ones(n)
    design = SurveyDesign(weights, np.zeros(n, dtype=int)) if weighted else None
    return values, weights, factor_samples(values, design=design)


def at(seed=5):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(P, P))
    return rng.normal([100.0, 0.0, -3.0, 5.0]), root @ root.T + np.eye(P)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_value_is_the_density_of_the_answers(gaps, weighted):
    values, weights, samples = draw(gaps=gaps, weighted=weighted)
    mean, covariance = at()
    used = ~np.isnan(values).all(axis=1)
    scaled = weights * used.sum() / weights[used].sum()
    total = 0.0
    for row, weight in zip(values[used], scaled[used]):
        known = ~np.isnan(row)
        total += weight * multivariate_normal.logpdf(
            row[known], mean[known], covariance[np.ix_(known, known)]
        )
    assert_allclose(moment_likelihood(samples.groups[0], mean, covariance).log_likelihood, total, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_derivatives(gaps, weighted):
    sample = draw(gaps=gaps, weighted=weighted)[2].groups[0]
    here = pack(*at())
    found = moment_likelihood(sample, *unpack(here, P))
    gradient, hessian = np.empty(here.size), np.empty((here.size, here.size))
    for place in range(here.size):
        step = np.zeros(here.size)
        step[place] = 1e-5
        ahead, behind = (moment_likelihood(sample, *unpack(here + sign * step, P)) for sign in (1, -1))
        gradient[place] = (ahead.log_likelihood - behind.log_likelihood) / 2e-5
        hessian[place] = (ahead.gradient - behind.gradient) / 2e-5
    assert_allclose(found.gradient, gradient, atol=1e-4 * np.abs(gradient).max())
    assert_allclose(found.information, -hessian, atol=1e-7 * np.abs(hessian).max())


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_scores_of_rows_add_up_to_the_gradient(gaps):
    sample = draw(gaps=gaps, weighted=True)[2].groups[0]
    scores = case_scores(sample, *at())
    assert scores.shape == (sample.n, P + 10)
    assert_allclose(sample.weights @ scores, moment_likelihood(sample, *at()).gradient, rtol=1e-10)


def test_expected_information_is_the_mean_of_the_observed():
    mean, covariance = at()
    rng = np.random.default_rng(0)
    values = rng.multivariate_normal(mean, covariance, size=200_000)
    values[rng.random(values.shape) < 0.2] = np.nan
    sample = factor_samples(values).groups[0]
    observed = moment_likelihood(sample, mean, covariance).information
    expected = moment_likelihood(sample, mean, covariance, curvature="expected").information
    assert np.abs(observed - expected).max() < 0.02 * np.abs(expected).max()


@pytest.mark.parametrize("n", [31, 400])
def test_free_moments_have_no_slope(n):
    sample = draw(n=n, gaps=0.15)[2].groups[0]
    found = saturated_moments(sample)
    scale = np.sqrt(np.diagonal(found.likelihood.information))
    assert np.abs(found.likelihood.gradient / scale).max() < 1e-7


def test_free_moments_of_complete_answers_are_those_of_the_sample():
    values, _, samples = draw(gaps=0)
    found = saturated_moments(samples.groups[0])
    assert_allclose(found.mean, values.mean(axis=0))
    assert_allclose(found.covariance, np.cov(values.T, bias=True))


def test_unrelated_items_have_the_moments_of_their_own_answers():
    values, _, samples = draw()
    found = unrelated_moments(samples.groups[0])
    assert_allclose(found.mean, np.nanmean(values, axis=0))
    assert_allclose(found.covariance, np.diag(np.nanvar(values, axis=0)))


def test_a_sample_can_stand_for_its_moments():
    mean, covariance = at()
    values = draw(gaps=0)[0]
    sample, n = factor_samples(values).groups[0], len(values)
    alike = moment_sample(saturated_moments(sample), n)
    assert_allclose(
        moment_likelihood(alike, mean, covariance).log_likelihood,
        moment_likelihood(sample, mean, covariance).log_likelihood,
    )


def test_no_likelihood_outside_the_positive_definite_matrices():
    sample = draw()[2].groups[0]
    assert moment_likelihood(sample, np.zeros(P), np.ones((P, P)) - 2 * np.eye(P)) is None
    with pytest.raises(ValueError, match="positive definite"):
        case_scores(sample, np.zeros(P), np.ones((P, P)) - 2 * np.eye(P))


def test_items_at_fault_are_named():
    values = draw(gaps=0.1)[0]
    for fault, change, at_fault in (
        ("no variance", lambda part: part.__setitem__((slice(None), 1), 3.0), [1]),
        ("redundant items", lambda part: part.__setitem__((slice(None), 1), 2 * part[:, 3] + 1), [1, 3]),
        ("never together", lambda part: (part.__setitem__((slice(0, 40), 0), np.nan),
                                         part.__setitem__((slice(40, None), 2), np.nan)), [0, 2]),
    ):  # fmt: skip
        broken = values.copy()
        change(broken)
        sample = factor_samples(broken).groups[0]
        assert saturated_moments(sample) is None
        name, items = faulty_items(sample)
        assert (name, np.flatnonzero(items).tolist()) == (fault, at_fault)


def test_rows_without_an_answer_or_a_weight_are_left_out():
    values = draw(gaps=0)[0]
    values[:7] = np.nan
    weights = np.ones(len(values))
    weights[7:10] = 0
    values[10, 0] = np.nan
    design = SurveyDesign(weights, np.zeros(len(values), dtype=int))
    assert factor_samples(values).n == len(values) - 7
    assert factor_samples(values, design=design).n == len(values) - 10
    assert factor_samples(values, design=design, missing="listwise").n == len(values) - 11
    with pytest.raises(ValueError, match="missing is"):
        factor_samples(values, missing="pairwise")
    with pytest.raises(ValueError, match="rows"):
        factor_samples(values[1:], design=design)
