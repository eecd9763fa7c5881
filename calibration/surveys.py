"""One simulated survey from the draw to the verdicts, by the steps of the package and without a file between them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from calibration.coverage import SEED
from calibration.truths import World
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.testing import test_claims
from inspraak.hypotheses.verdicts import judge_claims
from inspraak.measurement.scoring import score_indices
from inspraak.randomness import stream
from inspraak.study.configuration import REPETITIONS
from inspraak.survey.cleaning import clean_wave
from inspraak.survey.completing import complete_answers
from inspraak.survey.harmonising import Harmonised
from inspraak.survey.imputing import impute_wave
from inspraak.survey.simulation.drawing import WaveDraw, draw
from inspraak.survey.simulation.gaps import Sheet, fill_in
from inspraak.survey.simulation.model import Model, calibrated
from inspraak.survey.weighting import weigh_wave

PRECISION = REPETITIONS["quick"]


@dataclass(frozen=True, eq=False)
class Judged:
    """One survey: `verdicts` as of `judge_claims`, `estimates` and `forms` as of `test_claims`."""

    verdicts: pd.DataFrame
    estimates: pd.DataFrame
    forms: pd.DataFrame


def judge_survey(world: World, replication: int) -> Judged:
    """Draw a survey, clean, weigh, impute and score it, test its claims and judge them; the number seeds it all."""
    seed = int(stream(SEED, "verdicts", world.name, str(replication)).integers(2**32))
    data = survey(world, seed)
    tested = test_claims(data)
    return Judged(judge_claims(world.study, tested["estimates"]), tested["estimates"], tested["forms"])


def survey(world: World, seed: int) -> WaveData:
    """Draw a survey and do with it what is done before claims are tested."""
    study, wave = world.study, world.wave
    cleaned = clean_wave(study, wave, answered(world, seed))
    responses = pd.concat([cleaned.responses, weigh_wave(study, wave, cleaned.responses).columns], axis=1)
    imputed = impute_wave(
        study,
        wave,
        responses,
        cleaned.reasons,
        seed=seed,
        imputations=PRECISION.imputations,
        cycles=PRECISION.cycles,
    )
    completed = complete_answers(study, wave, responses, imputed.cells)
    return WaveData(
        study,
        wave,
        responses,
        cleaned.reasons,
        score_indices(study, wave, responses, cleaned.reasons),
        imputed.cells,
        score_indices(study, wave, completed, cleaned.reasons),
        seed=seed,
        repetitions=PRECISION,
    )


def answered(world: World, seed: int) -> Harmonised:
    """Draw who answers and what, with gaps, on the scales of the codebook: as after reading files without mess."""
    model = _model(world)
    drawn = draw(model, seed=seed)[world.wave]
    sheet = fill_in(model, world.wave, drawn, seed=seed)
    columns = {name: _column(model, name, drawn, sheet) for name in model.study.asked(world.wave)}
    n = len(sheet.employer)
    return Harmonised(
        values=pd.DataFrame({name: values for name, (values, _) in columns.items()}),
        reasons=pd.DataFrame({name: reasons for name, (_, reasons) in columns.items()}),
        rows=pd.Series([f"row {place + 1}" for place in range(n)], dtype=object),
        removed={},
        delivered=n,
    )


def _column(model: Model, name: str, drawn: WaveDraw, sheet: Sheet) -> tuple[pd.Series, pd.Series]:
    """Give the answers to an item, missing where there is a reason, and the reasons."""
    text = model.study.scale_of(name).text is not None
    blank, n = (None if text else np.nan), len(sheet.employer)
    reasons = pd.Series(sheet.reasons[name], dtype=object)
    answer = model.truth.answers.get(name)
    if answer is None:
        values = np.full(n, float(model.study.cleaning.attention[name]))
    elif answer.fill == "employer":
        values = np.array([f"{number:08d}" for number in sheet.employer], dtype=object)
    elif answer.fill is not None:
        values, reasons = np.full(n, blank), pd.Series("no_answer", index=range(n), dtype=object)
    else:
        values = drawn.answers[name]
    column = pd.Series(values, dtype=object if text else np.float64)
    return column.where(reasons == "", blank), reasons


@cache
def _model(world: World) -> Model:
    return calibrated(world.study, world.truth)
