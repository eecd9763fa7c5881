"""Draw the employers of every wave, who of them answers, and their complete answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspraak.randomness import stream
from inspraak.survey.simulation import answering
from inspraak.survey.simulation.model import Model, Values
from inspraak.survey.simulation.population import Whole, allocate, choose, invited
from inspraak.survey.simulation.structure import Categories, Numbers, noises, total
from inspraak.survey.simulation.truth import Mess

ROLES = ("break_offs", "failed_attention", "straight_liners", "impossible_rows", "out_of_scope")
"""What employers that cleaning removes are there for; an employer that can be analysed has the role ""."""


@dataclass(frozen=True)
class WaveDraw:
    """Complete answers of the employers of one wave, one array entry per employer.

    `employer` numbers employers over the waves, `stratum` counts from 0 in the order of the population
    file, `role` is "" or one of ROLES, `latents` are in SD, `answers` on the codebook's scales and `asked`
    on the scales of the wave. Nothing is missing yet.
    """

    employer: Whole
    stratum: Whole
    role: npt.NDArray[np.str_]
    latents: Mapping[str, Numbers]
    answers: Mapping[str, Values]
    asked: Mapping[str, Values]


@dataclass(frozen=True)
class _Pool:
    """Every employer that was asked in any wave: its stratum and the wave that it was first asked in."""

    stratum: Whole
    wave: Whole


def draw(model: Model, *, seed: int) -> dict[str, WaveDraw]:
    """Draw every wave of the study; raises `UserError` where the sample does not fit the strata."""
    waves = list(model.study.waves)
    parts, pool = _plan(model, waves)
    states = _trajectories(model, pool, waves, seed)
    chosen = _respondents(model, pool, parts, states, waves, seed)
    kept = [
        {name: values[rows] for name, values in state.items()} for (rows, _), state in zip(chosen, states)
    ]
    asked = _items(model, pool, [rows for rows, _ in chosen], kept, waves, seed)
    return {
        wave: WaveDraw(
            employer=rows,
            stratum=pool.stratum[rows],
            role=role,
            latents={name: state[name] for name in model.truth.latents},
            answers={name: state[name] for name in model.truth.answers},
            asked=own,
        )
        for wave, (rows, role), state, own in zip(waves, chosen, kept, asked)
    }


def _plan(model: Model, waves: list[str]) -> tuple[list[Whole], _Pool]:
    """Allocate each wave over the strata and list everybody who is asked."""
    sample, strata = model.truth.sample, model.strata
    parts, stratum, first = [], [], []
    for position, wave in enumerate(waves):
        size = sample.employers[wave] + model.truth.mess.get(wave, Mess()).removed
        asked = invited(model.study, wave, strata)
        part = allocate(sample, strata, size, asked=asked)
        slots = asked if asked is not None else np.ceil(part / sample.response).astype(np.int64)
        parts.append(part)
        stratum.append(np.repeat(np.arange(len(slots)), slots))
        first.append(np.full(int(slots.sum()), position))
    return parts, _Pool(np.concatenate(stratum), np.concatenate(first))


def _trajectories(model: Model, pool: _Pool, waves: list[str], seed: int) -> list[dict[str, Values]]:
    """Give facts and latents of everybody in every wave."""
    names = [*model.truth.facts, *model.truth.latents]
    steps: list[str | None] = [None] * model.burn_in + list(waves)
    noise = {
        name: noises(
            seed,
            (model.study.name, "simulation", name),
            size=len(pool.stratum),
            waves=len(steps),
            stability=model.stability(name),
        )
        for name in names
    }
    states: list[dict[str, Values]] = []
    before: dict[str, Values] = {}
    for wave in steps:
        state: dict[str, Values] = {}
        around = model.around(pool.stratum, state, before)
        for name in names:
            liability = model.liability(name, around, next(noise[name]), wave=wave)
            state[name] = model.respond(name, liability, around, _count(model, name, wave, seed))
        states.append(state)
        before = state
    return states[model.burn_in :]


def _count(model: Model, name: str, wave: str | None, seed: int) -> np.random.Generator:
    return stream(seed, model.study.name, "simulation", name, "count", wave or "")


def _respondents(
    model: Model,
    pool: _Pool,
    parts: list[Whole],
    states: list[dict[str, Values]],
    waves: list[str],
    seed: int,
) -> list[tuple[Whole, npt.NDArray[np.str_]]]:
    """Choose who answers in each wave, and who of them is there to be removed."""
    chosen: list[tuple[Whole, npt.NDArray[np.str_]]] = []
    analysable: Whole = np.array([], dtype=np.int64)
    for position, wave in enumerate(waves):
        generator = stream(seed, model.study.name, "simulation", "response", wave)
        back = _returning(pool, analysable, parts[position], model.truth.sample.returning, generator)
        around = model.around(pool.stratum, states[position], {})
        odds = total(model.truth.sample.selection, *model.tendency["selection"], around)
        fresh: list[Whole] = []
        for stratum, part in enumerate(parts[position]):
            slots = np.flatnonzero((pool.stratum == stratum) & (pool.wave == position))
            wanted = int(part) - int((pool.stratum[back] == stratum).sum())
            fresh.append(choose(slots, odds[slots], wanted, generator))
        new = generator.permutation(np.concatenate(fresh))
        role = np.full(len(new) + len(back), "", dtype="<U20")
        mess = model.truth.mess.get(wave, Mess())
        role[: mess.removed] = np.repeat(ROLES, [getattr(mess, name) for name in ROLES])
        rows = np.concatenate([new, back])
        analysable = rows[role == ""]
        chosen.append((rows, role))
    return chosen


def _returning(
    pool: _Pool, analysable: Whole, part: Whole, share: float, generator: np.random.Generator
) -> Whole:
    """Choose who comes back, at most as many in a stratum as there is room for."""
    back = generator.permutation(analysable)[: round(share * len(analysable))]
    kept = [back[pool.stratum[back] == stratum][:room] for stratum, room in enumerate(part)]
    return np.sort(np.concatenate(kept)) if kept else back


def _items(
    model: Model, pool: _Pool, rows: list[Whole], states: list[dict[str, Values]], waves: list[str], seed: int
) -> list[dict[str, Values]]:
    """Add the answers to every item to the states, and give them on the scales of the waves."""
    asked: list[dict[str, Values]] = [{name: state[name] for name in model.truth.facts} for state in states]
    for name in model.truth.items:
        key = (model.study.name, "simulation", name)
        stability = model.stability(name)
        noise = noises(seed, key, size=len(pool.stratum), waves=len(waves), stability=stability)
        for position, (wave, one) in enumerate(zip(waves, noise)):
            chosen, state = rows[position], states[position]
            around = model.around(pool.stratum[chosen], state, {})
            liability = model.liability(name, around, one[chosen], wave=wave)
            answers = model.respond(name, liability, around, _count(model, name, wave, seed))
            asked[position][name], state[name] = _own_scale(
                model, name, wave, liability, around.groups, answers
            )
    for position, wave in enumerate(waves):
        final = _joined(model, states[position], stream(seed, model.study.name, "simulation", "joined", wave))
        states[position].update(final)
        asked[position].update(final)
    return asked


def _own_scale(
    model: Model, name: str, wave: str, liability: Numbers, groups: Categories, answers: Values
) -> tuple[Values, Values]:
    """Give the answers as the wave asked them, and the same on the codebook's scale."""
    other = model.study.waves[wave].scales.get(name)
    if other is None or model.study.scales[other].convert is None:
        return answers, answers
    places = model.cuts[name].places(liability, groups) if name in model.cuts else answers
    return answering.on_scale(places, model.study.scales[other])


