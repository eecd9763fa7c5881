"""Indirect effects against R's lavaan, mediation and boot (10_mediation, 11_modmed)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import simple_design
from inspraak.estimation.mediation import mediate
from inspraak.randomness import stream

ERRORS = 4  # standard errors of the Monte Carlo that numbers of two bootstraps may lie apart


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def simple(employers):
    return simple_design(len(employers))


def run(employers, design, mediators, y, *, draws=20_000, **options):
    return mediate(
        employers["PA"].to_numpy(),
        employers[mediators].to_numpy().T,
        employers[y].to_numpy(),
        design,
        rng=stream(493, "mediation"),
        covariance="classical",
        draws=draws,
        **options,
    )


@pytest.fixture(scope="module")
def parallel(employers, simple):
    return run(employers, simple, ["QW", "TR"], "PF", controls=[employers["dyn"].to_numpy()])


def test_points_of_parallel_mediators(reference, parallel):
    numbers = reference.numbers("10_mediation")
    assert_allclose(parallel.slopes_on_x.estimate, [numbers["est.a1"], numbers["est.a2"]], rtol=1e-8)
    assert_allclose(parallel.slopes_on_mediators.estimate, [numbers["est.b1"], numbers["est.b2"]], rtol=1e-8)
    assert_allclose(parallel.indirect.estimate[:, 0], [numbers["est.i1"], numbers["est.i2"]], rtol=1e-8)
    assert_allclose(parallel.indirect.estimate[:, 0], [numbers["boot.t0.1"], numbers["boot.t0.2"]], rtol=1e-8)
    assert_allclose(parallel.direct.estimate, numbers["est.c"], rtol=1e-8)
    assert_allclose(parallel.total.estimate, numbers["est.tot"], rtol=1e-8)


def test_errors_of_the_delta_method(reference, parallel):
    """lavaan's variances are divided by n, those of least squares by n less the columns."""
    numbers, n = reference.numbers("10_mediation"), parallel.n
    likelihood = {"a": np.sqrt((n - 3) / n), "b": np.sqrt((n - 5) / n)}
    a = parallel.slopes_on_x.std_error * likelihood["a"]
    b = parallel.slopes_on_mediators.std_error * likelihood["b"]
    assert_allclose(a, [numbers["se.a1"], numbers["se.a2"]], rtol=1e-6)
    assert_allclose(b, [numbers["se.b1"], numbers["se.b2"]], rtol=1e-6)
    assert_allclose(parallel.delta.std_error[:, 0], [numbers["se.i1"], numbers["se.i2"]], rtol=(5 / n))


def test_bootstrap_within_monte_carlo_error(reference, parallel):
    numbers = reference.numbers("10_mediation")
    low, high = parallel.indirect.intervals()
    total_low, total_high = parallel.total.intervals()
    ours = {"lo": [*low[:, 0], total_low[0]], "hi": [*high[:, 0], total_high[0]]}
    errors = np.array([numbers[f"boot5000.se.{name}"] for name in ("i1", "i2", "tot")])
    own = [*parallel.indirect.std_error[:, 0], parallel.total.std_error[0]]
    # a standard error over d draws has a relative error of 1 / sqrt(2 d), the tails here are a little heavier
    assert_allclose(own, errors, rtol=ERRORS * 1.3 * np.sqrt(1 / 10_000 + 1 / 40_000))
    # a quantile at .025 of normal draws: its own error is sqrt(.025 * .975) / .0584 over sqrt(d)
    apart = ERRORS * errors * 2.67 * np.sqrt(1 / 5_000 + 1 / 20_000)
    for side, bounds in ours.items():
        theirs = np.array([numbers[f"boot5000.{side}.{name}"] for name in ("i1", "i2", "tot")])
        assert (np.abs(bounds - theirs) < apart).all()


def test_one_mediator(reference, employers, simple):
    numbers = reference.numbers("10_mediation")
    among = employers["TR"].notna().to_numpy()
    found = run(
        employers, simple, ["QW"], "PF", controls=[employers["dyn"].to_numpy()], included=among, draws=10
    )
    assert_allclose(found.indirect.estimate, [[numbers["acme"]]], rtol=1e-8)
    assert_allclose(found.direct.estimate, numbers["ade"], rtol=1e-8)
    assert_allclose(found.total.estimate, numbers["total"], rtol=1e-8)


def test_moderated_mediation(reference, employers, simple):
    numbers = reference.numbers("11_modmed")
    found = run(employers, simple, ["IB"], "PF", moderator=employers["dyn"].to_numpy(), at=[-1, 0, 1])
    places = ("lo", "mid", "hi")
    assert_allclose(found.moderation.estimate, numbers["t0.imm"], rtol=1e-8)
    assert_allclose(found.indirect.estimate[0], [numbers[f"t0.ie.{at}"] for at in places], rtol=1e-8)
    errors = [*found.moderation.std_error, *found.indirect.std_error[0]]
    assert_allclose(
        errors, [numbers[f"sd.{place}"] for place in range(1, 5)], rtol=ERRORS * 1.3 / np.sqrt(1_000)
    )
