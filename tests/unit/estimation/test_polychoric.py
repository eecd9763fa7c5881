"""Polychoric correlations: what they recover, what cannot be estimated, and what must not matter."""

import numpy as np
import pytest
from scipy import integrate, special

from inspraak.estimation.bivariate_normal import bivariate_normal_cdf, bivariate_normal_density
from inspraak.estimation.polychoric import polychoric
from inspraak.estimation.polychoric_covariance import ordinal_statistics
from inspraak.randomness import stream

CUTS = (np.array([-1.0, -0.2, 0.5, 1.3]), np.array([-0.5, 0.8]), np.array([-1.5, 0.0, 0.4, 1.0]))
TRUE = np.array([[1.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, 1.0]])


def answers(n: int, name: str, *, missing: float = 0.0) -> np.ndarray:
    """Ordered answers of n rows to three items with the correlations TRUE; 5, 3 and 5 categories."""
    random = stream(1, "polychoric", name)
    latent = random.standard_normal((n, 3)) @ np.linalg.cholesky(TRUE).T
    given = np.column_stack([np.searchsorted(cut, column) + 1.0 for cut, column in zip(CUTS, latent.T)])
    given[random.random(given.shape) < missing] = np.nan
    return given


@pytest.mark.parametrize("rho", [-0.999, -0.6, 0.0, 0.35, 0.89, 0.91, 0.97, 0.9999])
@pytest.mark.parametrize(("h", "k"), [(0.3, -0.5), (1.2, 1.2), (-2.0, 0.1), (0.0, 0.0), (-1.0, 1.5)])
def test_bivariate_normal_probability(h: float, k: float, rho: float) -> None:
    def slice_(x: float) -> float:
        return float(
            np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * special.ndtr((k - rho * x) / np.sqrt(1 - rho * rho))
        )

    expected = integrate.quad(
        slice_, -12, h, epsabs=1e-13, epsrel=1e-12, limit=500, points=[min(h, k) - 0.05]
    )
    assert float(bivariate_normal_cdf(h, k, rho)) == pytest.approx(expected[0], abs=1e-9)


def test_bivariate_normal_derivative_is_the_density() -> None:
    h, k, rho, step = np.array([0.3, -1.0]), np.array([-0.5, 0.7]), np.array([0.4, -0.7]), 1e-5
    slope = (bivariate_normal_cdf(h, k, rho + step) - bivariate_normal_cdf(h, k, rho - step)) / (2 * step)
    assert slope == pytest.approx(bivariate_normal_density(h, k, rho), rel=1e-8)


def test_recovers_the_correlations_of_the_latent_answers() -> None:
    found = polychoric(answers(50_000, "recovery", missing=0.1))
    assert found.correlation == pytest.approx(TRUE, abs=0.02)
    assert found.thresholds[0] == pytest.approx(CUTS[0], abs=0.03)
    assert np.isnan(found.thresholds[1]).tolist() == [False, False, True, True]
    assert (found.status == "estimated").all()


def test_names_of_the_categories_and_order_of_rows_do_not_matter() -> None:
    given = answers(400, "names", missing=0.05)
    renamed = given[::-1] * 10 - 7
    renamed[:, 1] = np.where(renamed[:, 1] == 23, 1000, renamed[:, 1])
    assert polychoric(renamed).correlation == pytest.approx(polychoric(given).correlation, abs=1e-12)


def test_turning_an_item_turns_its_correlations() -> None:
    given = answers(400, "turned")
    turned = given * np.array([-1.0, 1.0, 1.0])
    sign = np.array([[1, -1, -1], [-1, 1, 1], [-1, 1, 1]])
    assert polychoric(turned).correlation == pytest.approx(sign * polychoric(given).correlation, abs=1e-8)


def test_weight_of_two_is_two_rows() -> None:
    given = answers(300, "weights", missing=0.05)
    weights = np.where(np.arange(300) < 100, 2.0, 1.0)
    doubled = np.vstack([given, given[:100]])
    found = polychoric(given, weights=weights)
    assert found.correlation == pytest.approx(polychoric(doubled).correlation, abs=1e-10)
    assert found.n[0, 1] == (~np.isnan(given[:, :2]).any(axis=1)).sum()


def test_what_cannot_be_estimated_says_so() -> None:
    given = answers(200, "corners")
    given[:, 2] = 3.0  # everybody gives one answer
    given = np.column_stack(
        [given, given[:, 0], np.where(np.arange(200) < 100, np.nan, 1.0 + (np.arange(200) % 2))]
    )
    given[100:, 1] = np.nan
    found = polychoric(given)
    assert found.status[0, 2] == "unvaried"
    assert np.isnan(found.correlation[0, 2])
    assert found.status[0, 3] == "boundary"
    assert found.status[1, 4] == "empty"
    assert np.isnan(found.correlation[1, 4])
    assert found.status[0, 1] == "estimated"
    assert not found.usable.all()
    with pytest.raises(ValueError, match="boundary"):
        ordinal_statistics(found)


def test_empty_cell_of_two_by_two_gets_half_an_answer() -> None:
    table = {(1, 1): 30, (1, 2): 12, (2, 2): 8}
    rows = np.array([pair for pair, count in table.items() for _ in range(count)], dtype=float)
    found = polychoric(rows)
    assert found.status[0, 1] == "adjusted"
    filled = {(1, 1): 29.5, (1, 2): 12.5, (2, 1): 0.5, (2, 2): 7.5}
    by_hand = polychoric(np.array(list(filled), dtype=float), weights=np.array(list(filled.values())))
    assert found.correlation[0, 1] == pytest.approx(by_hand.correlation[0, 1], abs=1e-9)
    assert 0.5 < found.correlation[0, 1] < 1


def test_covariance_does_not_depend_on_the_parts_it_is_summed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    given = answers(500, "parts", missing=0.1)
    whole = ordinal_statistics(polychoric(given))
    monkeypatch.setattr("inspraak.estimation.polychoric_covariance.ROWS", 37)
    monkeypatch.setattr("inspraak.estimation.polychoric.ROWS", 41)
    parts = ordinal_statistics(polychoric(given))
    assert parts.covariance == pytest.approx(whole.covariance, rel=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_standard_errors_are_the_spread_over_samples(missing: float) -> None:
    samples = [
        ordinal_statistics(polychoric(answers(300, f"sample {i}", missing=missing))) for i in range(300)
    ]
    values = np.array([sample.values for sample in samples])
    errors = np.array([sample.std_errors for sample in samples])
    # the spread over 200 samples is itself known to 1 / sqrt(400) = 5 %; four times that
    assert values.std(axis=0, ddof=1) == pytest.approx(errors.mean(axis=0), rel=0.2)
    ratio = values.std(axis=0, ddof=1) / errors.mean(axis=0)
    assert ratio.mean() == pytest.approx(1.0, abs=0.05)


def test_refuses_wrong_weights() -> None:
    given = answers(50, "refused")
    with pytest.raises(ValueError, match="missing or negative"):
        polychoric(given, weights=-np.ones(50))
    with pytest.raises(ValueError, match="weighted"):
        ordinal_statistics(polychoric(given, weights=np.ones(50)))
