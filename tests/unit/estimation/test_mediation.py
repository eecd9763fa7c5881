"""Indirect effects: the fast bootstrap against regressions one by one, and what they must not depend on."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.mediation import mediate
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.resampling import resampled_weights

N, M = 150, 3


@pytest.fixture
def data():
    rng = np.random.default_rng(7)
    x, w, control = rng.normal(size=(3, M, N))
    first = 0.5 * x + 0.2 * x * w + 0.3 * control + rng.normal(size=(M, N))
    second = 0.3 * x + 0.4 * first + rng.normal(size=(M, N))
    y = 0.3 * first + 0.3 * second + 0.2 * first * w + 0.1 * x + rng.normal(size=(M, N))
    y[:, :7] = np.nan
    return {
        "x": 50 + 20 * x,
        "mediators": np.stack([first, second], axis=1),
        "y": y,
        "moderator": w,
        "controls": control[:, np.newaxis],
    }


@pytest.fixture
def design():
    rng = np.random.default_rng(8)
    return SurveyDesign(rng.uniform(0.5, 4, N), np.arange(N) % 5)


def run(data, design, *, draws=40, **options):
    return mediate(
        data["x"], data["mediators"], data["y"], design, rng=np.random.default_rng(1), draws=draws, **options
    )


def slopes(columns, y, weights):
    fit = fit_linear(
        np.column_stack([*columns, np.ones(N)]),
        y,
        SurveyDesign(weights, np.zeros(N, dtype=int)),
        covariance="HC0",
    )
    return fit.coefficients[0]


def by_hand(data, place, weights, order, stage, w0):
    """Indirect effect of each way at a value of the moderator, the direct one, and the reversed ones."""
    x, y, w = data["x"][place], data["y"][place], data["moderator"][place]
    held, through = [data["controls"][place, 0], w], list(data["mediators"][place])
    used = ~np.isnan(y)
    weights = np.where(used, weights, 0.0)
    treat = [x, x * w] if stage in ("first", "both") else [x]
    many = [one * w for one in through] if stage in ("second", "both") else []
    a = [slopes([*treat, *held], np.where(used, one, 0), weights) for one in through]
    last = slopes([*treat, *through, *many, *held], y, weights)
    t = len(treat)

    def of_x(b):
        return b[0] + (b[1] * w0 if t == 2 else 0)

    def of_mediator(j):
        return last[t + j] + (last[t + 2 + j] * w0 if many else 0)

    ways = [of_x(a[0]) * of_mediator(0), of_x(a[1]) * of_mediator(1)]
    if order == "serial":
        later = slopes([*treat, through[0], *held], np.where(used, through[1], 0), weights)
        ways = [ways[0], of_x(later) * of_mediator(1), of_x(a[0]) * later[t] * of_mediator(1)]
    back = of_x(slopes([*treat, *held], y, weights))
    reverse = [
        back * slopes([np.where(used, y, 0), *treat, *held], np.where(used, one, 0), weights)[0]
        for one in through
    ]
    return ways, of_x(last), reverse


@pytest.mark.parametrize("order", ["parallel", "serial"])
@pytest.mark.parametrize("stage", ["first", "second", "both"])
def test_every_draw_is_the_regression_under_its_weights(data, design, order, stage):
    draws, at = 6, np.array([-0.5, 0.7])
    one = {name: values[:1] for name, values in data.items()}
    found = run(
        one,
        design,
        draws=draws,
        order=order,
        stage=stage,
        at=at,
        moderator=one["moderator"],
        controls=one["controls"],
    )
    weights = np.concatenate(list(resampled_weights(design, draws, np.random.default_rng(1))))
    for v, w0 in enumerate(at):
        expected = [by_hand(data, 0, row, order, stage, w0) for row in weights]
        ways = np.sort([ways for ways, _, _ in expected], axis=0).T
        assert_allclose(found.indirect.draws[:, v], ways, rtol=1e-7)
        assert_allclose(found.direct.draws[v], np.sort([direct for _, direct, _ in expected]), rtol=1e-7)
        assert_allclose(
            found.reverse.draws[:, v], np.sort([back for _, _, back in expected], axis=0).T, rtol=1e-7
        )
        ways, direct, reverse = by_hand(data, 0, design.weights, order, stage, w0)
        assert_allclose(found.indirect.estimate[:, v], ways, rtol=1e-8)
        assert_allclose(found.direct.estimate[v], direct, rtol=1e-8)
        assert_allclose(found.reverse.estimate[:, v], reverse, rtol=1e-8)
        assert_allclose(found.total.estimate[v], sum(ways) + direct, rtol=1e-8)
    assert found.n == N - 7


def test_the_data_sets_are_pooled_with_rubins_variance(data, design):
    pooled = run(data, design, draws=2_000)
    single = [
        run({name: values[[place]] for name, values in data.items()}, design, draws=2_000)
        for place in range(M)
    ]
    points = np.array([one.indirect.estimate[:, 0] for one in single])
    within = np.mean([one.indirect.std_error[:, 0] ** 2 for one in single], axis=0)
    assert_allclose(pooled.indirect.estimate[:, 0], points.mean(axis=0), rtol=1e-10)
    stretched = (np.sqrt((M + 1) / (M - 1)) - 1) * (points - points.mean(axis=0))
    moved = np.concatenate(
        [one.indirect.draws[:, 0] + shift[:, None] for one, shift in zip(single, stretched)], axis=1
    )
    assert_allclose(pooled.indirect.draws[:, 0], np.sort(moved, axis=1), rtol=1e-9)
    # equal but for the distance between the draws' own means and the estimates
    total = within + (1 + 1 / M) * points.var(axis=0, ddof=1)
    assert_allclose(pooled.indirect.std_error[:, 0] ** 2, total, rtol=0.05)
    assert_allclose(pooled.delta.estimate[:, 0], points.mean(axis=0))


def test_the_errors_of_the_delta_method_are_those_of_the_bootstrap_in_a_large_sample():
    rng, n = np.random.default_rng(3), 4_000
    x = rng.normal(size=n)
    first = 0.5 * x + rng.normal(size=n)
    second = 0.5 * first + 0.3 * x + rng.normal(size=n)
    y = 0.5 * second + 0.3 * first + rng.normal(size=n)
    design = SurveyDesign(rng.uniform(0.5, 3, n), rng.integers(0, 6, n))
    found = mediate(x, [first, second], y, design, rng=rng, order="serial", draws=1_000)
    assert found.ways == ((0,), (1,), (0, 1))
    assert_allclose(found.delta.std_error, found.indirect.std_error, rtol=0.12)
    assert_allclose(found.indirect.estimate[:, 0], [0.15, 0.15, 0.125], atol=0.03)
    assert (found.indirect.p_value < 0.01).all()


def test_the_index_is_the_change_of_the_indirect_effect(data, design):
    found = run(data, design, moderator=data["moderator"], at=[-1.0, 0.5, 1.0])
    change = found.indirect.estimate[:, 1] - found.indirect.estimate[:, 0]
    assert_allclose(found.moderation.estimate, change / 1.5, rtol=1e-9)
    plain = run(data, design)
    assert np.isnan(plain.moderation.estimate).all()
    assert np.isnan(plain.at).all()


@pytest.mark.parametrize("stage", ["first", "both"])
def test_units_and_order_of_rows_change_nothing(data, design, stage):
    options = {"stage": stage, "controls": data["controls"]}
    plain = run(data, design, moderator=data["moderator"], at=[-1, 1], **options)
    moved = run(
        {**data, "x": data["x"] * 3 - 40},
        design,
        moderator=1990 + 10 * data["moderator"],
        at=[1980, 2000],
        **options,
    )
    assert_allclose(moved.indirect.draws * 3, plain.indirect.draws, rtol=1e-7, atol=1e-12)
    assert_allclose(moved.moderation.estimate * 30, plain.moderation.estimate, rtol=1e-7)
    assert_allclose(moved.confounding.rho, plain.confounding.rho, rtol=1e-7)
    assert_allclose(moved.sd_x, 3 * plain.sd_x)
    again = run(data, design, moderator=data["moderator"], at=[-1, 1], **options)
    assert_array_equal(again.indirect.draws, plain.indirect.draws)


def test_a_control_twice_changes_nothing(data, design):
    plain = run(data, design, controls=data["controls"])
    twice = run(data, design, controls=np.concatenate([data["controls"], 2 * data["controls"] + 1], axis=1))
    assert_allclose(twice.indirect.draws, plain.indirect.draws, rtol=1e-7, atol=1e-12)
    assert_allclose(twice.indirect.estimate, plain.indirect.estimate, rtol=1e-7)


def test_a_domain_is_that_of_the_rows_alone_in_its_points(data, design):
    inside = np.arange(N) % 3 > 0
    domain = run(data, design, included=inside)
    cut = {name: values[..., inside] for name, values in data.items()}
    alone = run(cut, SurveyDesign(design.weights[inside], design.strata[inside]))
    assert domain.n == alone.n
    assert_allclose(domain.indirect.estimate, alone.indirect.estimate, rtol=1e-9)
    assert_allclose(domain.confounding.rho, alone.confounding.rho, rtol=1e-9)


def test_a_resample_without_variation_gives_no_draw():
    n = 40
    rng = np.random.default_rng(2)
    x = np.zeros(n)
    x[0] = 1.0
    mediator, y = rng.normal(size=(2, n))
    found = mediate(x, [mediator], y, simple_design(n), rng=rng, draws=200)
    # one employer is left out of a resample of n - 1 in (1 - 1 / n) ** (n - 1) of the cases
    assert 40 < found.indirect.failed[0, 0] < 110
    assert np.isfinite(found.indirect.estimate).all()


def exact(covariance, n=400):
    """Columns whose sample covariances are exactly these."""
    columns = np.random.default_rng(5).normal(size=(n, len(covariance)))
    columns -= columns.mean(axis=0)
    whitened = np.linalg.solve(np.linalg.cholesky(columns.T @ columns / n), columns.T)
    return np.linalg.cholesky(np.asarray(covariance)) @ whitened


def test_the_indirect_effect_under_confounding_is_the_true_one():
    """x -> mediator .5 -> y .3, errors of mediator and outcome correlated by .4."""
    rho, a, b, c = 0.4, 0.5, 0.3, 0.2
    x, error, shock = exact(
        [[2, 0, 0], [0, 1.5, rho * np.sqrt(1.5 * 0.8)], [0, rho * np.sqrt(1.5 * 0.8), 0.8]]
    )
    mediator = a * x + error
    y = b * mediator + c * x + shock
    found = mediate(x, [mediator], y, simple_design(x.size), rng=np.random.default_rng(0), draws=5)
    assert found.indirect.estimate[0, 0] > a * b + 0.1
    assert_allclose(found.confounding.indirect_at(rho), [[a * b]], rtol=1e-9)
    assert_allclose(found.confounding.indirect_at(0), found.indirect.estimate, rtol=1e-9)
    nil = found.confounding.rho
    assert_allclose(found.confounding.indirect_at(nil), [[0]], atol=1e-12)
    assert_allclose(found.confounding.explained, nil**2)
    assert np.isnan(found.confounding.indirect_at([1.0])).all()


def test_rho_is_the_correlation_of_errors_where_the_mediator_does_nothing():
    x, one, two, shock = exact([[1, 0, 0, 0], [0, 1, 0.5, 0.3], [0, 0.5, 1, 0.15], [0, 0.3, 0.15, 1]])
    found = mediate(
        x,
        [0.6 * x + one, 0.2 * x + two],
        0.2 * x + shock,
        simple_design(x.size),
        rng=np.random.default_rng(0),
        draws=5,
    )
    given_other = (0.3 - 0.5 * 0.15) / np.sqrt((1 - 0.25) * (1 - 0.15**2))
    assert_allclose(found.confounding.rho[0], given_other, rtol=1e-9)
    assert_allclose(found.confounding.rho[1], 0, atol=1e-9)


@pytest.mark.parametrize("order", ["parallel", "serial"])
@pytest.mark.parametrize("name", ["x", "mediators", "y"])
def test_what_does_not_vary_or_is_not_there_has_no_effect(data, design, name, order):
    gone = run({**data, name: np.full_like(data[name], np.nan)}, design, order=order)
    assert gone.n == 0
    flat = run({**data, name: np.ones_like(data[name])}, design, order=order)
    for found in (gone, flat) if name != "y" else (gone,):
        for numbers in (found.indirect.estimate, found.indirect.std_error, found.indirect.p_value):
            assert np.isnan(numbers).all()
        assert np.isnan(found.indirect.intervals()).all()
        assert np.isnan(found.delta.std_error).all()
        assert np.isnan(found.confounding.rho).all()


def test_wrong_input_is_refused(data, design):
    with pytest.raises(ValueError, match="order"):
        run(data, design, order="chain")
    with pytest.raises(ValueError, match="moderated"):
        run(data, design, moderator=data["moderator"], stage="third")
    with pytest.raises(ValueError, match="two different values"):
        run(data, design, moderator=data["moderator"], at=[1.0])
    with pytest.raises(ValueError, match="data sets"):
        run({**data, "x": data["x"][:2]}, design)
    with pytest.raises(ValueError, match="mediators has shape"):
        run({**data, "mediators": data["mediators"][:, :, :10]}, design)
