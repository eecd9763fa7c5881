"""The graded response model against marginal maximum likelihood in R (33_grm)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.graded_response import fit_graded_response


@pytest.mark.parametrize("scale", ["tr", "en", "pf", "pa"])
def test_parameters_errors_scores_and_information(reference, scale):
    numbers, frame = reference.numbers("33_grm"), reference.employers(full=True)
    items = reference.items(scale)
    found = fit_graded_response(frame[items].to_numpy(dtype=float))
    assert found.status == "converged"
    assert_allclose(found.log_likelihood, numbers[f"{scale}.ll"], rtol=1e-10)
    assert_allclose(found.slopes, [numbers[f"{scale}.{item}.a"] for item in items], rtol=1e-5)
    assert_allclose(found.slope_errors, [numbers[f"{scale}.se.{item}.a"] for item in items], rtol=1e-4)
    steps = range(1, 5)
    expected = [[numbers[f"{scale}.{item}.b{step}"] for step in steps] for item in items]
    assert_allclose(found.difficulties, expected, rtol=1e-5)
    expected = [[numbers[f"{scale}.se.{item}.b{step}"] for step in steps] for item in items]
    assert_allclose(found.difficulty_errors, expected, rtol=1e-4)
    units = frame["id"][:20]
    assert_allclose(found.scores[:20], [numbers[f"{scale}.eap.{unit}"] for unit in units], atol=1e-6)
    assert_allclose(found.score_errors[:20], [numbers[f"{scale}.eap.sd.{unit}"] for unit in units], atol=1e-6)
    places = ("m2", "m1", "0", "p1", "p2")
    assert_allclose(
        found.information(np.arange(-2.0, 3.0)), [numbers[f"{scale}.info.{at}"] for at in places], rtol=1e-5
    )


def test_gaps(reference):
    numbers, frame = reference.numbers("33_grm"), reference.employers()
    items = reference.items("en")
    found = fit_graded_response(frame[items].to_numpy(dtype=float))
    assert_allclose(found.log_likelihood, numbers["en.gap.ll"], rtol=1e-10)
    assert_allclose(found.slopes, [numbers[f"en.gap.{item}.a"] for item in items], rtol=1e-5)
    scored = ~np.isnan(found.scores)
    assert scored.tolist() == frame[items].notna().any(axis=1).tolist()
    units = frame["id"][scored][:20]
    assert_allclose(found.scores[scored][:20], [numbers[f"en.gap.eap.{unit}"] for unit in units], atol=1e-6)


@pytest.mark.parametrize("scale", ["tr", "en", "pf", "pa"])
def test_equal_slopes(reference, scale):
    answers = reference.employers(full=True)[reference.items(scale)].to_numpy(dtype=float)
    found = fit_graded_response(answers, equal_slopes=True)
    assert found.status == "converged"
    expected = reference.numbers("33_grm")[f"{scale}.ltm61.ll.constrained"]
    assert_allclose(found.log_likelihood, expected, rtol=1e-8)
