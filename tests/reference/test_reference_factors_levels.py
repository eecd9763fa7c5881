"""The walk over the levels of invariance, all items tested, against lavaan and semTools (05, 22)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.factor_invariance import Method, compare_groups

FACTORS = ["pa", "qw", "pf"]
NAMES = {
    "WLSMV": {"thresholds": "thresholds", "metric": "loadings", "scalar": "intercepts"},
    "MLR": {},
    "ML": {},
}
PREFIX = {"WLSMV": "ord.delta.", "MLR": "mlr.", "ML": ""}
INDICES = {"WLSMV": ".scaled", "MLR": ".robust", "ML": ""}
TESTS = {"WLSMV": ".scaled", "MLR": ".scaled", "ML": ""}
TOLERANCE = {"WLSMV": 1e-3, "MLR": 1e-4, "ML": 1e-5}


def compared(reference, estimator):
    employers = reference.employers(full=True)
    items = [item for factor in FACTORS for item in reference.items(factor)]
    small = np.where(employers["size"].isin(["10-49", "50-99"]), "small", "large")
    return compare_groups(
        employers[items],
        [[item.startswith(factor) for factor in FACTORS] for item in items],
        np.ones(len(items), dtype=bool),
        groups=small,
        method=Method(estimator),
    )


@pytest.mark.parametrize("estimator", ["WLSMV", "MLR", "ML"])
def test_levels(reference, estimator):
    numbers = reference.numbers("05_invariance") | reference.numbers("22_invariance_more")
    found = compared(reference, estimator)
    steps = ["configural", *(["thresholds"] if estimator == "WLSMV" else []), "metric", "scalar"]
    assert [step.level for step in found.levels] == steps
    assert found.verdict == "yes"
    for step in found.levels:
        name = PREFIX[estimator] + NAMES[estimator].get(step.level, step.level)
        expected = {
            f"chisq{TESTS[estimator]}": step.test.chi_square,
            "df": step.test.df,
            f"cfi{INDICES[estimator]}": step.indices.cfi,
            f"rmsea{INDICES[estimator]}": step.indices.rmsea,
        }
        for index, value in expected.items():
            assert_allclose(
                value, numbers[f"{name}.{index}"], rtol=TOLERANCE[estimator], atol=1e-12, err_msg=index
            )


def test_differences_of_levels(reference):
    numbers = reference.numbers("05_invariance") | reference.numbers("22_invariance_more")
    for estimator, name, rtol in (
        ("WLSMV", "orddiff.delta.p.{ordinal}", 1e-2),
        ("MLR", "mlrdiff.satorra.bentler.2001.p.{level}", 1e-4),
        ("ML", "p.{place}", 1e-5),
    ):
        steps = compared(reference, estimator).levels[1:]
        for place, step in enumerate(steps, 1):
            ordinal = NAMES["WLSMV"].get(step.level)
            key = name.format(ordinal=ordinal, level=step.level, place=place)
            assert_allclose(step.difference.p_value, numbers[key], rtol=rtol, err_msg=key)
