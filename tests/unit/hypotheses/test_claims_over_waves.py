"""Claims that compare waves: trends, and what moves together in the same employers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from inspraak.hypotheses import result, testing_over_waves
from inspraak.hypotheses import testing as claims
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.over_waves import WavesData
from inspraak.hypotheses.verdicts import judge_claims
from inspraak.measurement.description import describe_wave
from inspraak.measurement.returning import Answers
from inspraak.measurement.scoring import score_indices
from inspraak.measurement.trends import compare_waves

WAVES = ("2016", "2018", "2020")
INDICES = (
    "A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2]}\n"
    "R: {label: {nl: R, en: R}, theme: work, type: formative, rule: all_above_median, items: [q1, q2]}\n"
)
CLAIM = 'H1: {{family: exploratory, wording: {{nl: a, en: a}}, sign: "+", {keys}}}\n'
NOTHING = pd.DataFrame({"index": [], "grouping": [], "comparable": []}, dtype=object)


@pytest.fixture
def surveyed(make_study, make_answers, texts) -> Callable[..., WavesData]:
    """A function that draws three waves of n employers, of which `returning` come back from wave to wave."""

    def survey(
        keys: str,
        *,
        returning: int = 60,
        n: int = 100,
        rise: float = 0.4,
        more: Mapping[str, Any] | None = None,
    ) -> WavesData:
        files = "".join(f'  "{wave}": {{files: [{{path: w{wave}.csv}}]}}\n' for wave in WAVES)
        text = texts["study.yaml"].replace('  "2020": {files: [{path: answers.csv}]}\n', files)
        given = {"study.yaml": text, "indices.yaml": INDICES, "hypotheses.yaml": CLAIM.format(keys=keys)}
        study = make_study({**given, **(more or {})})
        rng = np.random.default_rng(5)
        trait, size = rng.normal(3, 0.8, 3 * n), rng.choice([20.0, 60.0], 3 * n)
        data = {}
        for place, wave in enumerate(WAVES):
            who = np.arange(n) + place * (n - returning)
            now = trait[who] + rise * place + 0.5 * rng.normal(size=n)
            columns = {
                name: np.clip(np.rint(now + 0.4 * rng.normal(size=n)), 1, 5) for name in ("q1", "q2", "q3")
            }
            columns |= {"n_ideas": np.rint(np.exp(0.5 * now) + rng.random(n)), "a_size": size[who]}
            columns["a_sbi"] = np.where(who % 3 == 0, "G", "H")
            drawn = make_answers(study, columns, weight=1.0 + who % 3)
            frame = drawn.responses.assign(employer=[f"e{one}" for one in who], lonely_strata="adjust")
            scores = score_indices(study, wave, frame, drawn.reasons)
            data[wave] = WaveData(study, wave, frame, drawn.reasons, scores)
        return WavesData(study, data, NOTHING)

    return survey


def rows_of(data: WavesData) -> pd.DataFrame:
    return testing_over_waves.test_claims_over_waves(data)


def frame_of(data: WavesData) -> pd.DataFrame:
    parts = [
        wave.responses.assign(wave=name, A=wave.column("A")[0], q3=wave.column("q3")[0])
        for name, wave in data.waves.items()
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("returning", [60, 0])
def test_each_step_of_a_trend_is_that_of_the_trends_table(surveyed, returning: int) -> None:
    data = surveyed("kind: trend, y: A", returning=returning)
    found = rows_of(data)
    described = [
        describe_wave(data.study, name, wave.responses, wave.reasons, wave.scores)
        for name, wave in data.waves.items()
    ]
    answers = {name: Answers(wave.responses, wave.scores) for name, wave in data.waves.items()}
    table = compare_waves(data.study, WAVES, pd.concat(described, ignore_index=True), answers)
    expected = table.query("measure == 'A' and group_by == ''")
    assert found["term"].tolist() == ["2016 to 2018", "2018 to 2020"]
    assert (found["wave"] == "all").all()
    np.testing.assert_allclose(found["estimate"], expected["estimate"])
    np.testing.assert_allclose(found["std_error"], expected["std_error"])
    np.testing.assert_allclose(found["std_estimate"], expected["standardised"], rtol=0.01)
    assert found["n"].tolist() == [200 - returning] * 2
    assert found["n_fewest"].le(100).all()
    assert (found["natural_estimate"] == found["estimate"]).all()


def test_a_trend_within_a_domain_counts_these_employers_alone(surveyed) -> None:
    data = surveyed("kind: trend, y: q3, domain: sector = trade")
    found, frame = rows_of(data), frame_of(data)
    inside = frame[frame["sector"] == "trade"]
    means = inside.groupby("wave").apply(lambda rows: np.average(rows["q3"], weights=rows["weight"]))
    np.testing.assert_allclose(found["estimate"], np.diff(means))
    assert found["n"].tolist() == [
        inside[inside["wave"].isin(pair)]["employer"].nunique() for pair in (WAVES[:2], WAVES[1:])
    ]


def test_every_step_decides(surveyed) -> None:
    data = surveyed("kind: trend, y: A", rise=0.6)
    rows = rows_of(data)
    verdict = judge_claims(data.study, rows).iloc[0]
    assert (verdict["wave"], verdict["verdict"]) == ("all", "supported")
    assert verdict["p_value"] == rows["p_value"].max()
    turned = rows.assign(std_estimate=rows["std_estimate"] * [1, -1])
    assert judge_claims(data.study, turned)["verdict"].tolist() == ["contradicted"]


def test_waves_that_do_not_compare_are_not_tested(surveyed) -> None:
    relative = rows_of(surveyed("kind: trend, y: R"))
    assert relative["reason"].tolist() == ["measured against its own wave"] * 2
    data = surveyed("kind: trend, y: A")
    judged = pd.DataFrame({"index": ["A"], "grouping": ["wave"], "comparable": ["no"]})
    otherwise = rows_of(WavesData(data.study, data.waves, judged))
    assert otherwise["reason"].tolist() == [result.NOT_INVARIANT] * 2
    assert otherwise["estimate"].isna().all()
    assert judge_claims(data.study, otherwise)["verdict"].tolist() == ["not testable"]


def test_one_wave_is_no_comparison(surveyed) -> None:
    for keys in ("kind: trend, y: A", "kind: within_employer, x: A, y: q3"):
        data = surveyed(keys + ', waves: ["2018"]')
        assert rows_of(data)["reason"].tolist() == [result.ONE_WAVE]


def test_a_slope_within_employers_is_that_with_a_dummy_for_each(surveyed) -> None:
    data = surveyed("kind: within_employer, x: A, y: q3, controls: [n_ideas, sector]")
    row, frame = rows_of(data).iloc[0], frame_of(data)
    back = frame[frame.groupby("employer")["wave"].transform("size") > 1]
    fit = smf.wls("q3 ~ A + n_ideas + C(employer) + C(wave)", back, weights=back["weight"]).fit()
    assert row["estimate"] == pytest.approx(fit.params["A"])
    assert row["n"] == back["employer"].nunique()
    # employers are the sampling units, whatever the number of rows: less 2 strata and 4 terms (R: svyglm)
    assert row["df"] == row["n"] - 2 + 1 - 4
    sd = [np.sqrt(np.cov(back[name], aweights=back["weight"], ddof=0)) for name in ("A", "q3")]
    assert row["std_estimate"] == pytest.approx(fit.params["A"] * sd[0] / sd[1])
    assert row["natural_estimate"] == pytest.approx(fit.params["A"] * sd[0])
    assert (row["model"], row["natural_unit"]) == ("fixed_effects", "scale points")


def test_a_lagged_slope_holds_the_outcome_before(surveyed) -> None:
    data = surveyed("kind: within_employer, x: A, y: q3, lag: 1, controls: []")
    row, frame = rows_of(data).iloc[0], frame_of(data)
    place = frame.assign(place=frame["wave"].map(WAVES.index))
    later = place.assign(place=place["place"] - 1)[["employer", "place", "q3"]]
    both = place.merge(later, on=["employer", "place"], suffixes=("", "_later"))
    fit = smf.wls("q3_later ~ A + q3 + C(wave)", both, weights=both["weight"]).fit()
    assert row["estimate"] == pytest.approx(fit.params["A"])
    assert (row["n"], row["model"]) == (both["employer"].nunique(), "lagged")


def test_slopes_within_employers_need_employers_that_come_back(surveyed) -> None:
    for lag in (0, 1):
        keys = f"kind: within_employer, x: A, y: q3, lag: {lag}, controls: []"
        few = rows_of(surveyed(keys, returning=12)).iloc[0]
        assert few["reason"] == result.TOO_FEW_RETURNING
        assert few["n"] == 24
        nobody = rows_of(surveyed(keys, returning=0)).iloc[0]
        assert (nobody["reason"], nobody["n"]) == (result.TOO_FEW_RETURNING, 0)


def test_what_never_changes_has_no_slope_within_employers(surveyed) -> None:
    fixed = rows_of(surveyed("kind: within_employer, x: a_size, y: q3, controls: []")).iloc[0]
    assert fixed["reason"] == result.NO_VARIANCE
    relative = rows_of(surveyed("kind: within_employer, x: R, y: q3")).iloc[0]
    assert relative["reason"] == "measured against its own wave"


def test_a_claim_with_parts_of_both_sorts_is_judged_in_each_wave_and_over_all(surveyed) -> None:
    parts = (
        'H1: {family: exploratory, wording: {nl: a, en: a}, parts: {now: {kind: regression, sign: "+", x: A, y: q3,'
        ' controls: []}, over: {kind: trend, sign: "+", y: A}}}\n'
    )
    data = surveyed("kind: trend, y: A", more={"hypotheses.yaml": parts})
    tables = [claims.test_claims(wave)["estimates"] for wave in data.waves.values()]
    assert all(set(table["part"]) == {"now"} for table in tables)
    over = rows_of(data)
    assert set(over["part"]) == {"over"}
    verdicts = judge_claims(data.study, pd.concat([*tables, over], ignore_index=True))
    assert verdicts["wave"].tolist() == [*WAVES, "all"]
    assert verdicts["family_size"].tolist() == [1] * 4
    assert verdicts["p_value"].iloc[-1] == over["p_value"].max()
