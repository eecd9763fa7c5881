"""Strata and base weights: how many units of the population a responding employer stands for."""

from dataclasses import dataclass

import pandas as pd

from inspraak.errors import Problem, UserError, near_match
from inspraak.estimation.design import SurveyDesign
from inspraak.study.study import Study
from inspraak.study.tables import SEPARATOR, read_counts
from inspraak.survey.harmonising import as_text


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
    """Weights of one wave: `weights` per row, `diagnostics` one row for weights.csv."""

    weights: pd.Series
    diagnostics: pd.DataFrame


def weigh_wave(study: Study, wave: str, responses: pd.DataFrame) -> Weighted:
    """Give the base weight of each analysed row: N_h / n_h, or the delivered weight, or 1 without a design.

    Raises `UserError` for a stratum that the population lacks and for a delivered weight that is missing or not
    positive. Kish's design effect is n sum(w^2) / sum(w)^2 (Kish 1965), effective n = n / design effect.
    """
    design = study.design
    if design is None:
        weights = pd.Series(1.0, index=responses.index)
    elif design.weight is not None:
        weights = _delivered(design.weight, responses)
    else:
        weights = _population(study, str(design.population), responses["stratum"])
    return Weighted(weights, _diagnostics(wave, weight_name(study), weights))


def weight_name(study: Study) -> str:
    """Name the weight of the study's estimates: `establishment`, or `none` without a design."""
    return "none" if study.design is None else "establishment"


def survey_design(responses: pd.DataFrame) -> SurveyDesign:
    """Give the design of the analysed rows of one wave: their weights and strata."""
    return SurveyDesign(
        weights=responses["weight"].to_numpy(dtype=float), strata=responses["stratum"].to_numpy(dtype=str)
    )


def _delivered(item: str, responses: pd.DataFrame) -> pd.Series:
    weights = responses[item].astype(float)
    bad = int((~(weights > 0)).sum())
    if bad:
        found = f"{bad} rows with a weight that is missing, zero or negative"
        raise UserError(
            Problem("study.yaml", f"design.weight ({item})", found, "a positive weight in every row")
        )
    return weights


def _population(study: Study, file: str, strata: pd.Series) -> pd.Series:
    population, sample = (
        read_counts(study, file, "population"),
        {str(name): int(n) for name, n in strata.value_counts().items()},
    )
    problems = [
        Problem(
            file,
            f"stratum '{stratum}'",
            "no population" if stratum not in population else "a population of 0",
            f"the number of units, since {sample[stratum]} of them answered",
            near_match(stratum, population) if stratum not in population else None,
        )
        for stratum in sorted(sample)
        if population.get(stratum, 0) <= 0
    ]
    problems += [
        Problem(
            file, f"stratum '{stratum}'", f"{population[stratum]:g} units", f"at least the {n} that answered"
        )
        for stratum, n in sorted(sample.items())
        if 0 < population.get(stratum, 0) < n
    ]
    if problems:
        raise UserError(problems)
    return strata.map(lambda stratum: population[stratum] / sample[stratum]).astype(float)


def _diagnostics(wave: str, name: str, weights: pd.Series) -> pd.DataFrame:
    n, total = len(weights), float(weights.sum())
    effect = n * float((weights**2).sum()) / total**2
    row = {
        "wave": wave,
        "weight": name,
        "n": n,
        "sum": total,
        "p01": float(weights.quantile(0.01)),
        "p99": float(weights.quantile(0.99)),
        "cv": float(weights.std(ddof=0) / weights.mean()),
        "design_effect": effect,
        "effective_n": n / effect,
        "trimmed": 0,
        "converged": True,
    }
    return pd.DataFrame([row])
