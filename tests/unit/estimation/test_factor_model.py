"""Factor models in arrays: what they hold, and their moments with first and second derivatives."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_models import FactorModel, pattern
from inspraak.estimation.factor_moments import MomentMap, element_matrix
from inspraak.estimation.factor_saturated import pack

TWO = np.repeat(np.eye(2, dtype=bool), 3, axis=0)
SIX = np.repeat(np.eye(3, dtype=bool), 3, axis=0)


def models():
    """Models that have every kind of element between them."""
    cross = TWO.copy()
    cross[1, 1] = True
    return {
        "marker": confirmatory_model(TWO),
        "standardised": confirmatory_model(cross, identification="standardised", residual_pairs=[(0, 4)]),
        "scalar": confirmatory_model(
            TWO,
            groups=3,
            equal=["loadings", "intercepts"],
            released={"loadings": [(2, 0)], "intercepts": [5]},
        ),
        "second order": confirmatory_model(SIX, higher=np.ones((3, 1), dtype=bool), means=True, groups=2),
    }


@pytest.fixture(params=models())
def maps(request):
    return MomentMap(models()[request.param])


def parameters(maps, seed=0):
    """Values that keep variances positive."""
    rng = np.random.default_rng(seed)
    elements = maps.model.elements
    values = rng.uniform(0.3, 0.9, elements.matrix.size) * (1 + elements.on_diagonal)
    free = elements.free
    return np.bincount(elements.parameter[free], values[free]) / np.bincount(elements.parameter[free])


def moments(maps, values):
    return [pack(system.mean, system.covariance) for system in maps.systems(values)]


def numeric(function, at, step=1e-6):
    columns = []
    for place in range(at.size):
        ahead, behind = at.copy(), at.copy()
        ahead[place] += step
        behind[place] -= step
        columns.append((function(ahead) - function(behind)) / (2 * step))
    return np.stack(columns, axis=-1)


def test_derivative_of_the_moments(maps):
    at = parameters(maps)
    found = maps.jacobians(maps.systems(at))
    for group, jacobian in enumerate(found):
        expected = numeric(lambda values, place=group: moments(maps, values)[place], at)
        assert_allclose(jacobian, expected, atol=1e-8)


def test_second_derivative_of_a_function_of_the_moments(maps):
    at, rng = parameters(maps), np.random.default_rng(3)
    p = maps.model.items
    slope = rng.normal(size=(p, p))
    slope, pull = slope + slope.T, rng.normal(size=p)
    for group in range(maps.model.groups):
        free, parameter = maps.free_places[group], maps.free[group].parameter

        def gradient(values, group=group, free=free):
            system = maps.systems(values)[group]
            row, column = np.tril_indices(p)
            weights = np.concatenate([-pull, slope[row, column] * np.where(row == column, 0.5, 1.0)])
            return maps.collapse(group, (weights @ system.jacobian(free))[np.newaxis])[0]

        curvature = maps.systems(at)[group].curvature(free, slope, pull)
        found = np.zeros((at.size, at.size))
        np.add.at(found, (parameter[:, np.newaxis], parameter), curvature)
        assert_allclose(found, numeric(gradient, at), atol=1e-7)


def test_derivative_of_the_variances(maps):
    at = parameters(maps)
    for group, system in enumerate(maps.systems(at)):

        def variances(values, group=group):
            return np.diagonal(maps.systems(values)[group].whole_covariance)

        found = maps.collapse(group, system.variance_jacobian(maps.free_places[group]))
        assert_allclose(found, numeric(variances, at), atol=1e-8)


def test_moments_are_those_of_the_definition():
    maps = MomentMap(models()["second order"])
    values = maps.values(parameters(maps))
    names = ("loadings", "paths", "factor_covariances", "residual_covariances", "intercepts", "factor_means")
    loading, path, factor, residual, intercept, mean = (
        element_matrix(maps.model, values, name)[1] for name in names
    )
    effect = loading @ np.linalg.inv(np.eye(4) - path)
    system = maps.systems(parameters(maps))[1]
    assert_allclose(system.covariance, effect @ factor @ effect.T + residual)
    assert_allclose(system.mean, intercept + effect @ mean)


def test_numbers_of_parameters_and_degrees_of_freedom():
    counted = {name: (model.parameters, model.degrees_of_freedom) for name, model in models().items()}
    assert counted["marker"] == (4 + 3 + 6, 8)
    assert counted["standardised"] == (7 + 1 + 7, 6)
    # 4 loadings + 2 of a released one, 3 x 3 factor and 3 x 6 residual (co)variances, 6 + 2 intercepts, 2 x 2 means
    assert counted["scalar"] == (4 + 2 + 9 + 18 + 6 + 2 + 4, 3 * 27 - 45)
    assert counted["second order"] == (2 * (6 + 2 + 4 + 9 + 9), 2 * 54 - 60)


def test_equal_elements_are_one_parameter():
    model = models()["scalar"]
    labels = model.loadings.labels
    assert_array_equal(labels[0, [1, 4, 5]], labels[2, [1, 4, 5]])
    assert len(set(labels[:, 2, 0].tolist())) == 3
    assert_array_equal(model.intercepts.labels[0, :5], model.intercepts.labels[1, :5])
    assert len(set(model.intercepts.labels[:, 5].tolist())) == 3
    assert_array_equal(model.factor_means.labels[0], [0, 0])
    assert (model.factor_means.labels[1:] > 0).all()


def test_a_standardised_factor_is_free_where_loadings_are_equal():
    model = confirmatory_model(TWO, groups=2, identification="standardised", equal=["loadings"])
    labels = model.factor_covariances.labels
    assert_array_equal(np.diagonal(labels[0]), [0, 0])
    assert (np.diagonal(labels[1]) > 0).all()
    apart = confirmatory_model(TWO, groups=2, identification="standardised").factor_covariances
    assert_array_equal(np.diagonal(apart.labels, axis1=1, axis2=2), np.zeros((2, 2)))
    assert_array_equal(np.diagonal(apart.values, axis1=1, axis2=2), np.ones((2, 2)))


def test_elements_can_be_fixed_and_made_equal():
    model = confirmatory_model(TWO)
    fixed = replace(model, loadings=model.loadings.fixed_at(TWO, 0.7))
    assert fixed.parameters == model.parameters - 4
    equal = replace(
        model, residual_covariances=model.residual_covariances.labelled(np.eye(6), model.new_label)
    )
    assert equal.parameters == model.parameters - 5


def test_a_model_without_means_gets_free_intercepts():
    model = confirmatory_model(TWO, groups=2)
    assert model.with_means().parameters == model.parameters + 12
    assert model.with_means().degrees_of_freedom == model.degrees_of_freedom


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"factor_covariances": pattern(np.ones((1, 3, 3)))}, "factor_covariances have shape"),
        ({"residual_covariances": pattern(np.tri(6)[np.newaxis])}, "not symmetric"),
        ({"factor_means": pattern(np.zeros((1, 2)))}, "need intercepts"),
        ({"loadings": pattern(TWO)}, "dimensions"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(changed, message):
    model = confirmatory_model(TWO)
    parts = {name: getattr(model, name) for name in model.__dataclass_fields__}
    with pytest.raises(ValueError, match=message):
        FactorModel(**(parts | changed))


def test_wrong_declarations_are_refused():
    with pytest.raises(ValueError, match="no factor"):
        confirmatory_model([[True, False], [False, False]])
    with pytest.raises(ValueError, match="identification"):
        confirmatory_model(TWO, identification="effects")
    with pytest.raises(ValueError, match="thresholds"):
        confirmatory_model(TWO, equal=["thresholds"])
    with pytest.raises(ValueError, match="slopes"):
        confirmatory_model(TWO, released={"slopes": [1]})
    with pytest.raises(ValueError, match="negative"):
        pattern([[-1]])
    with pytest.raises(ValueError, match="no value"):
        pattern([[0]], [[np.nan]])
