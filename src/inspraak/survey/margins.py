"""Calibration of the weights of one wave to the margins that its study declares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.errors import Problem, UserError, near_match
from inspraak.estimation.calibration import Calibration, Margin, calibrate, margin_problems
from inspraak.estimation.trimming import calibrate_and_trim
from inspraak.study.design import Design
from inspraak.study.study import Study
from inspraak.study.tables import read_margin
from inspraak.survey.harmonising import as_text

COUNTS = {"establishment": "population", "employee": "employees"}
"""Which column of a file of margins each weight is calibrated to."""
TOLERANCE = 1e-10
"""No category may be further off its population than this, relatively."""
COLUMNS = (
    "wave", "weight", "margin", "category", "population", "before", "after", "n", "response_share",
    "population_share", "largest_share",
)  # fmt: skip
"""Columns of margins.csv that the weighting fills, and the part of one row in `before` (for disclosure control)."""


@dataclass(frozen=True)
class DeclaredMargin:
    """A margin of one weight: its file, its variable, and the positive counts of its categories."""

    file: str
    variable: str
    counts: dict[str, float]


@dataclass(frozen=True)
class Calibrated:
    """Calibrated weights: what the engine gives, by declared margin."""

    declared: tuple[DeclaredMargin, ...]
    result: Calibration

    def categories(self) -> dict[str, npt.NDArray[np.int64]]:
        """Give the place of each row's category, by variable of a margin."""
        return {
            margin.variable: known.categories for margin, known in zip(self.declared, self.result.margins)
        }

    def margins(self) -> pd.DataFrame:
        """Give one row per category: population, totals before and after, respondents, and both shares.

        `response_share` counts each respondent once.
        """
        frames = []
        for declared, known, check in zip(self.declared, self.result.margins, self.result.checks()):
            n = known.totals(np.ones(known.categories.size))
            largest = np.zeros(n.size)
            np.maximum.at(largest, known.categories, self.result.base_weights)
            frames.append(
                pd.DataFrame(
                    {
                        "margin": declared.variable,
                        "category": list(declared.counts),
                        "population": check.population,
                        "before": check.before,
                        "after": check.after,
                        "n": n,
                        "response_share": n / n.sum(),
                        "population_share": check.population / check.population.sum(),
                        "largest_share": largest / check.before,
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)


def calibrate_wave(
    study: Study, wave: str, responses: pd.DataFrame, base: npt.NDArray[np.float64], *, weight: str
) -> Calibrated | None:
    """Calibrate base weights (n,) to the margins of `establishment` or `employee`; None where none is declared.

    Weights of establishments are trimmed where `design.calibration.trim` says so; those of employees never,
    since they differ with the size of the establishment. Raises `UserError` for a row without a category, a
    category that the margin lacks, a category without respondents, calibrated weights below zero, and margins that
    the weights do not come to meet.
    """
    design = study.design
    declared = _declared(study, weight)
    if design is None or not declared:
        return None
    problems = [problem for margin in declared for problem in _wrong_rows(margin, responses)]
    if problems:
        raise UserError(problems)
    margins = [_margin(margin, responses) for margin in declared]
    empty = [found for found in margin_problems(base, margins) if found.category is not None]
    if empty:
        raise UserError(
            _without_respondents(declared[found.margin], int(found.category or 0), found.expected)
            for found in empty
        )
    result = _solved(design, base, margins, trimmed=weight == "establishment")
    _refuse(design, wave, weight, declared, result)
    return Calibrated(declared, result)


def _declared(study: Study, weight: str) -> tuple[DeclaredMargin, ...]:
    design = study.design
    if design is None:
        return ()
    files = design.margins if weight == "establishment" else design.employee_margins
    found = []
    for file in files:
        variable, counts = read_margin(study, file, COUNTS[weight])
        found.append(DeclaredMargin(file, variable, {name: n for name, n in counts.items() if n > 0}))
    return tuple(found)


def _texts(margin: DeclaredMargin, responses: pd.DataFrame) -> pd.Series:
    return responses[margin.variable].map(as_text).where(responses[margin.variable].notna(), None)


def _wrong_rows(margin: DeclaredMargin, responses: pd.DataFrame) -> list[Problem]:
    """List the rows that stand for no category of a margin."""
    texts = _texts(margin, responses)
    problems = []
    missing = int(texts.isna().sum())
    if missing:
        found = f"{missing} analysed row{'s' * (missing != 1)} without a category of {margin.variable}"
        expected = f"a category in every row (`scope` with {margin.variable} leaves the others out)"
        problems.append(Problem(margin.file, f"margin {margin.variable}", found, expected))
    for category, n in texts.value_counts().sort_index().items():
        if category not in margin.counts:
            place, expected = f"category '{category}' of {margin.variable}", f"a count above 0: {n} answered"
            near = near_match(str(category), margin.counts)
            problems.append(Problem(margin.file, place, "no population", expected, near))
    return problems


def _margin(margin: DeclaredMargin, responses: pd.DataFrame) -> Margin:
    places = {category: place for place, category in enumerate(margin.counts)}
    codes = np.array([places[text] for text in _texts(margin, responses)], dtype=np.int64)
    return Margin(codes, np.array(list(margin.counts.values())))


def _without_respondents(margin: DeclaredMargin, place: int, population: float) -> Problem:
    category = list(margin.counts)[place]
    found = f"nobody who answered, for {population:.15g} in the population"
    expected = "at least one respondent, or a category joined with another (in the file and in the variable)"
    return Problem(margin.file, f"category '{category}' of {margin.variable}", found, expected)


def _solved(
    design: Design, base: npt.NDArray[np.float64], margins: Sequence[Margin], *, trimmed: bool
) -> Calibration:
    rule = design.calibration
    if rule.trim is None or not trimmed:
        return calibrate(base, margins, method=rule.method, bounds=rule.bounds, tolerance=TOLERANCE)
    return calibrate_and_trim(
        base, margins, times_median=rule.trim, method=rule.method, bounds=rule.bounds, tolerance=TOLERANCE
    )


def _refuse(
    design: Design, wave: str, weight: str, declared: Sequence[DeclaredMargin], result: Calibration
) -> None:
    """Raise `UserError` for a calibration that did not come to an end, naming the margin, or gave negative weights."""
    place = f"wave {wave}, design.calibration ({design.calibration.method}, {weight} weight)"
    if result.failing_margin is not None:
        margin = declared[result.failing_margin]
        check = result.checks()[result.failing_margin]
        worst = int(np.argmax(np.abs(check.after / check.population - 1)))
        category = list(margin.counts)[worst]
        found = (
            f"no weights that meet margin {margin.variable} ({margin.file}): '{category}' comes to "
            f"{check.after[worst]:.6g} of {check.population[worst]:.15g} after {result.iterations} steps"
        )
        remedies = {"trim": design.calibration.trim, "bounds": design.calibration.bounds}
        named = [name for name, value in remedies.items() if value is not None]
        wider = f"wider {' and '.join(named)}, " if named else ""
        raise UserError(Problem("study.yaml", place, found, f"{wider}fewer margins or categories joined"))
    if result.negative or not (result.weights > 0).all():
        count = int((result.weights <= 0).sum())
        found = f"{count} calibrated weight{'s' * (count != 1)} of zero or less"
        expected = "weights above zero: bounds such as [0.3, 3], or method: raking"
        raise UserError(Problem("study.yaml", place, found, expected))
