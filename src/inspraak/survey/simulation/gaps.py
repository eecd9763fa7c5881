"""Missing answers: don't know, refusal, routing, break-off, with the reason of each."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from inspraak.randomness import stream
from inspraak.study.conditions import parse_condition
from inspraak.study.scales import Scale
from inspraak.survey.simulation.drawing import WaveDraw
from inspraak.survey.simulation.model import GAPS, Model, Values
from inspraak.survey.simulation.structure import Numbers, total
from inspraak.survey.simulation.truth import Gap

Reasons = npt.NDArray[np.object_]
UNPUT = frozenset({"paradata", "frame"})
"""Constructs whose items stay answered when somebody stops halfway."""


@dataclass(frozen=True)
class Sheet:
    """The questionnaires of one wave as filled in.

    `cells` has an array per item asked, on the wave's own scales; `reasons` the same items, "" where there
    is an answer and else why not. `employer`, `stratum` and `role` are those of `WaveDraw`.
    """

    employer: npt.NDArray[np.int64]
    stratum: npt.NDArray[np.int64]
    role: npt.NDArray[np.str_]
    cells: Mapping[str, Values]
    reasons: Mapping[str, Reasons]


def fill_in(model: Model, wave: str, draw: WaveDraw, *, seed: int) -> Sheet:
    """Take away from complete answers what was not asked, not known, refused or not reached."""
    asked = model.study.asked(wave)
    reasons = {name: _left_empty(draw, name) for name in asked}
    reasons = _unanswered(model, wave, draw, reasons, seed)
    reasons = _stopped(model, wave, draw, reasons, seed)
    reasons = _routed(model, wave, draw, reasons)
    size = len(draw.employer)
    # Attention checks and what the agency fills in have no answer drawn.
    cells = {name: draw.asked[name] if name in draw.asked else np.full(size, np.nan) for name in asked}
    return Sheet(draw.employer, draw.stratum, draw.role, cells, reasons)


def _left_empty(draw: WaveDraw, name: str) -> Reasons:
    """Start without reasons, except where an open question was answered with nothing."""
    reasons: Reasons = np.full(len(draw.employer), "", dtype=object)
    if name in draw.asked:
        reasons[draw.asked[name] == ""] = "no_answer"
    return reasons


def scale_asked(model: Model, wave: str, item: str) -> Scale:
    """Give the scale on which a wave asked an item."""
    own = model.study.codebook[item].scale
    return model.study.scales[model.study.waves[wave].scales.get(item, own)]


def rate(gap: Gap, model: Model, wave: str, item: str, reason: str) -> float:
    """Give how often one reason occurs for an item: its own rate, its scale's, the general one, or never.

    A scale without a code for the reason, and an item that is no subject of the survey, has none of it
    unless the item itself is named.
    """
    if item in gap.items:
        return gap.items[item]
    known = reason == "no_answer" or reason in scale_asked(model, wave, item).missing.values()
    if not known or not model.study.codebook[item].substantive:
        return 0.0
    return gap.scales.get(model.study.codebook[item].scale, gap.rate)


def _unanswered(
    model: Model, wave: str, draw: WaveDraw, reasons: Mapping[str, Reasons], seed: int
) -> dict[str, Reasons]:
    marked = {name: values.copy() for name, values in reasons.items()}
    around = model.around(draw.stratum, {**draw.latents, **draw.answers}, {})
    for reason in GAPS:
        gap: Gap = getattr(model.truth.gaps, reason)
        tendency = total(gap.terms, *model.tendency[reason], around)
        left = np.sqrt(max(1 - sum(term.slope**2 for term in gap.terms), 0.02))
        for name in marked:
            share = rate(gap, model, wave, name, reason)
            if share <= 0 or name in model.study.cleaning.attention:
                continue
            noise = stream(seed, model.study.name, "simulation", reason, wave, name)
            liability = tendency + left * noise.standard_normal(len(tendency))
            spread = np.sqrt(left**2 + sum(term.slope**2 for term in gap.terms))
            hit = (liability > ndtri(1 - share) * spread) & (marked[name] == "")
            marked[name][hit] = reason
    return marked


def _stopped(
    model: Model, wave: str, draw: WaveDraw, reasons: Mapping[str, Reasons], seed: int
) -> dict[str, Reasons]:
    """Empty what comes after the point where somebody stopped."""
    generator = stream(seed, model.study.name, "simulation", "break_off", wave)
    size = len(draw.employer)
    names = list(reasons)
    substantive = [model.study.codebook[name].substantive for name in names]
    last = max(sum(substantive), 1)
    gaps, limit = model.truth.gaps, model.study.cleaning.break_off or 0.5
    ends: Numbers = np.full(size, np.inf)
    open_ = np.flatnonzero(draw.role == "")
    late = generator.permutation(open_)[: round(gaps.late_break_off * len(open_))]
    ends[late] = last * generator.uniform(*gaps.stops, size=len(late))
    early = np.flatnonzero(draw.role == "break_offs")
    ends[early] = last * limit * generator.uniform(0.1, 0.75, size=len(early))
    marked, reached = dict(reasons), 0
    for name, counts in zip(names, substantive):
        reached += counts
        if model.study.codebook[name].construct not in UNPUT:
            marked[name] = np.where(reached > ends, "break_off", reasons[name])
    return marked


def _routed(model: Model, wave: str, draw: WaveDraw, reasons: Mapping[str, Reasons]) -> dict[str, Reasons]:
    """Mark what was not put to an employer, question by question in the order of the codebook."""
    marked = dict(reasons)
    for name, item in model.study.asked(wave).items():
        condition = item.asked_if
        if condition is None or any(gate not in marked for gate in condition.names):
            continue
        columns = {gate: _column(model, draw, gate, marked[gate]) for gate in condition.names}
        # Whoever stopped before the gate never came to know; the file says that they stopped.
        never = parse_condition(f"not ({condition.text})").holds(columns)
        off = never | (~condition.holds(columns) & (marked[name] != "break_off"))
        marked[name] = np.where(off, "not_asked", marked[name])
    return marked


def _column(model: Model, draw: WaveDraw, gate: str, reasons: Reasons) -> pd.Series:
    """Give the answers to a gate as they will be read, missing where a reason stands."""
    blank = None if model.study.scale_of(gate).text else np.nan
    return pd.Series(draw.answers[gate]).where(pd.Series(reasons) == "", blank)
