"""The imputation model: columns of claims as functions of items, and what predicts what."""

import numpy as np
import pytest

from inspraak.measurement.scoring import score_indices
from inspraak.survey.imputable import candidates, claimed_columns, needed_items
from inspraak.survey.imputation_model import ImputationModel, imputation_model
from inspraak.survey.model_columns import ModelColumns, known_columns

N = 400
INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
B: {label: {nl: B, en: B}, theme: work, type: formative, items: [share, absence]}
C: {label: {nl: C, en: C}, theme: work, type: formative, items: [A, B], rule: min}
"""
WORDING = "wording: {nl: A, en: A}}"


def claim(name: str, keys: str) -> str:
    return f"{name}: {{family: exploratory, {keys}, {WORDING}\n"


@pytest.fixture
def modelled(make_study, make_answers):
    """A function that makes the model of a wave in which some answers are missing."""

    def make(*claims: str, gaps=("q1", "q2", "q3", "share", "absence", "gate", "kind", "n_ideas")):
        rng = np.random.default_rng(2)
        z = rng.normal(size=N)
        columns = {name: np.clip(np.rint(3 + z + rng.normal(size=N)), 1, 5) for name in ("q1", "q2", "q3")}
        columns |= {
            "share": np.clip(np.rint(1 + z), 0, 2),
            "absence": np.clip(np.rint(50 + 10 * rng.normal(size=N)), 0, 100),
            "gate": (z > 0).astype(float),
            "kind": rng.integers(1, 4, N).astype(float),
            "n_ideas": np.rint(np.exp(2 * rng.normal(size=N))),
            "a_size": np.rint(10 * np.exp(rng.gamma(2, 0.5, N))),
        }
        for name in gaps:
            columns[name][rng.random(N) < 0.1] = np.nan
        sector = np.array(["G", "H"], dtype=object)[rng.integers(0, 2, N)]
        study = make_study({"indices.yaml": INDICES, "hypotheses.yaml": "".join(claims)})
        _, responses, reasons = make_answers(study, {**columns, "a_sbi": sector}, weight=rng.uniform(1, 3, N))
        items = [one for one in candidates(study, "2020", responses, reasons) if one.modelled_by]
        names = dict.fromkeys([*study.groups, *claimed_columns(study, "2020")])
        known = known_columns(study, responses, names, frozenset(item.name for item in items))
        columns_ = ModelColumns(study, responses, items, known)
        return columns_, imputation_model(study, "2020", columns_), reasons

    return make


REGRESSION = claim("H1", 'kind: regression, x: A, y: n_ideas, sign: "+", controls: [sector, kind]')


def predictors(columns: ModelColumns, model: ImputationModel, item: str) -> set[str]:
    """The items that predict one item."""
    chosen = model.predictors[columns.place[item], : columns.p]
    return {name for name, place in columns.place.items() if chosen[place]}


def test_columns_are_what_they_are_of_complete_answers(modelled) -> None:
    columns, _, reasons = modelled(REGRESSION, gaps=("q1",))
    scores = score_indices(columns.study, "2020", columns.responses, reasons)
    whole = columns.responses["q1"].notna().to_numpy()
    for name in ("A", "B"):
        linear = columns.centred[whole] @ columns.linear(name)
        score = scores[name].to_numpy()[whole]
        np.testing.assert_allclose(linear - linear.mean(), score - score.mean(), atol=1e-9)
    size = columns.centred @ columns.linear("log_size")
    assert np.corrcoef(size, columns.responses["log_size"])[0, 1] > 0.9
    assert columns.linear("kind") is None
    assert columns.linear("resp_id") is None


def test_skewed_numbers_are_modelled_by_their_logarithm_and_come_back(modelled) -> None:
    columns, _, _ = modelled(REGRESSION)
    assert {item.name for item in columns.items if item.logarithm} == {"a_size", "n_ideas"}
    for item in columns.items:
        known = ~np.isnan(item.values)
        np.testing.assert_array_equal(item.answers(item.values[known]), item.given[known])
        # the order of the answers is that of the model
        order = np.argsort(item.given[known], kind="stable")
        assert item.unordered or (np.diff(item.values[known][order]) >= 0).all()


def test_needed_are_items_of_indices_claims_controls_and_groups(modelled) -> None:
    columns, _, _ = modelled(REGRESSION)
    needed = needed_items(columns.study, "2020")
    assert needed == {"q1", "q2", "q3", "share", "absence", "n_ideas", "kind", "a_sbi", "a_size"}
    shown = claim("H1", "kind: shares_ranking, items: [gate, q1]")
    columns, _, _ = modelled(shown)
    assert "gate" not in needed_items(columns.study, "2020")


def test_an_item_is_predicted_by_design_claim_and_index(modelled) -> None:
    columns, model, _ = modelled(REGRESSION)
    q1 = columns.place["q1"]
    assert predictors(columns, model, "q1") >= {"q2", "q3", "n_ideas", "kind"}
    assert "q1" not in predictors(columns, model, "q1")
    design = [columns.p + place for place in columns.known.of_design]
    assert len(design) == 2  # two strata and the weight
    assert model.predictors[:, design].all()
    # the index of the claim predicts the outcome, and not its own items
    index = columns.p + columns.known.columns.shape[1]
    assert len(model.products) == 1
    assert model.predictors[columns.place["n_ideas"], index]
    assert not model.predictors[q1, index]


def test_products_of_claims_predict_outcome_and_the_other_factor(modelled) -> None:
    moderation = claim("H2", 'kind: moderation, x: A, moderator: share, y: absence, sign: "+"')
    columns, model, _ = modelled(moderation)
    offset = columns.p + columns.known.columns.shape[1]
    products = {
        place: {
            columns.items[item].name for item in np.flatnonzero(np.abs(factors[:, : columns.p]).sum(axis=0))
        }
        for place, factors in enumerate(model.products)
        if len(factors) == 2
    }
    used = {
        frozenset(items): {
            item.name for item, row in zip(columns.items, model.predictors) if row[offset + place]
        }
        for place, items in products.items()
    }
    index = {"q1", "q2", "q3"}
    assert used == {
        frozenset(index | {"share"}): {"absence"},
        frozenset(index | {"absence"}): {"share"},
        frozenset({"share", "absence"}): index,
    }
    values = columns.centred @ np.concatenate(model.products).T
    np.testing.assert_allclose(values.std(axis=0), 1)


def test_squares_are_those_of_a_response_surface(modelled) -> None:
    surface = claim("H3", "kind: response_surface, expectation: q1, fulfilment: q2, y: share")
    contest = claim("H4", "kind: form_contest, conditions: [q1, q2, q3], y: share")
    for text, squares, threes in ((surface, 2, 0), (contest, 0, 1)):
        _, model, _ = modelled(text)
        assert sum(len(factors) == 2 and np.array_equal(*factors) for factors in model.products) == squares
        assert sum(len(factors) == 3 for factors in model.products) == threes


def test_the_budget_is_kept_and_what_did_not_fit_is_told(modelled, monkeypatch) -> None:
    columns, model, _ = modelled(REGRESSION)
    assert not model.crowded.any()
    monkeypatch.setattr("inspraak.survey.imputation_model.MOST_PREDICTORS", 3)
    columns, model, _ = modelled(REGRESSION)
    assert (model.columns <= 3).all()
    assert model.crowded[columns.place["q1"]]
    # the design has the first turn
    assert model.predictors[:, [columns.p + place for place in columns.known.of_design]].all()
