"""Equivalence and non-inferiority against the formulas in R (27_tost)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.equivalence import non_inferiority_test, two_one_sided_tests
from inspraak.estimation.group_differences import correlation_on_fishers_scale, group_difference
from inspraak.estimation.pooling import combine
from inspraak.estimation.regression import fit_linear


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("27_tost")


def large(employers):
    return employers["size"].isin(["100-249", "250+"]).to_numpy(dtype=float)


def assert_tost(numbers, name, found):
    low, high = found.effect.intervals(0.9)
    lower, upper = found.statistics
    ours = {
        "est": found.effect.estimate, "se": found.effect.std_error, "df": found.effect.df, "t1": lower, "t2": upper,
        "p1": found.p_low, "p2": found.p_high, "p": found.p_value, "lo90": low, "hi90": high,
        "p_nil": found.effect.p_value,
    }  # fmt: skip
    for part, value in ours.items():
        assert_allclose(value, numbers[f"{name}.{part}"], rtol=1e-8, err_msg=part)
    assert bool(found.equivalent()) == (numbers[f"{name}.p"] < 0.05)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("covariance", "prefix"), [("classical", "beta"), ("HC3", "beta.hc3")])
def test_standardised_coefficients(numbers, employers, covariance, prefix, place):
    names = ["PA", "QW", "TR", "dyn"]
    terms = np.column_stack([employers[names], np.ones(len(employers))])
    fit = fit_linear(terms, employers["PF"], simple_design(len(employers)), covariance=covariance)
    term = [0, 2, 3][place]
    effect = combine(
        fit.standardised[:, term], fit.standardised_std_errors[:, term] ** 2, df=float(fit.df[0])
    )
    assert_tost(numbers, f"{prefix}.{names[term]}", two_one_sided_tests(effect, -0.1, 0.1))
    if covariance == "HC3":
        found = non_inferiority_test(effect, 0.1)
        ours = [found.statistic, found.p_value, found.bound()]
        assert_allclose(
            ours, [numbers[f"ni.{names[term]}.{part}"] for part in ("t", "p", "lower95")], rtol=1e-8
        )


@pytest.mark.parametrize("errors", ["welch", "pooled"])
def test_mean_difference(numbers, employers, errors):
    found = group_difference(employers["PF"], large(employers), simple_design(len(employers)), errors=errors)
    assert_allclose(found.sd, numbers["sp"], rtol=1e-8)
    assert_allclose(found.cohen_d, numbers["cohen_d"], rtol=1e-8)
    assert_allclose(found.hedges_g, numbers["hedges_g_exact"], rtol=1e-8)
    bound = 0.2 * found.sd
    assert_tost(numbers, f"mean.{errors}", two_one_sided_tests(found.difference, -bound, bound))
    if errors == "welch":
        test = non_inferiority_test(found.difference, bound)
        ours = [test.statistic, test.p_value, test.bound()]
        assert_allclose(ours, [numbers[f"ni.mean.welch.{part}"] for part in ("t", "p", "lower95")], rtol=1e-8)


def test_design_based_difference(numbers, employers):
    design = SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())
    found = group_difference(employers["PF"], large(employers), design)
    # R's n / (n - 1) counts the 19 rows without an answer too
    n = sum(found.n)
    assert_allclose(found.sd * np.sqrt((n - 1) / n * 493 / 492), numbers["svysd"], rtol=1e-8)
    bound = 0.2 * numbers["svysd"]
    assert_tost(numbers, "mean.svy", two_one_sided_tests(found.difference, -bound, bound))


def test_two_shares(numbers, employers):
    found = group_difference(
        employers["growth"].to_numpy(dtype=float),
        large(employers),
        simple_design(len(employers)),
        errors="binomial",
    )
    assert_tost(numbers, "prop", two_one_sided_tests(found.difference, -0.1, 0.1))


def test_correlation(numbers, employers):
    effect = correlation_on_fishers_scale(
        employers["PA"].to_numpy(), employers["dyn"].to_numpy(), simple_design(len(employers))
    )
    bounds = np.arctanh([-0.1, 0.1])
    assert_tost(numbers, "cor", two_one_sided_tests(effect, bounds[0], bounds[1]))
    assert_allclose(np.tanh(effect.estimate), numbers["cor.r"], rtol=1e-8)
