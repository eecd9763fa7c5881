"""Strata and weights: how many units of the population, and how many of their workers, an employer stands for."""

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.errors import Problem, UserError
from inspraak.estimation.calibrated_design import CalibratedDesign
from inspraak.estimation.calibration import weight_spread
from inspraak.estimation.design import SurveyDesign
from inspraak.study.study import Study
from inspraak.study.tables import SEPARATOR, read_counts
from inspraak.survey.harmonising import as_text
from inspraak.survey.margins import COLUMNS, Calibrated, calibrate_wave
from inspraak.survey.sampling import drawn, sampling_columns, sampling_counts
from inspraak.survey.weight_bins import weight_bins

log = logging.getLogger(__name__)
CARRIED = {
    "establishment": ("weight", "base_weight", "margin:"),
    "employee": ("employee_weight", "employee_base_weight", "employee_margin:"),
}
"""Columns of the responses that hold a weight, that weight before calibration, and (begun so) its margins."""


def strata_of(study: Study, values: pd.DataFrame, variables: pd.DataFrame) -> pd.Series:
    """Give each row's stratum as text such as "trade|10-19"; None where a part is missing, "" without strata."""
    names = study.design.strata if study.design is not None else ()
    stratum = pd.Series("", index=values.index, dtype=object)
    for position, name in enumerate(names):
        column = (variables if name in variables else values)[name]
        text = column.map(as_text)
        joined = text if position == 0 else stratum + SEPARATOR + text
        stratum = joined.where(column.notna() & stratum.notna(), None)
    return stratum.astype(object)


@dataclass(frozen=True)
class Weighted:
    """Weights of one wave.

    `columns` goes beside the responses: how each row was drawn, each weight, and where it is calibrated its base weight
    and the category of each margin, as `survey_design` needs them. `diagnostics` holds the rows of weights.csv,
    `margins` those of margins.csv, `bins` how the weights are spread; `largest_share`, the part of one row, is for
    disclosure control.
    """

    columns: pd.DataFrame
    diagnostics: pd.DataFrame
    margins: pd.DataFrame
    bins: pd.DataFrame

    @property
    def weights(self) -> pd.Series:
        """The weight of each row as an establishment."""
        return self.columns["weight"]


def weigh_wave(study: Study, wave: str, responses: pd.DataFrame) -> Weighted:
    """Weigh the analysed rows: N_h / n_h, or the delivered weight, calibrated to the margins; 1 without a design.

    With `design.employees` there is a second weight: the calibrated first one times the number of workers,
    calibrated to the employee margins. Raises `UserError` for a weight or number of workers that is missing, zero or
    negative, and as `sampling_columns` and `calibrate_wave` do.
    """
    sampling = sampling_columns(study, responses)
    base = _base_weights(study, responses)
    first = calibrate_wave(study, wave, responses, base, weight="establishment")
    weights = base if first is None else first.result.weights
    parts = [_part(wave, weight_name(study), base, first, responses.index)]
    if study.design is not None and study.design.employees is not None:
        workers = weights * _workers(study.design.employees, responses)
        second = calibrate_wave(study, wave, responses, workers, weight="employee")
        parts.append(_part(wave, "employee", workers, second, responses.index))
    empty = _empty_strata(study, wave, responses["stratum"])
    margins = pd.concat([*(part.margins for part in parts), empty], ignore_index=True)
    return Weighted(
        columns=pd.concat([sampling, *(part.columns for part in parts)], axis=1),
        diagnostics=pd.concat([part.diagnostics for part in parts], ignore_index=True).assign(
            **sampling_counts(responses, sampling)
        ),
        margins=margins.astype({"wave": str, "weight": str, "margin": str, "category": str}),
        bins=pd.concat([part.bins for part in parts], ignore_index=True),
    )


def weight_name(study: Study) -> str:
    """Name the weight of the study's estimates: `establishment`, or `none` without a design."""
    return "none" if study.design is None else "establishment"


def weight_names(study: Study) -> tuple[str, ...]:
    """Name every weight that a study declares, the one of its estimates first; none without a design."""
    if study.design is None:
        return ()
    return ("establishment",) if study.design.employees is None else ("establishment", "employee")


def survey_design(responses: pd.DataFrame, *, weight: str = "establishment") -> SurveyDesign:
    """Give the design of the analysed rows of one wave: how they were drawn, and one of their weights.

    Where that weight is calibrated the design is too, so that the variances are those of residuals.
    """
    column, base, begins = CARRIED[weight]
    weights = responses[column].to_numpy(dtype=float)
    sampling = drawn(responses)
    margins = [responses[name].to_numpy() for name in responses if str(name).startswith(begins)]
    if not margins:
        return SurveyDesign(weights, **sampling)
    indicators = [codes[:, np.newaxis] == np.unique(codes) for codes in margins]
    return CalibratedDesign(
        weights,
        **sampling,
        base_weights=responses[base].to_numpy(dtype=float),
        auxiliary=np.hstack(indicators).astype(float),
    )


