"""Added R2, dominance and relative weights against R's lm, lmtest and domir (30_incremental)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import simple_design
from inspraak.estimation.incremental import add_to_baseline
from inspraak.randomness import stream

FOUR = ["PA", "QW", "TR", "EN"]


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("30_incremental")


@pytest.fixture(scope="module")
def rows(reference):
    return reference.employers()[["PF", *FOUR, "dyn"]].dropna()


def added(rows, x, baseline=None, **keywords):
    held = None if baseline is None else rows[baseline].T
    return add_to_baseline(
        rows[x].T, rows["PF"], simple_design(len(rows)), stream(1, "r2"), baseline=held, draws=20, **keywords
    )


@pytest.mark.parametrize(("covariance", "prefix"), [("classical", "inc"), ("HC3", "inc.hc3")])
def test_change_in_r_squared(numbers, rows, covariance, prefix):
    found = added(rows, ["QW", "TR"], ["PA", "dyn"], covariance=covariance)
    tested = [found.test.statistic, found.test.p_value]
    assert_allclose(tested, [numbers[f"{prefix}.F"], numbers[f"{prefix}.p"]], rtol=1e-8)
    assert (found.n, found.test.df1, found.test.df2) == (numbers["n"], numbers["inc.df1"], numbers["inc.df2"])
    ours = {
        "r2_0": found.r_squared_baseline,
        "r2_1": found.r_squared,
        "d_r2": found.added,
        "adj0": found.adjusted_baseline,
        "adj1": found.adjusted,
        "f2": found.f_squared,
    }
    assert_allclose(list(ours.values()), [numbers[f"inc.{name}"] for name in ours], rtol=1e-8)


def test_dominance(numbers, rows):
    found = added(rows, FOUR).dominance
    assert_allclose(found.general, [numbers[f"general.{x}"] for x in FOUR], rtol=1e-8)
    assert_allclose(found.general, [numbers[f"domir.general.{x}"] for x in FOUR], rtol=1e-8)
    assert_allclose(found.share, [numbers[f"general.std.{x}"] for x in FOUR], rtol=1e-8)
    expected = [[numbers[f"conditional.{x}.{size}"] for size in range(4)] for x in FOUR]
    assert_allclose(found.conditional, expected, rtol=1e-8)
    for a, one in enumerate(FOUR):
        for b, other in enumerate(FOUR):
            if a != b:
                assert found.complete[a, b] == numbers[f"complete.{one}.{other}"]


def test_beyond_a_baseline(numbers, rows):
    found = added(rows, FOUR, ["dyn"])
    assert_allclose(found.dominance.general, [numbers[f"general.cov_dyn.{x}"] for x in FOUR], rtol=1e-8)


def test_what_each_adds_last(numbers, rows):
    names = ["PA", "dyn", "QW", "TR"]
    found = added(rows, names)
    expected = [numbers[f"semipartial.{x}"] for x in names]
    assert_allclose(found.dominance.conditional[:, -1], expected, rtol=1e-8)


def test_relative_weights(numbers, rows):
    found = added(rows, FOUR)
    assert_allclose(found.relative_weights, [numbers[f"relweights.{x}"] for x in FOUR], rtol=1e-8)
    assert_allclose(np.sum(found.relative_weights), found.r_squared, rtol=1e-10)
