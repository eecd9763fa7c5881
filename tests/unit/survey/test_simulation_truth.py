"""A truth that contradicts its study is refused with the place and a near match."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from inspraak.errors import UserError
from inspraak.study.scales import Scale
from inspraak.study.study import load_study
from inspraak.survey.simulation.answering import cut, divide, on_scale
from inspraak.survey.simulation.equations import Allocation
from inspraak.survey.simulation.population import Strata, allocate, choose
from inspraak.survey.simulation.simulate import load_truth, simulate
from inspraak.survey.simulation.truth import Sample

from .complete_survey import FOLDERS


def _refusal(folder: Path, file: str, old: str, new: str) -> str:
    """Give the message for the small study with one thing changed."""
    copy = folder / "small"
    shutil.copytree(FOLDERS["small"], copy)
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    study = load_study(copy)
    with pytest.raises(UserError) as refused:
        simulate(study, load_truth(study), seed=1)
    return str(refused.value)


WRONG = {
    "unknown latent": (
        "terms: [{of: honesty, slope: 0.75}]",
        "terms: [{of: honnesty, slope: 0.75}]",
        "'honesty'",
    ),
    "drawn later": (
        "  strategy:\n    terms: [",
        "  strategy:\n    terms: [{of: honesty, slope: 0.1}, ",
        "earlier",
    ),
    "unknown key": ("{of: strategy, slope: 0.75}", "{of: strategy, slop: 0.75}", "Did you mean 'slope'"),
    "shares": ("m_mark: {shares: agree}", "m_mark: {shares: {1: 0.5, 2: 0.4}}", "add up to 0.9"),
    "unknown marginal": ("m_mark: {shares: agree}", "m_mark: {shares: agreed}", "Did you mean 'agree'"),
    "unknown code": ("k_tijd: {shares: {0: 0.45, 1: 0.55}}", "k_tijd: {shares: {0: 0.45, 2: 0.55}}", "'2'"),
    "order of codes": (
        "k_tijd: {shares: {0: 0.45, 1: 0.55}}",
        "k_tijd: {shares: {1: 0.55, 0: 0.45}}",
        "lowest",
    ),
    "missing item": ("  k_tijd: {shares: {0: 0.45, 1: 0.55}}\n", "", "no item 'k_tijd'"),
    "unknown item": ("  k_tijd: {shares", "  k_tijt: {shares", "Did you mean 'k_tijd'"),
    "wrong kind": ("m_mark: {shares: agree}", "m_mark: {texts: {a: 1}}", "another way to answer"),
    "category": (
        "{sector2: {services: 0.30}}\n    trend",
        "{sector2: {service: 0.30}}\n    trend",
        "'services'",
    ),
    "stratum variable": ("shifts: {sector2:", "shifts: {sector:", "Did you mean 'sector2'"),
    "wave": ('trend: {"2024": 0.20}', 'trend: {"2025": 0.20}', "Did you mean '2024'"),
    "form of an item": (
        "[able, willing, allowed], form: min",
        "[able, willing, a_nwerk], form: min",
        "latents only",
    ),
    "too much explained": ("{of: strategy, slope: 0.75}", "{of: strategy, slope: 1.2}", "of the variance"),
    "no category drawn": ("texts: {C: 0.14, F: 0.09, G: 0.30", "texts: {G: 0.53", "sector2 'industry'"),
    "frame with terms": (
        "  a_sbi:\n",
        "  a_sbi:\n    terms: [{of: a_nwerk, slope: 0.1}]\n",
        "rests on it",
    ),
    "scale of gaps": ("scales: {VERG5: 0.03}", "scales: {VERG6: 0.03}", "Did you mean 'VERG5'"),
    "employers": ('employers: {"2020": 200, "2024": 200}', 'employers: {"2020": 200}', "no employers"),
    "stops": ("stops: [0.7, 0.95]", "stops: [0.5, 0.95]", "0.5 to 0.95"),
    "beta": ("typical: 4.5, spread: 2.5", "typical: 4.5, spread: 25", "smaller spread"),
    "identifier": ("resp_id: {fill: employer}", "resp_id: {fill: wave}", "fill: employer"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_truth_is_refused(case: str, tmp_path: Path) -> None:
    old, new, expected = WRONG[case]
    message = _refusal(tmp_path, "truth.yaml", old, new)
    assert expected in message
    assert message.startswith("truth.yaml: ")


IMPOSSIBLE = {
    "no attention check": ("  attention: {m_aand: 2}\n", "", "an attention check"),
    "no rule for break-offs": ("  break_off: 0.5\n", "", "cleaning.break_off"),
    "no rule for duplicates": ("  duplicates: most_complete\n", "", "cleaning.duplicates"),
    "no scope": ("scope: {a_nwerk: {at_least: 10}}", "", "at_least under scope"),
    "no total rows": ('  not_employers: {resp_id: ["TOTAAL*"]}\n', "", "cleaning.not_employers"),
    "no batteries": (
        "  straight_lining:\n    batteries: {able: [f_kan1, f_kan2, f_wil1, f_wil2, f_mag1, f_mag2]}\n"
        "    minimum_items: 6\n",
        "",
        "enough batteries",
    ),
    "format": ("path: small2020.sav", "path: small2020.xls", "a format that can be written"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_mess_that_cannot_be_found_is_refused(case: str, tmp_path: Path) -> None:
    old, new, expected = IMPOSSIBLE[case]
    assert expected in _refusal(tmp_path, "study.yaml", old, new)


def test_strata_that_share_an_item_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    shutil.copytree(FOLDERS["small"], folder)
    for file in ("population.csv", "invited_2020.csv"):
        text = (folder / file).read_text(encoding="utf-8")
        text = text.replace("sector2,", "sector2,branch,").replace("industry,", "industry,making,")
        (folder / file).write_text(text.replace("services,", "services,serving,"), encoding="utf-8")
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    branch = "  branch: {from: a_sbi, prefixes: {C: making, F: making, G: serving, M: serving, Q: serving}}\n"
    text = text.replace("strata: [sector2, size2]", "strata: [sector2, branch, size2]")
    (folder / "study.yaml").write_text(
        text.replace("variables:\n", "variables:\n" + branch), encoding="utf-8"
    )
    with pytest.raises(UserError, match="an item of their own"):
        load_truth(load_study(folder))


def test_allocation_is_whole_adds_up_and_keeps_to_its_limits() -> None:
    strata = Strata(("size",), (("a",), ("b",), ("c",)), np.array([10_000.0, 2_500.0, 100.0]))
    sample = Sample(employers={}, power=0.5, minimum=0)
    assert allocate(sample, strata, 160, asked=None).tolist() == [100, 50, 10]
    proportional = sample.model_copy(update={"power": 1.0})
    assert allocate(proportional, strata, 126, asked=None).tolist() == [100, 25, 1]
    doubled = sample.model_copy(update={"oversampling": {"size": {"c": 11.0}}})
    assert allocate(doubled, strata, 26, asked=None).tolist() == [10, 5, 11]
    least = sample.model_copy(update={"minimum": 7})
    assert allocate(least, strata, 21, asked=None).tolist() == [7, 7, 7]
    asked = np.array([300, 20, 4])
    parts = allocate(sample, strata, 320, asked=asked)
    assert parts.sum() == 320
    assert (parts <= asked).all()
    for size in (325, 400):
        with pytest.raises(UserError, match="strata"):
            allocate(sample, strata, size, asked=asked)


def test_choosing_keeps_to_the_odds() -> None:
    generator = np.random.default_rng(5)
    odds = np.repeat([0.0, np.log(3)], 5_000)
    chosen = choose(np.arange(10_000), odds, 500, generator)
    assert len(np.unique(chosen)) == 500
    assert np.mean(chosen >= 5_000) == pytest.approx(0.75, abs=0.06)


def test_places_on_another_scale_come_back_as_its_converted_values() -> None:
    codes = {code: {"nl": str(code), "en": str(code)} for code in range(1, 8)}
    scale = Scale.model_validate(
        {"codes": codes, "convert": {"to": "A", "table": {1: 1, 2: 2, 3: 2, 4: 3, 5: 4, 6: 4, 7: 5}}}
    )
    liability = np.random.default_rng(6).standard_normal(20_000)
    places = cut({1: 0.1, 2: 0.2, 3: 0.4, 4: 0.2, 5: 0.1}, liability).places(liability)
    asked, converted = on_scale(places, scale)
    assert scale.convert is not None
    assert scale.convert.table is not None
    assert converted.tolist() == [scale.convert.table[code] for code in asked]
    assert set(asked) == set(range(1, 8))
    assert np.corrcoef(asked, liability)[0, 1] > 0.93
    shifted = Scale.model_validate(
        {"codes": {-1: codes[1], 0: codes[2], 1: codes[3]}, "convert": {"to": "A", "add": 2}}
    )
    asked, converted = on_scale(np.array([1.0, 1.4, 2.6, 3.0]), shifted)
    assert asked.tolist() == [-1, -1, 1, 1]
    assert converted.tolist() == [1, 1, 3, 3]


def test_parts_are_divided_by_largest_remainder() -> None:
    allocation = Allocation(items=("a", "b", "c"), total=100, step=5)
    parts = {"a": np.array([1.0, 5.0]), "b": np.array([1.0, 0.01]), "c": np.array([1.0, 0.01])}
    points = divide(allocation, parts)
    assert np.column_stack([points[name] for name in "abc"]).tolist() == [[35, 35, 30], [100, 0, 0]]


def test_cut_points_give_the_declared_shares() -> None:
    liability = np.random.default_rng(7).standard_normal(50_000)
    cuts = cut({0: 0.2, 1: 0.5, 3: 0.3}, liability)
    answers = cuts.answers(liability)
    assert [np.mean(answers == code) for code in (0, 1, 3)] == pytest.approx([0.2, 0.5, 0.3], abs=1e-4)
    assert (np.diff(answers[np.argsort(liability)]) >= 0).all()
    one = cut({4: 1.0}, liability)
    assert set(one.answers(liability)) == set(one.places(liability)) == {4}
