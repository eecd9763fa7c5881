"""Changes between waves that share employers: more certain where these answer alike, else as before."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.panel import estimate_trends, panel_design
from inspraak.measurement.description import describe_wave
from inspraak.measurement.returning import Answers
from inspraak.measurement.scoring import score_indices
from inspraak.measurement.trends import INDEPENDENT, SHARED, compare_waves
from inspraak.study.study import Study

WAVES = ("2018", "2020")


@pytest.fixture
def study(make_study: Callable[..., Study], texts: dict[str, str]) -> Study:
    waves = "".join(f'  "{wave}": {{files: [{{path: w{wave}.csv}}]}}\n' for wave in WAVES)
    text = texts["study.yaml"].replace('  "2020": {files: [{path: answers.csv}]}\n', waves)
    index = "A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2]}\n"
    return make_study({"study.yaml": text, "indices.yaml": index})


@pytest.fixture
def surveyed(study: Study, make_answers) -> Callable[..., pd.DataFrame]:
    """A function that draws two waves, of which `returning` employers answer much alike, and gives their changes."""

    def survey(
        *, returning: int, n: int = 80, imputed: bool = False, clusters: int = 0, told: bool = True
    ) -> tuple[pd.DataFrame, dict[str, Answers]]:
        rng = np.random.default_rng(7)
        trait, size = rng.normal(3, 1, 2 * n), rng.choice([20.0, 60.0], 2 * n)
        described, answers = [], {}
        for wave, first in zip(WAVES, (0, n - returning)):
            who = np.arange(first, first + n)
            columns = {
                name: np.clip(np.rint(trait[who] + 0.3 * rng.normal(size=n)), 1, 5) for name in ("q1", "q2")
            }
            columns |= {"a_size": size[who], "a_sbi": np.where(who % 2 == 0, "G", "H")}
            drawn = make_answers(study, columns, weight=1.0 + who % 3)
            frame = drawn.responses.assign(employer=[f"e{one}" for one in who], lonely_strata="adjust")
            if clusters:
                frame["cluster"] = [f"c{one % clusters}" for one in who]
            args = (study, wave, frame, drawn.reasons)
            scores = score_indices(*args)
            several = pd.concat([scores] * 3, ignore_index=True)
            if imputed:
                several["A"] += rng.normal(0, 8, len(several)) * (np.arange(len(several)) % 5 == 0)
            described.append(describe_wave(*args, scores, several))
            answers[wave] = Answers(frame, scores, several)
        table = pd.concat(described, ignore_index=True)
        return compare_waves(study, WAVES, table, answers if told else None), answers

    return survey


def of_index(trends: pd.DataFrame) -> pd.Series:
    return trends.query("measure == 'A' and group_by == ''").iloc[0]


def test_employers_that_return_make_a_change_more_certain(surveyed) -> None:
    shared, apart = surveyed(returning=40)[0], surveyed(returning=40, told=False)[0]
    one, other = of_index(shared), of_index(apart)
    assert (one["errors"], other["errors"]) == (SHARED, INDEPENDENT)
    assert one["n_overlap"] == 40
    assert np.isnan(other["n_overlap"])
    assert one["estimate"] == other["estimate"]
    assert one["std_error"] < 0.85 * other["std_error"]
    assert one["p_value"] < other["p_value"]
    assert one["ci_high"] - one["ci_low"] < other["ci_high"] - other["ci_low"]
    assert (one["ci_high"] + one["ci_low"]) / 2 == pytest.approx(one["estimate"])
    groups = shared.query("measure == 'A' and group_by != ''")
    assert (groups.groupby("group_by")["n_overlap"].sum() == 40).all()
    assert len(groups) > 0


def test_it_is_the_design_with_employers_as_units(surveyed) -> None:
    """R: svyglm(y ~ wave) with svydesign(ids = ~employer), pinned in tests/reference/test_reference_panel.py."""
    trends, answers = surveyed(returning=40)
    frames = [answers[wave].responses for wave in WAVES]
    scores = np.concatenate([answers[wave].scores["A"] for wave in WAVES])
    whole = pd.concat(frames, ignore_index=True)
    waves = [SurveyDesign(one["weight"].to_numpy(), one["stratum"].astype(str).to_numpy()) for one in frames]
    design = panel_design(waves, [one["employer"] for one in frames], [one["stratum"] for one in frames])
    later = np.arange(len(whole)) >= len(frames[0])
    everyone = np.ones(len(whole), dtype=bool)
    found = estimate_trends(scores, everyone, later, whole["employer"].to_numpy(), design).changes.row(0, 0)
    row = of_index(trends)
    for name in ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high"):
        assert row[name] == pytest.approx(found[name], rel=1e-9), name


def test_waves_without_a_shared_employer_are_independent_samples(surveyed) -> None:
    trends, apart = surveyed(returning=0)[0], surveyed(returning=0, told=False)[0]
    assert set(trends["errors"]) == {INDEPENDENT}
    assert set(trends["n_overlap"]) == {0}
    pd.testing.assert_frame_equal(trends.drop(columns="n_overlap"), apart.drop(columns="n_overlap"))


def test_indices_are_pooled_over_the_imputations(surveyed) -> None:
    plain, imputed = (of_index(surveyed(returning=40, imputed=kind)[0]) for kind in (False, True))
    assert imputed["errors"] == SHARED
    assert imputed["n_overlap"] == 40
    assert imputed["std_error"] > plain["std_error"]
    assert imputed["df"] < plain["df"]


def test_drawn_clusters_stay_the_units(surveyed) -> None:
    """Ten clusters in both waves: no more degrees of freedom than these leave."""
    row = of_index(surveyed(returning=40, clusters=10)[0])
    assert row["n_overlap"] == 40
    assert row["df"] < 40
    assert of_index(surveyed(returning=40)[0])["df"] > 60
