"""Which items of a wave are imputed, by which method, and on which scale their answers are modelled."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.study.parts import Part
from inspraak.study.scales import STRUCTURAL, Scale
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Method = Literal["matching", "categories", "random", "only_answer", "none"]
"""Predictive mean matching; the same on predicted shares of categories; an answer drawn from all that were given; the
one answer that everybody gave; not imputed."""

FEWEST_ANSWERS = 10
"""An item with fewer answers is not imputed."""
FEWEST_FOR_MODEL = 30
"""An item with fewer answers gets answers drawn from all that were given: too few for a model."""
SKEWED = 2.0
"""Skewness from which on a number that is never negative is modelled by its logarithm."""
AS_ANSWERED = frozenset({"shares_ranking", "untested"})
"""Kinds of claim that are about the answers as given, so that nothing is imputed for them."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One item of a wave that was asked: whether and how it is imputed, and why not or why simpler.

    `given` (n,) are its answers and `values` (n,) the same on the scale of the model, NaN = none; `gaps` (n,) marks
    the answers that are missing and `structural` (n,) those that were not to be given. `levels` are the different
    answers, in the order of `modelled`, the same on the scale of the model (a `logarithm` or not).
    """

    name: str
    method: Method
    reason: str
    unordered: bool
    values: FloatArray
    gaps: BoolArray
    structural: BoolArray
    levels: FloatArray
    modelled: FloatArray
    logarithm: bool
    number: bool
    given: FloatArray

    @property
    def modelled_by(self) -> bool:
        """Tell whether the item takes part in the chained equations."""
        return self.method in ("matching", "categories", "random")

    @property
    def fills(self) -> bool:
        """Tell whether there are gaps that are filled."""
        return self.method != "none" and bool(self.gaps.any())

    def answers(self, values: FloatArray) -> FloatArray:
        """Turn answers on the scale of the model back into answers as given."""
        return np.asarray(self.levels[np.searchsorted(self.modelled, values)])


def candidates(study: Study, wave: str, responses: pd.DataFrame, reasons: pd.DataFrame) -> list[Candidate]:
    """Judge every item that the wave asked, in the order of the codebook.

    Imputed are the items that an index or a claim rests on, never texts and paradata. A structural gap (not asked,
    not applicable) is no missing answer.
    """
    wanted = needed_items(study, wave)
    return [
        _candidate(study, name, responses[name], reasons[name], wanted)
        for name in study.asked(wave)
        if name in reasons
    ]


def needed_items(study: Study, wave: str) -> frozenset[str]:
    """Give the items that the indices and claims of a wave rest on, controls and conditions included."""
    names = {*study.measured(wave), *study.groups, *claimed_columns(study, wave)}
    none: frozenset[str] = frozenset()
    return none.union(*(study.rests_on(name) for name in names))


def modelled_parts(study: Study, wave: str) -> list[Part]:
    """Give the parts of the claims of a wave that are tested by a model, not by the answers as given."""
    claims = [claim for claim in study.claims.values() if claim.waves is None or wave in claim.waves]
    return [part for claim in claims for part in claim.parts.values() if part.kind not in AS_ANSWERED]


def claimed_columns(study: Study, wave: str) -> tuple[str, ...]:
    """Give the columns that the claims of a wave name, each once."""
    parts = modelled_parts(study, wave)
    return tuple(dict.fromkeys(name for part in parts for name in named_columns(part)))


def named_columns(part: Part) -> tuple[str, ...]:
    """Give the columns that one part of a claim brings together, each once: what it names, and its controls."""
    named = [name for names in part.columns.values() for name in names]
    return tuple(dict.fromkeys([*named, *(part.controls or ())]))


def _candidate(
    study: Study, name: str, column: pd.Series, why: pd.Series, wanted: frozenset[str]
) -> Candidate:
    scale = study.scale_of(name)
    structural = why.isin(STRUCTURAL).to_numpy(dtype=bool)
    answers = np.full(len(column), np.nan)
    if scale.text is None:
        answers = column.to_numpy(dtype=float)
    known = column.notna().to_numpy(dtype=bool)
    levels = np.unique(answers[~np.isnan(answers)])
    modelled = _on_model_scale(scale, answers, levels)
    values = np.full(len(column), np.nan)
    seen = ~np.isnan(answers)
    values[seen] = modelled[np.searchsorted(levels, answers[seen])]
    order = np.argsort(modelled, kind="stable")
    method, reason = _method(study, name, int(known.sum()), levels.size, wanted)
    unordered = scale.codes is not None and not scale.ordered
    return Candidate(
        name=name,
        method="categories" if method == "matching" and unordered else method,
        reason=reason,
        unordered=unordered,
        values=values,
        gaps=~known & ~structural,
        structural=structural,
        levels=levels[order],
        modelled=modelled[order],
        logarithm=scale.number is not None and modelled is not levels,
        number=scale.number is not None,
        given=answers,
    )


def _method(
    study: Study, name: str, n_answers: int, n_levels: int, wanted: frozenset[str]
) -> tuple[Method, str]:
    """Give how an item's missing answers are filled, and why not or why simpler than by a model."""
    if study.scale_of(name).text is not None:
        return "none", "text"
    if study.codebook[name].construct == "paradata":
        return "none", "paradata"
    if name not in wanted:
        return "none", "not_needed"
    if n_answers == 0:
        return "none", "no_answers"
    if n_answers < FEWEST_ANSWERS:
        return "none", "few_answers"
    if n_levels == 1:
        return "only_answer", "same_answers"
    return ("random", "few_answers") if n_answers < FEWEST_FOR_MODEL else ("matching", "")


def _on_model_scale(scale: Scale, answers: FloatArray, levels: FloatArray) -> FloatArray:
    """Give the answers that were given as the model takes them (k,).

    Ordered codes as they count, unless two count the same; skewed numbers by the logarithm of one plus the number in
    units of its median, so that the unit of the number plays no part; everything else as it is. Matching gives back
    answers, so that the scale decides only which answers are near.
    """
    if scale.codes is not None and scale.ordered:
        counted = np.array([scale.code_values[code] for code in levels])
        return counted if np.unique(counted).size == levels.size else levels
    if scale.number is None or not levels.size or levels[0] < 0:
        return levels
    known = answers[~np.isnan(answers)]
    spread = known.std()
    if spread == 0 or ((known - known.mean()) ** 3).mean() < SKEWED * spread**3:
        return levels
    return np.asarray(np.log1p(levels / np.median(known[known > 0])))
