"""A small hand-made study, and waves of answers to it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from inspraak.study.study import Study, load_study
from inspraak.survey.cleaning import Cleaned, clean_wave
from inspraak.survey.deriving import derive_variables
from inspraak.survey.harmonising import harmonise_wave
from inspraak.survey.weighting import strata_of

# the same examples in every run; the studies that fixtures make are read only
settings.register_profile(
    "unit", derandomize=True, deadline=None, max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
settings.load_profile("unit")

STUDY = """
title: {nl: Proef, en: Trial}
unit: establishment
waves:
  "2020": {files: [{path: answers.csv}]}
employer: resp_id
design: {strata: [sector], population: population.csv}
themes: {work: {nl: Werk, en: Work}}
variables:
  sector: {from: a_sbi, prefixes: {G: trade, H: logistics}}
  size2: {from: a_size, bands: [10, 50]}
  log_size: {log: a_size}
  log_ideas: {log1p: n_ideas, range: [0, 5]}
groups: [sector, size2]
"""
CODEBOOK = """item,construct,scale,reversed,asked_if,source,wording_nl,wording_en
resp_id,paradata,TEKST,,,own,Nummer,Number
a_sbi,frame,TEKST,,,own,Activiteit,Activity
a_size,frame,AANTAL,,,own,Werkenden,Workers
gate,work,JN,,,own,Veranderd?,Changed?
routed,work,EENS5,,gate = 1,own,Meegedacht?,Thought along?
q1,work,EENS5,,,own,Een,One
q2,work,EENS5,,,own,Twee,Two
q3,work,EENS5,yes,,own,Drie,Three
share,work,AANDEEL,,,own,Deel,Share
kind,work,SOORT,,,own,Soort,Kind
n_ideas,work,AANTAL,,,own,Ideeën,Ideas
absence,work,PROCENT,,,own,Verzuim,Absence
"""
SCALES = """
EENS5: {codes: {1: {nl: oneens, en: disagree}, 2: {nl: b, en: b}, 3: {nl: c, en: c}, 4: {nl: d, en: d},
  5: {nl: eens, en: agree}}, positive: [4, 5], missing: {-7: not_applicable, -8: dont_know, -9: refused}}
JN: {codes: {0: {nl: nee, en: "no"}, 1: {nl: ja, en: "yes"}}, missing: {-8: dont_know}}
AANDEEL: {codes: {0: {nl: niemand, en: nobody}, 1: {nl: helft, en: half}, 2: {nl: ieder, en: all}},
  values: {0: 0, 1: 60, 2: 100}}
SOORT: {codes: {1: {nl: zus, en: this}, 2: {nl: zo, en: that}, 3: {nl: anders, en: other}}, ordered: false}
AANTAL: {number: {at_least: 0, at_most: 100000}, missing: {-8: dont_know}}
PROCENT: {number: {percent: true}}
TEKST: {text: true}
"""
INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
"""
HYPOTHESES = """
H1: {kind: regression, family: exploratory, x: q1, y: share, sign: "+", wording: {nl: A, en: A}}
"""
POPULATION = """sector,population
trade,300
logistics,100
"""


class Answers(NamedTuple):
    """Frames of one wave, as the jobs between cleaning and scoring hand them on."""

    study: Study
    responses: pd.DataFrame
    reasons: pd.DataFrame


@pytest.fixture
def texts() -> dict[str, str]:
    """The files of the small study by name."""
    return {
        "study.yaml": STUDY,
        "codebook.csv": CODEBOOK,
        "scales.yaml": SCALES,
        "indices.yaml": INDICES,
        "hypotheses.yaml": HYPOTHESES,
        "population.csv": POPULATION,
    }


@pytest.fixture
def make_study(tmp_path: Path, texts: dict[str, str]) -> Callable[..., Study]:
    """A function that writes the small study, with files replaced or added, and loads it."""

    def make(files: Mapping[str, str] | None = None, *, codebook: Sequence[str] = ()) -> Study:
        folder = tmp_path / "trial"
        folder.mkdir(exist_ok=True)
        for name, text in {**texts, **(files or {})}.items():
            more = "".join(f"{line}\n" for line in codebook) if name == "codebook.csv" else ""
            (folder / name).write_text(text + more, encoding="utf-8")
        return load_study(folder)

    return make


@pytest.fixture
def make_answers() -> Callable[..., Answers]:
    """A function that makes a wave of answers: columns of codes, and reasons where an answer is missing."""

    def make(
        study: Study,
        columns: Mapping[str, Sequence[object]],
        *,
        reasons: Mapping[str, Sequence[str]] | None = None,
        weight: Sequence[float] | None = None,
    ) -> Answers:
        n = len(next(iter(columns.values())))
        values = pd.DataFrame(
            {name: pd.Series(columns.get(name, [np.nan] * n)) for name in study.asked("2020")}
        )
        why = pd.DataFrame(
            {name: pd.Series(np.where(values[name].isna(), "no_answer", ""), dtype=object) for name in values}
        )
        for name, said in (reasons or {}).items():
            why[name] = pd.Series(said, dtype=object)
        variables = derive_variables(study, "2020", values)
        strata = strata_of(study, values, variables).fillna("")
        employer = pd.Series([f"e{row}" for row in range(n)], name="employer", dtype=object)
        weights = pd.Series(1.0 if weight is None else weight, index=values.index, dtype=float)
        frame = pd.concat([employer, values, variables], axis=1).assign(stratum=strata, weight=weights)
        return Answers(study, frame, why)

    return make


@pytest.fixture
def clean(tmp_path: Path) -> Callable[[Study, str], Cleaned]:
    """A function that delivers a text as the file of wave 2020, reads it and cleans it."""

    def run(study: Study, text: str) -> Cleaned:
        (tmp_path / "answers.csv").write_text(text, encoding="utf-8")
        return clean_wave(study, "2020", harmonise_wave(study, "2020", tmp_path))

    return run
