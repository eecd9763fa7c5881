"""Which columns predict a missing answer."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.chained_equations import Chains
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.imputation import impute
from inspraak.estimation.imputation_work import works
from inspraak.estimation.prediction_columns import prediction_columns
from inspraak.estimation.predictor_choice import (
    choose_in_order,
    choose_predictors,
    design_covariates,
    predictor_strength,
)


def sample(seed, n=300):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 2))
    values = np.column_stack([z[:, 0], z[:, 0], z[:, 1], z[:, 1]]) + rng.normal(size=(n, 4))
    values[rng.random(values.shape) < 0.15] = np.nan
    values[:, 3] = np.nan_to_num(values[:, 3])
    return values


def written_out(values, low):
    """Pair by pair: correlation with the answers, or with whether there is one."""
    p = values.shape[1]
    chosen = np.zeros((p, p), dtype=bool)
    for target in range(p):
        for other in range(p):
            both = ~np.isnan(values[:, [target, other]]).any(axis=1)
            seen = ~np.isnan(values[:, other])
            answers = np.corrcoef(values[both, target], values[both, other])[0, 1]
            if target != other and np.isnan(values[:, target]).any():
                response = np.corrcoef(np.isnan(values[seen, target]), values[seen, other])[0, 1]
                chosen[target, other] = max(abs(answers), abs(response)) >= low
    return chosen


@pytest.mark.parametrize("low", [0.02, 0.1, 0.3])
def test_choice_by_correlation(low):
    values = sample(1)
    assert_array_equal(choose_predictors(values, minimum_correlation=low), written_out(values, low))


def test_whether_an_item_was_answered_counts_too():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(500, 2))
    values[values[:, 1] > 0.5, 0] = np.nan
    assert choose_predictors(values, minimum_correlation=0.5)[0, 1]


def test_the_strongest_are_kept():
    values = sample(3)
    chosen = choose_predictors(values, minimum_correlation=0.0, most=1)
    assert_array_equal(chosen[:3], [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    assert not chosen[3].any()  # item 3 has no gaps


def test_an_item_that_is_missing_together_is_of_no_use():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(200, 1)) + 0.1 * rng.normal(size=(200, 3))
    values[:50, :2] = np.nan
    chosen = choose_predictors(values, minimum_usable=0.5)
    assert_array_equal(chosen, [[0, 0, 1], [0, 0, 1], [0, 0, 0]])


def test_categories_of_an_unordered_item_count_by_themselves():
    """The middle one of three names goes with the answer: the codes do not correlate with it, the name does."""
    rng = np.random.default_rng(5)
    names = rng.integers(0, 3, 400).astype(float)
    values = np.column_stack([(names == 1) + 0.3 * rng.normal(size=400), names])
    values[:40, 0] = np.nan
    assert not choose_predictors(values, minimum_correlation=0.5)[0, 1]
    assert choose_predictors(values, minimum_correlation=0.5, unordered=[False, True])[0, 1]


def test_strength_of_columns_that_are_no_items():
    values = sample(13)
    other = np.random.default_rng(13).normal(size=300)
    strength = predictor_strength(values, others=np.column_stack([values[:, 0], other]))
    assert strength.shape == (4, 6)
    # the first of them is a copy of item 0
    assert_allclose(strength[:, 4], strength[:, 0])
    assert (strength[:, 5] < 0.25).all()
    known = ~np.isnan(values[:, 1])
    pair = abs(np.corrcoef(values[known, 1], other[known])[0, 1])
    response = abs(np.corrcoef(known, other)[0, 1])
    assert strength[1, 5] == pytest.approx(max(pair, response))


def test_predictors_are_chosen_by_turns_until_the_budget_is_spent():
    strength = [[0.9, 0.5, 0.6, 0.1, 0.8]]
    turn = [[1, 0, 0, 2, -1]]
    taken = [choose_in_order(strength, turn, [budget])[0].tolist() for budget in range(5)]
    assert taken == [
        [False] * 5,
        [False, False, True, False, False],
        [False, True, True, False, False],
        [True, True, True, False, False],
        [True, True, True, True, False],
    ]
    # the third takes two columns, which leave nothing for the second but for the next of one
    wide = choose_in_order(strength, [[1, 1, 0, 2, -1]], [3], widths=[2, 1, 2, 1, 1])
    assert wide[0].tolist() == [False, True, True, False, False]
    with pytest.raises(ValueError, match="do not fit"):
        choose_in_order(strength, turn, [1, 2])


def test_covariates_of_a_design():
    strata = np.array(["b", "a", "b", "c", "c", "a"])
    design = SurveyDesign(np.array([1.0, 2, 1, 4, 1, 1]), strata)
    log2, log4 = np.log([2, 4])
    expected = [[1, 0, 0], [0, 0, log2], [1, 0, 0], [0, 1, log4], [0, 1, 0], [0, 0, 0]]
    assert_allclose(design_covariates(design), expected)
    with pytest.raises(ValueError, match="zeros"):
        design_covariates(SurveyDesign(np.array([1.0, 0]), np.array([0, 0])))


def layout(values, *, structural=None, covariates=None, unordered=None, products=(), allowed=None):
    n, p = values.shape
    known = np.zeros((n, 0)) if covariates is None else covariates
    return prediction_columns(
        values,
        np.zeros((n, p), dtype=bool) if structural is None else structural,
        known,
        np.zeros(p, dtype=bool) if unordered is None else unordered,
        products,
        np.ones((p, p + known.shape[1] + len(products)), dtype=bool) if allowed is None else allowed,
    )


def test_covariates_that_others_determine_are_left_out():
    """Weights that are the same within strata add nothing to the strata."""
    values, strata = sample(6), np.arange(300) % 5
    indicators = (strata[:, np.newaxis] == np.arange(1, 5)).astype(float)
    made = layout(values, covariates=np.column_stack([indicators, np.log(1.0 + strata)]))
    assert made.start.shape[1] == 1 + 4 + 4


def test_structural_gaps_are_neutral_and_marked_once():
    values = sample(7)
    structural = np.zeros(values.shape, dtype=bool)
    structural[:100, [0, 1]] = True
    values[structural] = np.nan
    made = layout(values, structural=structural)
    assert made.start.shape[1] == 1 + 1 + 4
    assert_array_equal(made.start[:, 1], structural[:, 0])
    assert (made.items[0].coded[:100] == 0).all()
    assert 1 not in made.items[0].predictors  # among those asked it does not vary
    assert 1 in made.items[2].predictors
    assert made.items[0].missing.min() >= 100


def test_an_item_is_not_predicted_by_its_own_products():
    factors = np.array([[1.0, 0, 0, 0], [0, 0.5, 0.5, 0]])
    made = layout(sample(8), products=[factors])
    product = made.products[0].column
    assert [product in item.predictors for item in made.items] == [False, False, False, True]


def test_covariates_products_and_patterns_of_gaps_predict_where_they_may():
    """Of items, covariates and products, each item gets its own; a pattern of gaps goes with its items."""
    values, covariates = sample(11), np.random.default_rng(11).normal(size=(300, 2))
    structural = np.zeros(values.shape, dtype=bool)
    structural[:60, 1] = structural[60:130, 2] = True
    values[structural] = np.nan
    product = np.eye(6)[[0, 1]]
    allowed = np.zeros((4, 4 + 2 + 1), dtype=bool)
    allowed[0, [1, 4]] = allowed[2, 5] = allowed[3, [2, 6]] = True
    made = layout(values, structural=structural, covariates=covariates, products=[product], allowed=allowed)
    # constant, 2 covariates, 2 patterns, 4 items, 1 product
    assert [list(item.predictors) for item in made.items] == [[0, 1, 3, 6], [0], [0, 2], [0, 4, 7, 9]]


def test_covariates_and_products_predict_every_item_unless_chosen():
    values, covariates = sample(12), np.random.default_rng(12).normal(size=(300, 1))
    options = {"imputations": 2, "cycles": 2, "covariates": covariates, "products": [np.eye(5)[[3, 4]]]}
    items = np.tri(4, dtype=bool)
    whole = np.hstack([items, np.ones((4, 2), dtype=bool)])
    first, second = (
        impute(values, np.random.default_rng(1), predictors=p, **options) for p in (items, whole)
    )
    assert_array_equal(first.imputed, second.imputed)
    none = impute(values, np.random.default_rng(1), predictors=whole & (np.arange(6) < 4), **options)
    assert (none.imputed != first.imputed).any()


def test_products_and_sums_of_squares_are_kept_up_to_date():
    values, covariates = sample(9), np.random.default_rng(9).normal(size=(300, 1))
    factors = np.array([[0.5, 0.5, 0, 0, 0], [0, 0, 1.0, 0, 0], [0, 0, 0, 0, 1.0]])
    made = layout(values, covariates=covariates, products=[factors])
    chains = Chains(made, works(made), np.random.default_rng(1).spawn(2), donors=5, ridge=1e-5)
    for _ in range(3):
        chains.cycle()
    columns = chains.columns
    fill = [chains.donor.get(item) for item in range(4)]
    for imputation in range(2):
        completed = values.copy()
        for item, donor in enumerate(fill):
            if donor is not None:
                completed[made.items[item].missing, item] = values[donor[imputation], item]
        centred = completed - np.nanmean(values, axis=0)
        parts = np.column_stack([centred[:, :2].mean(axis=1), centred[:, 2], covariates - covariates.mean()])
        assert_allclose(columns[imputation, :, -1], parts.prod(axis=1), rtol=1e-9, atol=1e-12)
    assert_allclose(chains.gram, columns.transpose(0, 2, 1) @ columns, rtol=1e-9, atol=1e-9)


def test_only_the_chosen_items_predict():
    """With no predictors allowed an item is imputed from its margin: no correlation is left."""
    rng = np.random.default_rng(10)
    x = rng.normal(size=4000)
    values = np.column_stack([x, x + 0.1 * rng.normal(size=4000)])
    values[:2000, 0] = np.nan
    with_it = impute(values, rng, imputations=2).completed(0)[:2000]
    without = impute(values, rng, imputations=2, predictors=np.zeros((2, 2), dtype=bool)).completed(0)[:2000]
    assert np.corrcoef(with_it.T)[0, 1] > 0.95
    assert abs(np.corrcoef(without.T)[0, 1]) < 0.1
