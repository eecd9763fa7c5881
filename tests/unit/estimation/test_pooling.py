"""Rubin's rules: by the formula written out, their limits, and the joint test."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.pooling import combine, pool, pool_wald


def draws(m=20, k=3, spread=0.1, seed=0):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(m, k, 2 * k))
    return rng.normal([0.5, 0.2, -0.3][:k], spread, (m, k)), 0.02 * (root @ root.swapaxes(1, 2)) / k


def test_equals_the_rules_written_out():
    estimates, matrices = draws()
    variances = np.diagonal(matrices, axis1=1, axis2=2)
    pooled = pool(estimates, variances, df=100)
    for k in range(3):
        q, u, m = estimates[:, k], variances[:, k], 20
        b = q.var(ddof=1)
        total = u.mean() + (1 + 1 / m) * b
        lam = (1 + 1 / m) * b / total
        df_old, df_observed = (m - 1) / lam**2, 101 / 103 * 100 * (1 - lam)
        df = df_old * df_observed / (df_old + df_observed)
        assert_allclose(pooled.estimate[k], q.mean())
        assert_allclose(pooled.std_error[k] ** 2, total)
        assert_allclose(pooled.df[k], df)
        assert_allclose(pooled.p_value[k], 2 * stats.t.sf(abs(q.mean()) / np.sqrt(total), df), rtol=1e-9)
        low, high = pooled.intervals(0.9)
        half = stats.t.ppf(0.95, df) * np.sqrt(total)
        assert_allclose([low[k], high[k]], [q.mean() - half, q.mean() + half], rtol=1e-9)


def test_one_data_set_keeps_its_own_numbers_and_more_are_pooled():
    alone = combine([[0.5, 0.2]], [[0.04, np.nan]], df=[30, 30])
    assert_allclose(alone.estimate, [0.5, 0.2])
    assert_allclose(alone.std_error, [0.2, np.nan])
    assert_allclose(alone.df, [30, np.nan])
    assert_allclose(alone.p_value[0], 2 * stats.t.sf(2.5, 30))
    assert np.isnan(alone.missing_information).all()
    assert np.isnan(combine([0.5], [0.04], df=0).df)
    estimates, matrices = draws()
    variances = np.diagonal(matrices, axis1=1, axis2=2)
    assert_array_equal(
        combine(estimates, variances, df=50).std_error, pool(estimates, variances, df=50).std_error
    )


def test_any_shape_of_parameters():
    estimates, variances = np.random.default_rng(1).random((2, 20, 4, 3))
    whole = pool(estimates, variances, df=np.arange(1, 13).reshape(4, 3))
    for place in np.ndindex(4, 3):
        one = pool(estimates[:, *place], variances[:, *place], df=1 + 3 * place[0] + place[1])
        assert_allclose(one.df, whole.df[place])
        assert_allclose(one.missing_information, whole.missing_information[place])


def test_no_spread_leaves_the_complete_answer():
    estimates, variances = np.full((5, 2), 0.3), np.full((5, 2), 0.04)
    pooled = pool(estimates, variances, df=40)
    assert_allclose(pooled.std_error, 0.2)
    assert_allclose(pooled.df, 41 / 43 * 40)
    assert_array_equal(pooled.missing_information, [0, 0])
    large = pool(estimates, variances)
    assert_allclose(large.p_value, 2 * stats.norm.sf(1.5), rtol=1e-12)
    assert_allclose(large.intervals()[0], 0.3 - 0.2 * stats.norm.ppf(0.975), rtol=1e-12)
    wald = pool_wald(estimates, np.broadcast_to(0.04 * np.eye(2), (5, 2, 2)))
    assert wald.p_value == pytest.approx(stats.chi2.sf(2 * 1.5**2, 2))


def test_a_parameter_without_a_number_in_one_set_has_none():
    estimates, matrices = draws()
    estimates[4, 1] = np.nan
    variances = np.diagonal(matrices, axis1=1, axis2=2).copy()
    pooled = pool(estimates, variances, df=50)
    for values in (pooled.estimate, pooled.std_error, pooled.df, pooled.p_value, pooled.missing_information):
        assert_array_equal(np.isnan(values), [False, True, False])
    assert np.isnan(pool_wald(estimates, matrices, df=50).p_value)
    assert np.isnan(pool(estimates, variances, df=0).p_value).all()


@pytest.mark.parametrize("df", [30.0, 400.0, np.inf])
def test_the_joint_test_of_one_parameter_is_its_t_squared(df):
    estimates, matrices = draws(k=1)
    wald, single = pool_wald(estimates, matrices, df=df), pool(estimates, matrices[:, :, 0], df=df)
    assert wald.statistic == pytest.approx(single.statistic[0] ** 2)
    assert wald.p_value == pytest.approx(single.p_value[0], rel=1e-8)


def test_the_joint_test_does_not_depend_on_the_coordinates():
    estimates, matrices = draws()
    turn = np.random.default_rng(2).normal(size=(3, 3)) * [[1], [100], [1e-4]]
    plain = pool_wald(estimates, matrices, df=60)
    turned = pool_wald(estimates @ turn.T, turn @ matrices @ turn.T, df=60)
    assert turned.statistic == pytest.approx(plain.statistic, rel=1e-6)
    assert turned.df2 == pytest.approx(plain.df2, rel=1e-6)


def test_the_joint_degrees_of_freedom():
    """Reiter's come to those of 1991 for large samples, and stay below the complete data's."""
    estimates, matrices = draws()
    large, huge = pool_wald(estimates, matrices), pool_wald(estimates, matrices, df=1e9)
    assert huge.df2 == pytest.approx(large.df2, rel=1e-5)
    freedoms = [pool_wald(estimates, matrices, df=df).df2 for df in (20, 50, 200, 1_000, 1e5)]
    assert_array_equal(np.sort(freedoms), freedoms)
    assert (np.array(freedoms[:3]) < [20, 50, 200]).all()
    assert freedoms[-1] < large.df2
    assert pool_wald(estimates, matrices * 1e4, df=50).df2 == pytest.approx(51 / 53 * 50, rel=0.01)


def test_the_joint_test_keeps_its_level():
    """A true null is refused in about 5 % of samples: 40 units, 30 % of the outcome missing at random."""
    rng = np.random.default_rng(7)
    refused, n, m, repeats = 0, 40, 10, 1_500
    for _ in range(repeats):
        y = rng.normal(size=(n, 2))
        seen = rng.random(n) > 0.3
        r = int(seen.sum())
        mean, spread = y[seen].mean(axis=0), y[seen].var(axis=0, ddof=1)
        variance = spread * (r - 1) / rng.chisquare(r - 1, (m, 2))
        centre = mean + np.sqrt(variance / r) * rng.normal(size=(m, 2))
        filled = np.where(
            seen[:, np.newaxis],
            y,
            centre[:, np.newaxis] + np.sqrt(variance)[:, np.newaxis] * rng.normal(size=(m, n, 2)),
        )
        within = np.zeros((m, 2, 2))
        within[:, [0, 1], [0, 1]] = filled.var(axis=1, ddof=1) / n
        refused += pool_wald(filled.mean(axis=1), within, df=n - 1).p_value < 0.05
    assert 0.033 < refused / repeats < 0.067


@pytest.mark.parametrize(
    ("estimates", "variances"), [(np.ones((1, 2)), np.ones((1, 2))), (np.ones((4, 2)), np.ones((4, 3)))]
)
def test_wrong_shapes_are_refused(estimates, variances):
    with pytest.raises(ValueError, match="expected"):
        pool(estimates, variances)
    with pytest.raises(ValueError, match="expected"):
        pool_wald(estimates, variances)


def test_inputs_are_not_written_to():
    estimates, matrices = draws()
    for array in (estimates, matrices):
        array.flags.writeable = False
    pool_wald(estimates, matrices, df=30)
    pool(estimates, np.diagonal(matrices, axis1=1, axis2=2), df=30)
