"""Very large surveys with complete answers, to see what a declared truth makes of the study's own scores."""

import dataclasses
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from inspraak.measurement.scoring import score_indices
from inspraak.study.conditions import Condition
from inspraak.study.parts import Part
from inspraak.study.study import Study, load_study
from inspraak.survey.deriving import derive_variables
from inspraak.survey.simulation.drawing import WaveDraw, draw
from inspraak.survey.simulation.model import Model, calibrated
from inspraak.survey.simulation.simulate import load_truth
from inspraak.survey.simulation.truth import Truth

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = {"small": ROOT / "tests" / "workflow" / "small", "werkgevers": ROOT / "studies" / "werkgevers"}


@lru_cache
def study_of(name: str) -> Study:
    """Load a simulated study by its name."""
    return load_study(FOLDERS[name])


@lru_cache
def large(name: str, size: int) -> tuple[Model, dict[str, WaveDraw]]:
    """Draw `size` employers a wave in proportion to the population, all of whom answer, and no mess."""
    return large_of(study_of(name), load_truth(study_of(name)), size)


def large_of(study: Study, truth: Truth, size: int) -> tuple[Model, dict[str, WaveDraw]]:
    """Draw the same from any truth of a study."""
    waves = {
        key: wave.model_copy(update={"invited": None, "scales": {}}) for key, wave in study.waves.items()
    }
    study = dataclasses.replace(study, survey=study.survey.model_copy(update={"waves": waves}))
    sample = truth.sample.model_copy(
        update={
            "employers": dict.fromkeys(waves, size),
            "power": 1.0,
            "response": 1.0,
            "minimum": 0,
            "oversampling": {},
        }
    )
    model = calibrated(study, truth.model_copy(update={"sample": sample, "mess": {}}))
    return model, draw(model, seed=11)


def scored(model: Model, wave: str, drawn: WaveDraw) -> pd.DataFrame:
    """Give items (missing where not asked), variables and scores of every employer of a wave."""
    asked = model.study.asked(wave)
    answers = model.truth.answers
    values = pd.DataFrame(
        {name: drawn.answers[name] for name in asked if name in answers and answers[name].fill is None}
    )
    reasons = pd.DataFrame("", index=values.index, columns=values.columns)
    for name, item in asked.items():
        if item.asked_if is not None and all(gate in values for gate in item.asked_if.names):
            off = ~item.asked_if.holds({gate: values[gate] for gate in item.asked_if.names})
            values.loc[off, name], reasons.loc[off, name] = np.nan, "not_asked"
    variables = derive_variables(model.study, wave, values)
    responses = pd.concat([values, variables], axis=1).assign(employer=drawn.employer, weight=1.0)
    return pd.concat(
        [responses, score_indices(model.study, wave, responses, reasons).drop(columns="employer")], axis=1
    )


def standardised(values: pd.Series) -> np.ndarray:
    """Give a column with mean 0 and SD 1."""
    numbers = values.to_numpy(dtype=float)
    return np.asarray((numbers - np.nanmean(numbers)) / np.nanstd(numbers))


def slopes(
    frame: pd.DataFrame,
    y: str,
    columns: list[np.ndarray],
    controls: tuple[str, ...] = (),
    domain: Condition | None = None,
) -> np.ndarray:
    """Give the least-squares slopes of standardised y on the columns, controls held constant."""
    held = [
        column
        for name in controls
        for column in (
            pd.get_dummies(frame[name], drop_first=True).to_numpy(dtype=float).T
            if not pd.api.types.is_numeric_dtype(frame[name])
            else [standardised(frame[name])]
        )
    ]
    matrix = np.column_stack([np.ones(len(frame)), *columns, *held])
    outcome = standardised(frame[y])
    rows = np.isfinite(matrix).all(axis=1) & np.isfinite(outcome)
    if domain is not None:
        rows &= domain.holds({name: frame[name] for name in domain.names})
    return np.asarray(np.linalg.lstsq(matrix[rows], outcome[rows], rcond=None)[0][1 : 1 + len(columns)])


def effects(part: Part, frame: pd.DataFrame) -> list[float]:
    """Give the effect of a part on each of its outcomes, in SD."""
    controls, domain = part.controls or (), part.domain
    outcomes = [part.y] if isinstance(part.y, str) else list(part.y)

    def fitted(y: str, columns: list[np.ndarray]) -> np.ndarray:
        return slopes(frame, y, columns, controls, domain)

    if part.kind in ("regression", "joint"):
        names = [part.x] if isinstance(part.x, str) else list(part.x)
        return [slope for y in outcomes for slope in fitted(y, [standardised(frame[x]) for x in names])]
    if part.kind == "moderation":
        x, moderator = standardised(frame[part.x]), standardised(frame[part.moderator])
        return [fitted(y, [x, moderator, x * moderator])[2] for y in outcomes]
    if part.kind == "mediation":
        x, between = standardised(frame[part.x]), [standardised(frame[name]) for name in part.mediators]
        first = np.array([fitted(name, [x])[0] for name in part.mediators])
        return [float(first @ fitted(y, [*between, x])[:-1]) for y in outcomes]
    if part.kind == "response_surface":
        more, less = standardised(frame[part.expectation]), standardised(frame[part.fulfilment])
        return [float(np.array([1, -1]) @ fitted(part.y, [more, less]))]
    if part.coefficients is not None:
        found = {y: fitted(y, [standardised(frame[x]) for x in part.coefficients]) for y in outcomes}
        return [float(np.array(list(part.coefficients.values())) @ found[y]) for y in outcomes]
    if part.compare is not None:
        high, low = (
            condition.holds({name: frame[name] for name in condition.names})
            for condition in (part.compare.high, part.compare.low)
        )
        rows = frame[high | low].reset_index(drop=True)
        column = high[high | low].astype(float)
        spread = {y: rows[y].std() / frame[y].std() for y in outcomes}
        return [slopes(rows, y, [column], controls, domain)[0] * spread[y] for y in outcomes]
    first_part, second = (
        condition.holds({name: frame[name] for name in condition.names}).astype(float)
        for condition in part.difference_in_differences
    )
    return [fitted(y, [first_part, second, first_part * second])[2] for y in outcomes]
