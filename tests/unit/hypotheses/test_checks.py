"""Checks that stand beside the regressions of a claim."""

import numpy as np

from .conftest import drawn


def checks(found) -> dict[str, str]:
    return found.tables["checks"].set_index("check")["verdict"].to_dict()


def test_each_check_stands_once_per_term_and_outcome(tested) -> None:
    table = tested("x: A, y: [share, n_ideas], controls: [log_size]", kind="joint").tables["checks"]
    assert not table.duplicated(["outcome", "x", "check"]).any()
    of_one = {"curvature", "without_most_influential", "influence", "collinearity"}
    assert set(table["check"]) == of_one
    assert set(table["verdict"]) <= {"fine", "doubtful"}
    assert table["outcome"].value_counts().tolist() == [4, 4]


def test_the_model_decides_what_is_checked(tested) -> None:
    counts = tested("x: A, y: n_ideas, model: poisson, controls: [log_size]", kind="regression")
    assert "dispersion" in checks(counts)
    ordered = tested("x: A, y: share, model: ordered_logit, controls: [log_size]", kind="regression")
    assert "proportional_odds" in checks(ordered)
    assert ordered.tables["checks"]["n"].min() >= ordered.table["n"].iloc[0] - 5


def test_a_few_employers_that_make_an_outcome_are_found(tested) -> None:
    columns = drawn()
    rng = np.random.default_rng(8)
    ideas = rng.poisson(3, len(columns["q1"])).astype(float)
    far = np.argsort(-(columns["q1"] + columns["q2"] - columns["q3"]))[:4]
    ideas[far] = 60
    found = tested("x: A, y: n_ideas, controls: [log_size]", {**columns, "n_ideas": ideas}, kind="regression")
    assert found.table["p_value"].iloc[0] < 0.05
    assert checks(found)["without_most_influential"] == "doubtful"


def test_a_curve_and_a_copy_are_found(tested) -> None:
    columns = drawn(n=400)
    level = columns["q1"] + columns["q2"] - columns["q3"]
    ideas = np.rint(np.square(level - level.mean()) + np.random.default_rng(1).poisson(2, level.size))
    curved = tested("x: A, y: n_ideas, controls: []", {**columns, "n_ideas": ideas}, kind="regression")
    assert checks(curved)["curvature"] == "doubtful"
    assert checks(curved)["collinearity"] == "fine"
