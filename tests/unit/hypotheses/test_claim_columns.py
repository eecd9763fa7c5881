"""The columns that claims name: as they count, as dummies, in which unit, and for whom."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from inspraak.estimation.design import LonelyStratumWarning
from inspraak.hypotheses.columns import WaveData
from inspraak.measurement.scoring import score_indices
from inspraak.study.conditions import parse_condition
from inspraak.survey.completing import complete_answers

NAN = float("nan")


@pytest.fixture
def data(make_study, make_answers) -> WaveData:
    columns = {
        "q1": [1, 5, NAN], "q2": [1, 5, 3], "q3": [5, 1, 3], "share": [0, 1, NAN], "kind": [3, 1, NAN],
        "a_sbi": ["G", "H", None], "a_size": [10, 60, NAN], "n_ideas": [0, 1, 2],
    }  # fmt: skip
    study, responses, reasons = make_answers(make_study(), columns, weight=[1, 2, 3])
    scores = score_indices(study, "2020", responses, reasons)
    return WaveData(study, "2020", responses, reasons, scores)


def test_columns_as_they_count_are_one_row_without_imputations(data) -> None:
    np.testing.assert_array_equal(data.column("A"), [[0, 100, 50]])
    np.testing.assert_array_equal(data.column("share"), [[0, 60, NAN]])
    np.testing.assert_array_equal(data.column("q3"), [[5, 1, 3]])
    np.testing.assert_allclose(data.column("log_ideas"), [np.log1p([0, 1, 2])])
    np.testing.assert_array_equal(data.column("A", without=frozenset({"q1", "q3"})), [[0, 100, 50]])
    assert np.isnan(data.column("A", without=frozenset({"q1", "q2", "q3"}))).all()
    assert data.imputations == 1


def test_categories_become_dummies_and_missing_stays_missing(data) -> None:
    np.testing.assert_array_equal(data.dummies("sector"), [[[1], [0], [NAN]]])
    np.testing.assert_array_equal(data.dummies("kind"), [[[1], [0], [NAN]]])
    assert [data.is_categorical(name) for name in ("sector", "kind", "share", "log_size", "A")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_what_the_wave_has(data) -> None:
    names = ("A", "q1", "log_ideas", "absence", "wave_year")
    assert [data.has(name) for name in names] == [True, True, True, False, False]


def test_units(data) -> None:
    names = ("A", "q1", "share", "n_ideas", "absence", "log_size")
    expected = ["points", "scale points", "percentage points", "units", "percentage points", "units"]
    assert [data.unit_of(name) for name in names] == expected


def test_domains_take_items_variables_and_indices_together(data) -> None:
    condition = parse_condition("A >= 50 and (sector = logistics or n_ideas = 2)")
    assert data.domain(condition).tolist() == [[False, True, True]]
    assert data.domain(None).tolist() == [[True] * 3]


@pytest.fixture
def imputed(data) -> WaveData:
    """The same wave with the gaps of q1, share and kind filled in twice; nobody asked the last for n_ideas."""
    cells = pd.DataFrame(
        {
            "row": 2,
            "employer": "e2",
            "item": ["q1", "share", "kind", "a_size"],
            "imputation_1": [1.0, 0, 1, 20],
            "imputation_2": [5.0, 2, 2, 80],
        }
    )
    completed = complete_answers(data.study, "2020", data.responses, cells)
    scores = score_indices(data.study, "2020", completed, data.reasons)
    return replace(data, imputed=cells, imputed_scores=scores)


def test_with_imputations_every_column_is_that_of_its_own_data_set(imputed) -> None:
    assert imputed.imputations == 2
    np.testing.assert_allclose(imputed.column("A"), [[0, 100, 100 / 3], [0, 100, 200 / 3]])
    np.testing.assert_array_equal(imputed.column("share"), [[0, 60, 0], [0, 60, 100]])
    np.testing.assert_array_equal(imputed.column("n_ideas"), [[0, 1, 2]] * 2)
    np.testing.assert_allclose(imputed.column("log_size"), np.log([[10, 60, 20], [10, 60, 80]]))
    thinned = imputed.column("A", without=frozenset({"q2", "q3"}))
    np.testing.assert_array_equal(thinned, [[0, 100, 0], [0, 100, 100]])
    sizes = imputed.dummies("size2")
    np.testing.assert_array_equal(sizes, [[[0], [1], [0]], [[0], [1], [1]]])
    # a category of one imputation has a column in the other too
    np.testing.assert_array_equal(
        imputed.dummies("kind"), [[[0, 1], [0, 0], [0, 0]], [[0, 1], [0, 0], [1, 0]]]
    )


def test_with_imputations_conditions_hold_by_their_own_answers(imputed) -> None:
    condition = parse_condition("A > 50 and share >= 1 and (sector = logistics or n_ideas = 2)")
    assert imputed.domain(condition).tolist() == [[False, True, False], [False, True, True]]
    assert imputed.domain(None).shape == (2, 3)


def test_the_design_is_that_of_the_rows(data) -> None:
    with pytest.warns(LonelyStratumWarning):
        design = data.design
    assert design.weights.tolist() == [1, 2, 3]
    assert np.unique(design.strata).size == 3
