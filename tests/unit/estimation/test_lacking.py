"""Which share of the rows with a high outcome lacks a condition."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.lacking import lacking_where_high
from inspraak.estimation.pooling import pool


def test_shares_by_hand():
    x = np.array([[1.0, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]])
    y = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    found = lacking_where_high(x, y, simple_design(8))
    # high: the last four; low are 1 of each condition, below the quantile of 2
    assert found.n == 4
    assert_allclose(found.share.estimate, [0, 0.25, 0.25])
    assert_allclose(found.if_unrelated, [0.125, 0.125, 0.25])
    heavy = SurveyDesign(np.array([1.0, 1, 1, 1, 1, 1, 1, 3]), np.zeros(8, dtype=int))
    # the median is now 5, so that the last three are high, of weight 5; the very last has 1, below the quantile of 2
    assert_allclose(lacking_where_high(x, y, heavy, low=0.4).share.estimate, [0, 0.6, 0.6])


def test_a_weakest_link_leaves_fewer_without_than_chance():
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(3, 2_000))
    linked = lacking_where_high(x, x.min(axis=0) + 0.05 * rng.normal(size=2_000), simple_design(2_000))
    alone = lacking_where_high(x, rng.normal(size=2_000), simple_design(2_000))
    assert linked.share.estimate[-1] < 0.3
    assert linked.if_unrelated[-1] == pytest.approx(1 - 0.75**3, abs=0.03)
    assert (np.abs(alone.share.estimate - alone.if_unrelated) < 3 * alone.share.std_error).all()


def test_gaps_exclusions_and_imputations():
    rng = np.random.default_rng(2)
    x, y = rng.uniform(size=(2, 200)), rng.uniform(size=200)
    gaps = x.copy()
    gaps[0, 0] = np.nan
    one = lacking_where_high(gaps, y, simple_design(200), included=np.arange(200) != 1)
    same = lacking_where_high(x[:, 2:], y[2:], simple_design(198))
    assert_allclose(one.share.estimate, same.share.estimate)
    several = np.clip(x + 0.05 * rng.normal(size=(3, 2, 200)), 0, 1)
    each = [lacking_where_high(part, y, simple_design(200)).share for part in several]
    expected = pool([part.estimate for part in each], [part.std_error**2 for part in each], df=each[0].df[0])
    assert_allclose(lacking_where_high(several, y, simple_design(200)).share.std_error, expected.std_error)


def test_an_outcome_of_one_value_is_never_high():
    found = lacking_where_high(np.random.default_rng(3).uniform(size=(2, 50)), np.ones(50), simple_design(50))
    assert found.n == 0
    assert np.isnan(found.share.estimate).all()