def _joined(model: Model, state: Mapping[str, Values], generator: np.random.Generator) -> dict[str, Values]:
    """Settle answers that hang together: divided points, exclusive answers, the most important of several."""
    truth = model.truth
    final: dict[str, Any] = {}
    for allocation in truth.allocations:
        final |= answering.divide(allocation, state)
    for name, others in truth.exclusive.items():
        low, high = min(truth_codes(model, name)), max(truth_codes(model, name))
        none = np.all([state[other] == min(truth_codes(model, other)) for other in others], axis=0)
        final[name] = np.where(none, high, low)
    for name, options in truth.first_choice.items():
        shares = truth.shares_of(truth.answers[name]) or {}
        codes = np.array(list(options), dtype=np.float64)
        weights = np.log([max(shares.get(code, 0.0), 1e-9) for code in options])
        values = {other: {**state, **final}[other] for other in options.values()}
        open_ = np.column_stack(
            [values[other] == max(truth_codes(model, other)) for other in options.values()]
        )
        keys = np.where(open_, weights + generator.gumbel(size=open_.shape), -np.inf)
        final[name] = np.where(open_.any(axis=1), codes[keys.argmax(axis=1)], np.nan)
    return final


def truth_codes(model: Model, name: str) -> tuple[float, ...]:
    """Give the codes of an item in the truth, lowest first."""
    return tuple(sorted(model.truth.shares_of(model.truth.answers[name]) or ()))
