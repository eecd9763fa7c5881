"""Slopes along a moderator, regions and sensitivity: what disclosure control leaves out, and the notes in words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inspraak.publishing.claim_notes import notes_beside
from inspraak.publishing.disclosure_slopes import control_regions, control_simple_slopes
from inspraak.publishing.language import LANGUAGES
from inspraak.publishing.published import Published
from inspraak.publishing.tables import conform
from inspraak.publishing.terms import term_words
from inspraak.study.configuration import Disclosure

from .made_up_study import write_study

ABOUT = {"hypothesis": "H1", "wave": "2022", "part": "", "x": "S0_0", "moderator": "S0_1", "outcome": "S1_0"}
LIMITS = Disclosure()


def along(n: int, moderator: str = "S0_1") -> pd.DataFrame:
    rows = [
        {**ABOUT, "moderator": moderator, "level": level, "value": 12.345 + level, "n": n, "estimate": 0.1,
         "imputations": 20, "ci_low": 0.0, "ci_high": 0.2}
        for level in range(10, 100, 10)
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("n", "kept"), [(452, 9), (60, 7), (26, 3), (9, 0)])
def test_percentiles_of_few_employers_are_left_out(n: int, kept: int) -> None:
    found = control_simple_slopes(along(n), facts=(), limits=LIMITS)
    assert len(found.table) == kept
    assert len(found.suppressed) == 9 - kept
    assert set(found.table["level"]) <= set(range(10, 100, 10))


def test_percentiles_of_facts_are_rounded() -> None:
    found = control_simple_slopes(along(452, "turnover"), facts=["turnover"], limits=LIMITS).table
    assert found["value"].tolist()[:2] == [22.0, 32.0]
    assert (
        control_simple_slopes(along(452), facts=["turnover"], limits=LIMITS).table.loc[0, "value"] == 22.345
    )


def region(**more: object) -> dict[str, object]:
    return {**ABOUT, "reach": "part", "sign": 1, "from": 62.5, "to": np.nan, "share": 0.3, "n": 452,
            "n_inside": 130, "imputations": 20, **more}  # fmt: skip


def test_a_share_of_few_inside_or_outside_is_not_shown() -> None:
    rows = [
        region(),
        region(**{"n_inside": 4}),
        region(**{"n_inside": 445}),
        region(**{"n_inside": 452}),
        region(n=5),
    ]
    found = control_regions(pd.DataFrame(rows), limits=LIMITS)
    assert found.table["share"].isna().tolist() == [False, True, True, False]
    assert len(found.suppressed) == 3


@pytest.fixture
def study(tmp_path: Path):
    return write_study(tmp_path / "demo", claims=12)


def notes(study, language: str, **tables: list[dict[str, object]]) -> list[str]:
    frames = {name: conform(name, pd.DataFrame(rows)) for name, rows in tables.items()}
    return list(notes_beside(Published(study, frames, language), study.claims["H1"]))


def test_regions_are_said_in_words(study) -> None:
    (said,) = notes(study, "nl", regions=[region()])
    assert "hangt positief samen met" in said
    assert "62,5 of hoger is; dat is 30% van de" in said
    (both,) = notes(study, "en", regions=[region(**{"from": 10.0, "to": 62.5, "sign": -1})])
    assert "negatively" in both
    assert "between 10.0 and 62.5" in both


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reach", ["part", "everywhere", "nowhere", "beyond the data"])
def test_every_reach_has_words(study, language: str, reach: str) -> None:
    sign = 0 if reach == "nowhere" else 1
    (said,) = notes(study, language, regions=[region(reach=reach, sign=sign)])
    assert "{" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_sensitivity_and_lacking_conditions_are_said(study, language: str) -> None:
    about = {"hypothesis": "H1", "wave": "2022", "part": "", "outcome": "S1_0", "n": 452}
    (said,) = notes(
        study, language, sensitivity=[{**about, "mediator": "S0_1", "rho": 0.231, "explained": 0.05}]
    )
    assert ("0,23" if language == "nl" else "0.23") in said
    lacking = {
        **about,
        "term": "lacking any of S0_0, S0_1",
        "estimate": 0.31,
        "ci_low": 0.25,
        "ci_high": 0.37,
    }
    (share,) = notes(study, language, estimates=[{**lacking, "decides": "False"}])
    assert "31%" in share
    assert "25%" in share


def test_lacking_terms_are_words(make_study) -> None:
    assert term_words(make_study(), "lacking q1", language="nl") == "hoog, terwijl Een laag is"
    assert "Een en Twee" in term_words(make_study(), "lacking any of q1, q2", language="nl")
