"""Drawn answers to the small study, and one claim tested on them."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import inspraak.hypotheses.testing as claims
from inspraak.hypotheses.columns import WaveData
from inspraak.measurement.scoring import score_indices
from inspraak.study.configuration import REPETITIONS

NO_DESIGN = "design: {strata: [sector], population: population.csv}\n"
CLAIM = "H1: {{kind: {kind}, family: none, {sign}wording: {{nl: a, en: a}}, {keys}}}\n"
INDICES = (
    "A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}\n"
    "I: {label: {nl: I, en: I}, theme: work, type: formative, items: [q1, log_ideas]}\n"
)
N = 150


def drawn(seed: int = 3, n: int = N) -> dict[str, Any]:
    """Answers of n employers: q1 to q3, share, n_ideas and gate go together with one common quantity."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    items = {
        name: np.clip(np.rint(3 + sign * common + rng.normal(size=n)), 1, 5)
        for name, sign in (("q1", 1), ("q2", 1), ("q3", -1))
    }
    sector = rng.choice(["G", "H"], n, p=[0.7, 0.3])
    size = np.rint(np.exp(rng.normal(3.5, 0.7, n)) + 10)
    share = np.clip(np.rint(1 + 0.4 * common + 0.5 * rng.normal(size=n) + 0.2 * (sector == "H")), 0, 2)
    share[rng.random(n) < 0.1] = np.nan
    ideas = rng.poisson(np.exp(1 + 0.5 * common)).astype(float)
    kind = rng.integers(1, 4, n).astype(float)
    return {
        **items,
        "a_sbi": sector,
        "a_size": size,
        "share": share,
        "n_ideas": ideas,
        "kind": kind,
        "gate": (common + rng.logistic(size=n) > 0.3).astype(float),
    }


class Tested(NamedTuple):
    """What the test of a claim gave, and the frames behind it."""

    table: pd.DataFrame
    responses: pd.DataFrame
    scores: pd.DataFrame
    data: WaveData
    tables: dict[str, pd.DataFrame]


@pytest.fixture
def tested(make_study, make_answers, texts) -> Callable[..., Tested]:
    """A function that tests the claim H1, of a kind with some keys, over drawn answers; gives all frames."""

    def run(
        keys: str,
        columns: Mapping[str, Any] | None = None,
        *,
        kind: str = "regression",
        sign: str | None = "+",
        design: bool = False,
        files: Mapping[str, str] | None = None,
    ) -> Tested:
        study_yaml = texts["study.yaml"].replace(NO_DESIGN, NO_DESIGN if design else "")
        hypotheses = CLAIM.format(kind=kind, sign=f'sign: "{sign}", ' if sign else "", keys=keys)
        given = {"study.yaml": study_yaml, "hypotheses.yaml": hypotheses, "indices.yaml": INDICES}
        study = make_study({**given, **(files or {})})
        columns = columns or drawn()
        weight = np.where(np.array(columns["a_sbi"]) == "G", 3.0, 1.0) if design else None
        _, responses, reasons = make_answers(study, columns, weight=weight)
        scores = score_indices(study, "2020", responses, reasons)
        data = WaveData(study, "2020", responses, reasons, scores, repetitions=REPETITIONS["quick"])
        found = claims.test_claims(data)
        return Tested(found["estimates"], responses, scores, data, found)

    return run
