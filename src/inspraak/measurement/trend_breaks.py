"""Find trends that break more than is plausible, and the wave whose sample that points to."""

import logging
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from inspraak.errors import Problem, UserError
from inspraak.measurement.returning import Answers
from inspraak.measurement.trends import compare_waves
from inspraak.study.study import Study

log = logging.getLogger(__name__)
BREAK, SPIKE = "break", "spike"
P_BREAK = 0.001
"""A break is less likely than this where nothing changed."""
LARGE_PART, FEWEST = 1 / 3, 2
"""From this part of the indices, and this number of them, on, breaks into one wave speak against its sample."""


def judge_trends(
    study: Study,
    waves: Sequence[str],
    descriptives: pd.DataFrame,
    answers: Mapping[str, Answers] | None = None,
    *,
    publish: Literal["strict", "warn"],
    largest_break: float,
) -> pd.DataFrame:
    """Give the changes between waves (see `compare_waves`) with `plausibility` and `implausible_wave`.

    Judged are the indices of all employers that compare. `break`: the mean moves by more than `largest_break`
    pooled standard deviations, and p of that is below .001. `spike`: it breaks and breaks back in the next wave.
    `implausible_wave` names the wave into which at least a third of the indices (and two of them) break at once,
    the way back from an earlier spike not counted: so many things do not change together, a sample does.

    The make-up of the respondents (shares of sectors or sizes from wave to wave) is not judged here: where there is
    a design, its weights take out a change of it, and `judge_frame` compares each wave with the population, which
    says more; without a design nobody knows what it should be. `warn` writes each break in the log; `strict` raises
    `UserError` with all of them.
    """
    trends = compare_waves(study, waves, descriptives, answers)
    judged = trends["measure"].isin(list(study.indices)) & (trends["group_by"] == "") & trends["comparable"]
    broken = judged & (trends["standardised"].abs() > largest_break) & (trends["p_value"] < P_BREAK)
    into, out_of = _spikes(trends[broken])
    plausibility = np.select([trends.index.isin([*into, *out_of]), broken], [SPIKE, BREAK], "")
    trends = trends.assign(plausibility=plausibility, implausible_wave="")
    counted = broken & ~trends.index.isin(out_of)
    indices, breaks = (trends[rows].groupby("to_wave").size() for rows in (judged, counted))
    for wave in waves:
        n = int(breaks.get(wave, 0))
        if n >= FEWEST and n >= LARGE_PART * indices[wave]:
            members = counted & (trends["to_wave"] == wave)
            returning = [back for there, back in zip(into, out_of) if members[there]]
            trends.loc[[*trends.index[members], *returning], "implausible_wave"] = wave
    problems = [*_implausible(trends, indices), *_breaks(trends, largest_break)]
    if publish == "strict" and problems:
        raise UserError(problems)
    for problem in problems:
        log.warning("%s: %s: %s", problem.file, problem.place, problem.found)
    return trends


def _spikes(broken: pd.DataFrame) -> tuple[list[int], list[int]]:
    """Give the rows that break into a wave, and for each the row of the same index that breaks back out of it.

    What is the way back of one spike is not the beginning of another.
    """
    rows = dict(zip(broken.index, broken.to_dict("records")))
    leaving = {(row["measure"], row["from_wave"]): number for number, row in rows.items()}
    into: list[int] = []
    out_of: list[int] = []
    for number, row in rows.items():
        back = leaving.get((row["measure"], row["to_wave"]))
        if back is not None and number not in out_of and row["estimate"] * rows[back]["estimate"] < 0:
            into.append(number)
            out_of.append(back)
    return into, out_of


def _implausible(trends: pd.DataFrame, indices: "pd.Series[int]") -> list[Problem]:
    """Say of each wave that speaks against its sample how many indices break into it, and return after it."""
    problems = []
    for wave in dict.fromkeys(trends.loc[trends["implausible_wave"] != "", "implausible_wave"]):
        rows = trends[trends["implausible_wave"] == wave]
        entering = rows[rows["to_wave"] == wave]
        returning = int((rows["from_wave"] == wave).sum())
        found = f"{len(entering)} of {indices[wave]} indices that break at once"
        if returning:
            found += f", {returning} of which break back in the next wave"
        expected = "a wave whose sample is like that of its neighbours, or publish: warn"
        problems.append(Problem(f"wave {wave}", "trends", found, expected))
    return problems


def _breaks(trends: pd.DataFrame, largest_break: float) -> list[Problem]:
    limit = f"{largest_break:g} standard deviations (frame.largest_break in config.yaml)"
    return [
        Problem(
            f"wave {row['to_wave']}",
            f"index {row['measure']}",
            _found(row),
            f"a change of at most {limit}, or publish: warn",
        )
        for row in trends[trends["plausibility"] != ""].to_dict("records")
    ]


def _found(row: Mapping[Hashable, Any]) -> str:
    change, since = f"{row['standardised']:+.2f} standard deviations", row["from_wave"]
    return f"a change of {change} ({row['estimate']:+.1f} points) since {since}, p = {row['p_value']:.1g}"
