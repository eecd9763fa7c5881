"""Measurement models: what is filled in, and which items of a factor a wave has."""

import pytest

BOTH = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2]}
B: {label: {nl: B, en: B}, theme: work, type: reflective, items: [q2, q3]}
C: {label: {nl: C, en: C}, theme: work, type: reflective, items: [q3, routed], waves: ["2020"]}
D: {label: {nl: D, en: D}, theme: work, type: formative, items: [share, gate]}
"""
DECLARED = """
models:
  mixed:
    label: {nl: Gemengd, en: Mixed}
    factors: {parts: [share, gate], counts: [n_ideas, absence]}
    labels: {parts: {nl: Delen, en: Parts}}
    missing: listwise
    compare: [size2]
  named: {label: {nl: Schalen, en: Scales}, factors: [A, C]}
"""
WAVES = """
waves:
  "2020": {files: [{path: answers.csv}]}
  "2022": {files: [{path: later.csv}], not_asked: [q2]}
"""


@pytest.fixture
def two_waves(texts: dict[str, str]) -> str:
    return texts["study.yaml"].replace('waves:\n  "2020": {files: [{path: answers.csv}]}\n', WAVES)


def test_without_a_declaration_every_scale_that_shares_no_item_is_in_one_model(make_study) -> None:
    (model,) = make_study({"indices.yaml": BOTH}).models.values()
    assert (model.name, dict(model.factors)) == ("scales", {"A": ("q1", "q2"), "C": ("q3", "routed")})
    assert (model.structure, model.rivals, model.estimator) == ("correlated", (), "WLSMV")
    assert (model.missing, model.weights, model.markers) == ("pairwise", "none", ())


def test_no_models_are_no_models(make_study) -> None:
    assert make_study({"indices.yaml": BOTH + "models: {}\n"}).models == {}
    only = "D: {label: {nl: D, en: D}, theme: work, type: formative, items: [share, gate]}\n"
    assert make_study({"indices.yaml": only}).models == {}


def test_what_is_left_open_follows_from_the_items_and_the_study(make_study, two_waves) -> None:
    study = make_study({"indices.yaml": BOTH + DECLARED, "study.yaml": two_waves})
    mixed, named = study.models["mixed"], study.models["named"]
    assert (mixed.estimator, mixed.missing, mixed.compare) == ("MLR", "listwise", ("size2",))
    assert (named.estimator, named.missing) == ("WLSMV", "pairwise")
    assert named.compare == ("wave", "sector", "size2")
    assert named.waves == ("2020", "2022")
    assert mixed.items == ("share", "gate", "n_ideas", "absence")


def test_items_not_asked_and_indices_not_measured_are_not_in_the_factors_of_a_wave(
    make_study, two_waves
) -> None:
    study = make_study({"indices.yaml": BOTH + DECLARED, "study.yaml": two_waves})
    named = study.models["named"]
    assert study.factors_of(named, "2020") == {"A": ("q1", "q2"), "C": ("q3", "routed")}
    assert study.factors_of(named, "2022") == {"A": ("q1",)}


def test_factors_and_models_have_names_for_people(make_study) -> None:
    study = make_study({"indices.yaml": BOTH + DECLARED})
    assert study.label("parts", "en") == "Parts"
    assert study.label("mixed", "nl") == "Gemengd"
    assert study.label("A", "nl") == "A"
    assert study.label("counts", "en") == "counts"


def test_items_with_more_than_seven_answers_are_continuous(make_study, texts) -> None:
    codes = ", ".join(f"{code}: {{nl: a{code}, en: a{code}}}" for code in range(1, 9))
    scales = texts["scales.yaml"] + f"ACHT: {{codes: {{{codes}}}}}\n"
    indices = "E: {label: {nl: E, en: E}, theme: work, type: reflective, items: [q1, long]}\n"
    study = make_study(
        {"indices.yaml": indices, "scales.yaml": scales}, codebook=["long,work,ACHT,,,own,Lang,Long"]
    )
    assert study.models["scales"].estimator == "MLR"
