"""Which figure fits which kind of test: a kind of test that gets one is a line here."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from inspraak.publishing.figures.cards.ceiling import draw_ceiling
from inspraak.publishing.figures.cards.estimates import draw_estimates
from inspraak.publishing.figures.cards.facts import ClaimTables, Facts
from inspraak.publishing.figures.cards.forest import draw_forests
from inspraak.publishing.figures.cards.profiles import draw_profiles
from inspraak.publishing.figures.cards.rivals import draw_measurement
from inspraak.publishing.figures.cards.shares import draw_dominance, draw_forms, draw_ranks
from inspraak.publishing.figures.cards.slopes import draw_slopes
from inspraak.publishing.figures.cards.surface import draw_surface
from inspraak.publishing.figures.cards.ways import draw_ways
from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.figures.style import styled
from inspraak.study.claims import Claim
from inspraak.study.study import Study

Draw = Callable[[Facts], Drawing | None]


def _each_part(draw: Callable[[Facts, str], Drawing | None]) -> Callable[[Facts], list[Drawing]]:
    """Draw every part of a kind by itself."""

    def drawn(facts: Facts) -> list[Drawing]:
        parts = [label for label, part in facts.claim.parts.items() if part.kind == facts.kind]
        return [drawing for label in parts if (drawing := draw(facts, label)) is not None]

    return drawn


def _one(draw: Draw) -> Callable[[Facts], list[Drawing]]:
    def drawn(facts: Facts) -> list[Drawing]:
        drawing = draw(facts)
        return [] if drawing is None else [drawing]

    return drawn


FIGURES: Mapping[str, Callable[[Facts], list[Drawing]]] = {
    "association": _one(draw_estimates),
    "regression": _one(draw_estimates),
    "joint": _one(draw_estimates),
    "contrast": _one(draw_estimates),
    "group_difference": _one(draw_estimates),
    "trend": _one(draw_estimates),
    "within_employer": _one(draw_estimates),
    "moderation": _one(draw_slopes),
    "heterogeneity": draw_forests,
    "mediation": _one(draw_ways),
    "response_surface": _one(draw_surface),
    "necessity": _one(draw_ceiling),
    "form_contest": _one(draw_forms),
    "incremental": _one(draw_dominance),
    "typology": _one(draw_profiles),
    "measurement": draw_measurement,
    "shares_ranking": _each_part(draw_ranks),
}
"""A kind without a line, or whose tables hold nothing of the claim, has no figure."""


def draw_cards(tables: Mapping[str, pd.DataFrame], study: Study, *, language: str) -> Iterator[Drawing]:
    """Draw the figures of every claim that is tested, in the order of the study; the kinds that decide come first."""
    of_claims = ClaimTables(tables, study)
    for claim in study.claims.values():
        for kind in _kinds(claim):
            yield from _latest(of_claims, claim, kind, language)


@styled
def _latest(of_claims: ClaimTables, claim: Claim, kind: str, language: str) -> list[Drawing]:
    """Draw one kind of a claim in the latest wave that has numbers of it."""
    found = (facts for facts in of_claims.facts(claim, kind, language=language) if facts.numbered)
    latest = next(found, None)
    return [] if latest is None else FIGURES[kind](latest)


def _kinds(claim: Claim) -> list[str]:
    ordered = sorted(claim.parts.values(), key=lambda part: not part.necessary)
    return [kind for kind in dict.fromkeys(part.kind for part in ordered) if kind in FIGURES]
