"""The answers to the items of a model: turned, without what cannot be used; its structures as factor models."""

import numpy as np
import pytest

from inspraak.measurement.model_items import gather_items, structured_model
from inspraak.measurement.sparse_categories import join_sparse

NAN = float("nan")
CODEBOOK = ("q4,work,EENS5,,,own,Vier,Four", "q5,work,EENS5,,,own,Vijf,Five", "q6,work,EENS5,,,own,Zes,Six")
INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
B: {label: {nl: B, en: B}, theme: work, type: reflective, items: [q4, q5]}
models:
  all: {label: {nl: A, en: A}, factors: [A, B], residual_pairs: [[q1, q5], [q1, q3]]}
  whole: {label: {nl: A, en: A}, factors: [A, B], missing: complete}
"""


@pytest.fixture
def gathered(make_study, make_answers):
    def gather(model: str = "all", **columns):
        study = make_study({"indices.yaml": INDICES}, codebook=CODEBOOK)
        rng = np.random.default_rng(2)
        drawn = {name: rng.integers(1, 6, size=40).astype(float) for name in ("q1", "q2", "q3", "q4", "q5")}
        answers = make_answers(study, drawn | columns)
        model_ = study.models[model]
        return gather_items(study, model_, answers.responses, study.factors_of(model_, "2020")), answers

    return gather


def test_items_are_turned_and_in_the_order_of_their_factors(gathered) -> None:
    items, answers = gathered()
    assert items.items == ("q1", "q2", "q3", "q4", "q5")
    np.testing.assert_array_equal(items.values[:, 2], 6 - answers.responses["q3"])
    np.testing.assert_array_equal(items.values[:, 3], answers.responses["q4"])
    assert items.members.tolist() == [[True, False]] * 3 + [[False, True]] * 2
    assert items.residual_pairs == ((0, 4), (0, 2))
    assert dict(items.left_out) == {}


def test_what_does_not_vary_or_repeats_is_left_out_and_then_a_factor_of_one_item(gathered) -> None:
    same = np.tile([1.0, 2, 3, 4, 5, NAN, 2, 1], 5)
    items, _ = gathered(q1=same, q2=np.where(np.arange(40) < 3, NAN, same), q5=np.full(40, 4.0))
    assert dict(items.factors) == {"A": ("q1", "q3")}
    assert dict(items.left_out) == {"q2": "identical items: q1", "q5": "no variance", "B": "one item"}
    assert items.residual_pairs == ((0, 1),)
    assert items.values.shape == (40, 2)


def test_an_item_that_nobody_answered_is_left_out(gathered) -> None:
    items, _ = gathered(q2=np.full(40, NAN))
    assert dict(items.left_out) == {"q2": "no answers"}
    assert items.factors["A"] == ("q1", "q3")


def test_a_model_that_takes_complete_rows_has_no_others(gathered) -> None:
    part = np.where(np.arange(40) < 10, NAN, np.tile([1.0, 2, 3, 4], 10))
    items, _ = gathered("whole", q4=part)
    assert np.isnan(items.values[:10]).all()
    assert not np.isnan(items.values[10:]).any()


def test_each_structure_has_its_factors(gathered) -> None:
    items, _ = gathered()
    counts = np.full(5, 5)
    shapes = {
        name: structured_model(items, name, categories=counts).factors
        for name in ("correlated", "uncorrelated", "one_factor", "second_order")
    }
    assert shapes == {"correlated": 2, "uncorrelated": 2, "one_factor": 1, "second_order": 3}
    assert items.factor_names("correlated") == ("A", "B")
    assert items.factor_names("one_factor") == ("all",)
    assert items.factor_names("second_order") == ("A", "B", "all")
    correlated, apart = (structured_model(items, name) for name in ("correlated", "uncorrelated"))
    assert correlated.parameters == apart.parameters + 1
    assert correlated.thresholds is None
    free = correlated.residual_covariances.labels[0]
    assert (free[[4, 2, 1], 0] > 0).tolist() == [True, True, False]


def test_sparse_categories_join_their_smaller_neighbour() -> None:
    column = np.repeat([1.0, 2, 3, 4, 5], [1, 20, 30, 20, 2])
    joined, pairs = join_sparse(np.column_stack([column, column]), fewest=3)
    assert pairs == (((2.0, 1.0), (5.0, 4.0)),) * 2
    values, counts = np.unique(joined[:, 0], return_counts=True)
    assert (values.tolist(), counts.tolist()) == ([1.0, 3.0, 4.0], [21, 30, 22])


def test_a_category_that_one_group_did_not_choose_is_joined_in_all() -> None:
    column = np.array([1.0, 2, 3, 3, NAN, 1, 1, 3, 3, 3])
    groups = np.repeat([0, 1], 5)
    joined, pairs = join_sparse(column[:, np.newaxis], groups)
    assert pairs == (((2.0, 1.0),),)
    assert np.array_equal(joined[:, 0], [1, 1, 3, 3, NAN, 1, 1, 3, 3, 3], equal_nan=True)
    untouched, none = join_sparse(column[:, np.newaxis], fewest=1)
    assert none == ((),)
    assert np.array_equal(untouched[:, 0], column, equal_nan=True)