def _part(
    wave: str, name: str, base: npt.NDArray[np.float64], found: Calibrated | None, index: pd.Index
) -> Weighted:
    """Give the columns and the tables of one weight."""
    column, before, begins = CARRIED["employee" if name == "employee" else "establishment"]
    weights = base if found is None else found.result.weights
    columns: dict[str, npt.NDArray[np.generic]] = {column: weights}
    margins = pd.DataFrame(columns=list(COLUMNS))
    if found is not None:
        columns[before] = base
        columns |= {f"{begins}{variable}": codes for variable, codes in found.categories().items()}
        margins = found.margins().assign(wave=wave, weight=name)[list(COLUMNS)]
    spread = weight_spread(weights)
    row = {
        "wave": wave,
        "weight": name,
        "n": spread.n,
        "sum": spread.sum,
        "p01": spread.p01,
        "p99": spread.p99,
        "cv": spread.cv,
        "design_effect": spread.design_effect,
        "effective_n": spread.effective_n,
        "largest_share": float(weights.max() / spread.sum),
        "trimmed": 0 if found is None else found.result.trimmed,
        "converged": found is None or found.result.converged,
    }
    bins = weight_bins(weights).assign(wave=wave, weight=name)
    return Weighted(pd.DataFrame(columns, index=index), pd.DataFrame([row]), margins, bins)


def _base_weights(study: Study, responses: pd.DataFrame) -> npt.NDArray[np.float64]:
    design = study.design
    if design is None:
        return np.ones(len(responses))
    if design.weight is not None:
        return _positive(responses, design.weight, "design.weight", "weight")
    population = read_counts(study, str(design.population), "population")
    sample = responses["stratum"].value_counts()
    weights = responses["stratum"].map(lambda stratum: population[stratum] / sample[stratum])
    return weights.to_numpy(dtype=float)


def _workers(column: str, responses: pd.DataFrame) -> npt.NDArray[np.float64]:
    return _positive(responses, column, "design.employees", "number of workers")


def _positive(responses: pd.DataFrame, column: str, key: str, what: str) -> npt.NDArray[np.float64]:
    """Give a column that must be above zero in every row; raises `UserError` with one problem per sort of mistake."""
    values = responses[column].to_numpy(dtype=float)
    wrong = {
        f"without a {what}": int(np.isnan(values).sum()),
        f"with a {what} of zero": int((values == 0).sum()),
        f"with a negative {what}": int((values < 0).sum()),
        f"with an infinite {what}": int(np.isposinf(values).sum()),
    }
    expected = f"a {what} above zero in every row (`scope` with {column} leaves the others out)"
    problems = [
        Problem("study.yaml", f"{key} ({column})", f"{n} analysed row{'s' * (n != 1)} {said}", expected)
        for said, n in wrong.items()
        if n
    ]
    if problems:
        raise UserError(problems)
    return values


def _empty_strata(study: Study, wave: str, strata: pd.Series) -> pd.DataFrame:
    """Give a row of margins.csv for each stratum of the population that nobody stands for, by the declared rule.

    `warn`: the rows, and a warning in the log. `drop`: no rows. Raises `UserError` under `refuse`.
    """
    design = study.design
    frame = pd.DataFrame(columns=list(COLUMNS))
    if design is None or design.population is None:
        return frame
    population = read_counts(study, design.population, "population")
    answered = set(strata)
    empty = {name: units for name, units in population.items() if units > 0 and name not in answered}
    if design.empty_strata == "refuse" and empty:
        expected = "a respondent in every stratum, strata joined, or design.empty_strata: warn or drop"
        raise UserError(
            Problem(
                design.population,
                f"wave {wave}, stratum '{name}'",
                f"nobody for {units:.15g} units",
                expected,
            )
            for name, units in empty.items()
        )
    if design.empty_strata == "drop" or not empty:
        return frame
    total = sum(population.values())
    for name, units in empty.items():
        log.warning(
            "wave %s: nobody answered in stratum '%s' (%.15g of %.15g units)", wave, name, units, total
        )
    return pd.DataFrame(
        {
            "wave": wave,
            "weight": "establishment",
            "margin": "stratum",
            "category": list(empty),
            "population": list(empty.values()),
            "before": 0.0,
            "after": 0.0,
            "n": 0.0,
            "response_share": 0.0,
            "population_share": [units / total for units in empty.values()],
            "largest_share": 0.0,
        }
    )
