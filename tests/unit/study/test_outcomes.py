"""Which model fits what an outcome can hold, and what `inspraak check` says where it does not."""

import pytest

from inspraak.errors import UserError
from inspraak.study.outcomes import bounds_of, fits, two_values_of

INDICES = (
    "A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2]}\n"
    "B: {label: {nl: B, en: B}, theme: work, type: formative, items: [q1, q2], rule: all_above_median}\n"
)
MORE = """
  tech: {from: kind, equals: [3]}
  recoded: {from: kind, codes: {1: -1, 2: 0, 3: 4}}
  n_high: {count: {of: [q1, q2], equals: [4, 5]}}
"""
EVERY = ("linear", "logit", "fractional_logit", "ordered_logit", "poisson", "negative_binomial")
MODELS = {
    "q1": "linear fractional_logit ordered_logit poisson negative_binomial",
    "share": "linear fractional_logit ordered_logit poisson negative_binomial",
    "gate": "linear logit fractional_logit ordered_logit",
    "absence": "linear fractional_logit",
    "n_ideas": "linear fractional_logit poisson negative_binomial",
    "A": "linear fractional_logit ordered_logit",
    "B": "linear logit fractional_logit ordered_logit",
    "log_size": "linear",
    "log_ideas": "linear fractional_logit",
    "tech": "linear logit fractional_logit ordered_logit",
    "recoded": "linear fractional_logit ordered_logit",
    "n_high": "linear ordered_logit poisson negative_binomial",
}


@pytest.fixture
def files(texts) -> dict[str, str]:
    """The small study with more variables and an index of yes or no."""
    survey = texts["study.yaml"].replace("groups:", MORE.lstrip("\n") + "groups:")
    return {"study.yaml": survey, "indices.yaml": INDICES}


def claim(outcome: str, model: str, x: str = "q2") -> str:
    """A regression of one outcome."""
    return (
        f'H1: {{kind: regression, family: none, sign: "+", x: {x}, y: {outcome}, model: {model}, '
        "wording: {nl: a, en: a}}\n"
    )


@pytest.mark.parametrize("outcome", MODELS)
def test_models_of_an_outcome(make_study, files, outcome) -> None:
    study = make_study(files)
    assert " ".join(model for model in EVERY if fits(study, outcome, model)) == MODELS[outcome]
    assert fits(study, outcome, "multinomial")


def test_bounds_and_pairs_of_values(make_study, files) -> None:
    study = make_study(files)
    bounds = {name: bounds_of(study, name) for name in MODELS}
    assert bounds["q1"] == (1, 5)
    assert bounds["A"] == (0, 100)
    assert bounds["log_ideas"] == (0, 5)
    assert bounds["recoded"] == (-1, 4)
    assert bounds["log_size"] is None
    pairs = {name: two_values_of(study, name) for name in MODELS}
    assert {name: pair for name, pair in pairs.items() if pair} == {
        "gate": (0, 1), "B": (0, 100), "tech": (0, 1),
    }  # fmt: skip


def refusal(make_study, files, outcome: str, model: str, x: str = "q2") -> str:
    """What is said of a claim, without its line."""
    with pytest.raises(UserError) as caught:
        make_study({**files, "hypotheses.yaml": claim(outcome, model, x)})
    return str(caught.value).split(", ", 1)[1].rstrip(".")


def test_a_claim_on_an_outcome_of_another_model_is_refused(make_study, files) -> None:
    found = {model: refusal(make_study, files, "log_size", model) for model in EVERY[1:]}
    assert found == {
        "logit": "H1.y: found 'log_size', with model: logit; expected an outcome of two values "
        "(two codes, or 0 and 1)",
        "fractional_logit": "H1.y: found 'log_size', with model: fractional_logit; expected an outcome with a "
        "lowest and highest value (an index, ordered codes, bounds or a range)",
        "ordered_logit": "H1.y: found 'log_size', with model: ordered_logit; expected an outcome of ordered "
        "codes, or an index",
        "poisson": "H1.y: found 'log_size', with model: poisson; expected a count (numbers or codes from 0 up, "
        "no percentages)",
        "negative_binomial": "H1.y: found 'log_size', with model: negative_binomial; expected a count (whole "
        "numbers or codes from 0 up, no percentages)",
    }


def test_yes_counts_more_than_no(make_study, files, texts) -> None:
    scales = texts["scales.yaml"].replace("missing: {-8: dont_know}}", "positive: [0]}", 1)
    assert refusal(make_study, {**files, "scales.yaml": scales}, "gate", "logit") == (
        "H1.y: found 'gate', whose positive answer counts less; expected `values` in scale JN by which the "
        "positive answer counts more"
    )
    turned = scales.replace("positive: [0]}", "positive: [0], values: {0: 1, 1: 0}}", 1)
    make_study({**files, "scales.yaml": turned, "hypotheses.yaml": claim("gate", "logit")})


@pytest.mark.parametrize("model", ["linear", "ordered_logit"])
def test_codes_without_an_order_are_not_computed_with(make_study, files, model) -> None:
    said = "found 'kind', which holds codes without an order; expected a column of numbers or codes"
    assert refusal(make_study, files, "kind", model) == f"H1.y: {said}"
    assert refusal(make_study, files, "q1", model, x="kind") == f"H1.x: {said}"
    make_study({**files, "hypotheses.yaml": claim("kind", "multinomial, category: '2'")})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (claim("kind", "multinomial"), "`category` with model: multinomial, and only there"),
        (claim("q1", "linear, category: '2'"), "`category` with model: multinomial, and only there"),
        (
            claim("kind", "multinomial, category: '9'"),
            "H1.category: found '9'; expected a code of kind: 1, 2, 3",
        ),
        (claim("n_ideas", "multinomial, category: '9'"), "H1.y: found 'n_ideas', which holds a number"),
        (
            claim("[q1]", "multinomial").replace("regression", "joint").replace("[q1]", "[q1, q3, gate]"),
            "exactly two outcomes with model: multinomial",
        ),
        (
            claim("[q1, kind]", "multinomial").replace("regression", "joint"),
            "H1.y: found 'kind', which holds codes without an order",
        ),
    ],
)
def test_what_a_multinomial_claim_must_say(make_study, files, given, said) -> None:
    with pytest.raises(UserError) as caught:
        make_study({**files, "hypotheses.yaml": given})
    assert said in str(caught.value)
