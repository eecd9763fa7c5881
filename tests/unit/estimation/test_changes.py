"""Changes between two waves: Welch's test for simple random samples, and what is unknown stays unknown."""

import numpy as np
import pytest
from scipy import stats

from inspraak.estimation.trends import independent_changes


def summary(sample: np.ndarray) -> tuple[float, float, float, float, float]:
    """Mean, standard error, degrees of freedom, n and standard deviation of a simple random sample."""
    n, deviation = sample.size, sample.std(ddof=1)
    return sample.mean(), deviation / np.sqrt(n), n - 1, n, deviation


def test_simple_random_samples_give_welchs_test() -> None:
    rng = np.random.default_rng(7)
    earlier, later = rng.normal(50, 20, size=(2, 41)), rng.normal(58, 9, size=(2, 230))
    waves = [[summary(sample) for sample in wave] for wave in (earlier, later)]
    means, errors, df, n, deviations = np.moveaxis(np.array(waves), 2, 0)
    found = independent_changes(means, errors, df, n=n, deviations=deviations)
    for column in range(2):
        expected = stats.ttest_ind(later[column], earlier[column], equal_var=False)
        assert found.p_value[column] == pytest.approx(expected.pvalue, rel=1e-10)
        assert found.df[column] == pytest.approx(expected.df, rel=1e-12)
        interval = expected.confidence_interval()
        assert (found.ci_low[column], found.ci_high[column]) == pytest.approx((interval.low, interval.high))
        pooled = np.sqrt((40 * earlier[column].var(ddof=1) + 229 * later[column].var(ddof=1)) / 269)
        change = later[column].mean() - earlier[column].mean()
        assert found.estimate[column] == pytest.approx(change)
        assert found.standardised[column] == pytest.approx(change / pooled)


def test_what_is_unknown_stays_unknown() -> None:
    nan = np.nan
    found = independent_changes(
        means=[[50, 50, nan, 50], [60, 60, 60, 60]],
        std_errors=[[1, 0, nan, nan], [1, 0, 1, 1]],
        df=[[0, 9, 0, 0], [9, 9, 9, 9]],
        n=[[1, 10, 0, 1], [10, 10, 10, 10]],
        deviations=[[3, 0, nan, nan], [3, 0, 3, 3]],
    )
    assert found.estimate[[0, 1, 3]].tolist() == [10, 10, 10]
    for name in ("std_error", "df", "p_value", "ci_low", "ci_high"):
        assert np.isnan(getattr(found, name)).all(), name
    assert np.isnan(found.standardised).tolist() == [False, True, True, True]


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"expected \(2, k\)"):
        independent_changes([[1.0], [2.0]], [[1.0]], [[1.0], [1.0]], n=[[2], [2]], deviations=[[1], [1]])
