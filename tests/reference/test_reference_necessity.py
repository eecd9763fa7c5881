"""Necessary condition analysis against R's NCA (16_nca)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import simple_design
from inspraak.estimation.necessity import analyse_necessity
from inspraak.randomness import stream

CONDITIONS = ["PA", "QW", "TR"]
MEASURES = {
    "effect": ("Effect_size", 1),
    "accuracy": ("Ceiling_accuracy", 100),
    "condition_inefficiency": ("Condition_ineff_", 100),
    "outcome_inefficiency": ("Outcome_ineff_", 100),
}


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("16_nca")


@pytest.fixture(scope="module")
def found(reference):
    rows = reference.employers()[[*CONDITIONS, "PF"]].dropna()
    return analyse_necessity(rows[CONDITIONS].T, rows["PF"], simple_design(len(rows)), stream(1, "nca"))


@pytest.mark.parametrize("measure", MEASURES)
def test_ceilings(numbers, found, measure):
    name, times = MEASURES[measure]
    expected = [[numbers[f"par.{x}.{ceiling}.{name}"] for x in CONDITIONS] for ceiling in found.ceilings]
    assert_allclose(times * getattr(found, measure), expected, rtol=1e-8)


def test_bottlenecks(numbers, found):
    """R prints one decimal, and not available where a level asks for nothing."""
    for place, ceiling in enumerate(found.ceilings):
        for k, x in enumerate(CONDITIONS):
            printed = [numbers[f"bn.{ceiling}.{x}.{row}"] for row in range(1, 12)]
            assert_allclose(found.required[place, :, k], np.nan_to_num(printed), atol=0.05 + 1e-9)


def test_permutation_p_values_are_near_those_of_sixty_permutations(numbers, found):
    printed = np.array([[numbers[f"p.{x}.{ceiling}"] for x in CONDITIONS] for ceiling in found.ceilings])
    error = np.sqrt(found.permutation_p * (1 - found.permutation_p) / 60)
    assert (np.abs(printed - found.permutation_p) < 4 * error + 2 / 61).all()
