"""Discriminant validity, exploratory factors and intraclass correlations: properties and edges."""

import numpy as np
import pytest

from inspraak.estimation.discriminant import (
    categorical_omega,
    composite_reliability,
    heterotrait_monotrait,
    variance_inflation,
)
from inspraak.estimation.exploratory_factors import mcdonald_omega, minimum_residual_loadings, oblimin
from inspraak.estimation.intraclass import intraclass_correlation
from inspraak.randomness import stream

LOADINGS = np.array([0.8, 0.7, 0.6, 0.5])


def one_factor(loadings: np.ndarray) -> np.ndarray:
    matrix = np.outer(loadings, loadings)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def test_one_true_factor_is_found_exactly() -> None:
    loadings, proper = minimum_residual_loadings(one_factor(LOADINGS))
    assert proper
    assert loadings[:, 0] == pytest.approx(LOADINGS, abs=1e-6)
    omega = mcdonald_omega(one_factor(LOADINGS))
    assert omega.total == pytest.approx(composite_reliability(LOADINGS, 1 - LOADINGS**2), abs=1e-7)
    assert np.isnan(omega.hierarchical)


def test_hierarchical_omega_of_a_true_hierarchy() -> None:
    general = np.full(9, 0.6)
    group = np.zeros((9, 3))
    group[np.arange(9), np.repeat([0, 1, 2], 3)] = 0.5
    matrix = np.outer(general, general) + group @ group.T
    np.fill_diagonal(matrix, 1.0)
    omega = mcdonald_omega(matrix)
    assert omega.proper
    assert omega.hierarchical == pytest.approx(general.sum() ** 2 / matrix.sum(), abs=1e-4)


def test_oblimin_finds_correlated_clusters_however_they_were_turned() -> None:
    simple = np.zeros((8, 2))
    simple[:4, 0], simple[4:, 1] = LOADINGS, LOADINGS
    between = np.array([[1.0, 0.4], [0.4, 1.0]])
    turned = simple @ np.linalg.cholesky(between) @ np.array([[0.6, -0.8], [0.8, 0.6]])
    rotated, correlation = oblimin(turned)
    order = np.argsort(-np.abs(rotated[0]))
    assert np.abs(rotated[:, order]) == pytest.approx(simple, abs=1e-5)
    assert abs(correlation[0, 1]) == pytest.approx(0.4, abs=1e-5)


def test_htmt_is_the_correlation_of_factors_with_equal_loadings() -> None:
    within, between = 0.49, 0.49 * 0.6
    matrix = np.block(
        [
            [np.full((3, 3), within), np.full((3, 2), between)],
            [np.full((2, 3), between), np.full((2, 2), within)],
        ]
    )
    np.fill_diagonal(matrix, 1.0)
    for geometric in (False, True):
        found = heterotrait_monotrait(matrix, [[0, 1, 2], [3, 4]], geometric=geometric)
        assert found[0, 1] == pytest.approx(0.6, abs=1e-12)
        assert found[0, 0] == pytest.approx(1.0)
    stacked = heterotrait_monotrait(np.stack([matrix, matrix]), [[0, 1, 2], [3, 4]])
    assert stacked.shape == (2, 2, 2)


def test_htmt_of_a_single_item_is_not_known() -> None:
    found = heterotrait_monotrait(one_factor(LOADINGS), [[0, 1, 2], [3]])
    assert np.isnan(found[0, 1])


def test_categorical_omega_is_the_correlation_of_parallel_sums() -> None:
    random = stream(3, "categorical omega")
    thresholds = np.array([[-0.8, 0.3], [0.0, np.nan], [-1.0, 0.9], [0.5, 1.2]])
    factor = random.standard_normal(200_000)
    sums = []
    for _ in range(2):
        behind = LOADINGS * factor[:, np.newaxis] + np.sqrt(1 - LOADINGS**2) * random.standard_normal(
            (200_000, 4)
        )
        sums.append((behind[:, :, np.newaxis] > thresholds).sum(axis=(1, 2)))
    parallel = np.corrcoef(*sums)[0, 1]
    assert categorical_omega(LOADINGS, thresholds) == pytest.approx(
        parallel, abs=0.006
    )  # 3 Monte Carlo errors


def test_variance_inflation_of_a_singular_matrix_is_not_known() -> None:
    assert np.isnan(variance_inflation(np.ones((2, 2)))).all()
    assert variance_inflation(np.array([[1.0, 0.6], [0.6, 1.0]])) == pytest.approx([1 / 0.64, 1 / 0.64])


def test_intraclass_correlation_of_drawn_groups_and_of_none() -> None:
    random = stream(4, "intraclass")
    group = np.repeat(np.arange(400), 10)
    alike = random.standard_normal(400)[group] * 0.5 + random.standard_normal(4000) * np.sqrt(0.75)
    apart = random.standard_normal(4000)
    apart = apart - np.bincount(group, apart)[group] / 10  # every group has the same mean
    found = intraclass_correlation(np.column_stack([alike, apart, np.ones(4000)]), group)
    assert found.icc[0] == pytest.approx(0.25, abs=0.06)
    assert found.icc_reml[0] == pytest.approx(
        found.icc[0], rel=1e-4
    )  # the same where groups are equally large
    assert found.icc[1] < 0
    assert found.icc_reml[1] == 0.0
    assert np.isnan(found.icc[2])


def test_one_group_has_no_intraclass_correlation() -> None:
    found = intraclass_correlation(np.array([1.0, 2.0, 3.0]), np.zeros(3, dtype=int))
    assert np.isnan(found.icc[0])
    assert np.isnan(found.icc_reml[0])


def test_refuses_too_few_items() -> None:
    with pytest.raises(ValueError, match="three items"):
        mcdonald_omega(np.eye(2))
    with pytest.raises(ValueError, match="missing"):
        minimum_residual_loadings(np.full((3, 3), np.nan))


def test_groups_whose_members_are_the_same_share_all_variance() -> None:
    found = intraclass_correlation(np.repeat([1.0, 2.0, 4.0], 3), np.repeat([0, 1, 2], 3))
    assert (found.icc[0], found.icc_reml[0]) == (1.0, 1.0)
