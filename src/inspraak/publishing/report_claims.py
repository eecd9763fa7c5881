"""The sections of verdicts: in short (one line per claim) and in full (per claim, with the numbers)."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inspraak.publishing.check_notes import check_note
from inspraak.publishing.claim_notes import notes_beside
from inspraak.publishing.language import (
    UNKNOWN,
    format_interval,
    format_list,
    format_number,
    format_p,
    format_share,
)
from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_details import DetailTable, details
from inspraak.publishing.report_images import Figure
from inspraak.publishing.sentences import phrase
from inspraak.publishing.terms import outcome_words, term_words
from inspraak.publishing.verdict_notes import certainty, remark
from inspraak.study.claims import Claim
from inspraak.study.kinds import NOT_IN_SD

VERDICTS = ("supported", "contradicted", "equivalent to nil", "inconclusive", "not testable")
"""In the order of the report."""
GROUPS = ("confirmatory", "exploratory", "none", "untested")
"""Groups of cards, in the order of the report."""
NATURAL_DECIMALS = 2


@dataclass(frozen=True)
class Result:
    """A claim in one wave: verdict, sentence, how sure, and the remark that belongs to an inconclusive one."""

    claim: str
    wording: str
    wave: str
    verdict: str
    sentence: str
    certainty: str
    remark: str
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Summary:
    """All claims in one wave, by verdict in the order of the report; not testable ones by their reason."""

    wave: str
    counts: Mapping[str, int]
    groups: Mapping[str, tuple[Result, ...]]
    reasons: Mapping[str, tuple[Result, ...]]
    latest: bool


@dataclass(frozen=True)
class Estimate:
    """One row of the numbers behind a verdict, as written."""

    wave: str
    outcome: str
    term: str
    standardised: str
    interval: str
    natural: str
    natural_unit: str
    p: str
    n: str


@dataclass(frozen=True)
class Verdict:
    """What a card says of one wave, or of several where a claim is untestable for the same reason."""

    waves: tuple[str, ...]
    result: Result


@dataclass(frozen=True)
class ClaimCard:
    """A claim in full; `notes` on the test only where there are estimates.

    The first `latest` of the verdicts are those of the latest wave and of all waves together.
    """

    name: str
    family: str
    wording: str
    phrase: str
    file: str
    verdicts: tuple[Verdict, ...]
    latest: int
    estimates: tuple[Estimate, ...]
    notes: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    details: tuple[DetailTable, ...] = ()

    @property
    def tested(self) -> bool:
        """Whether the claim can be tested in some wave."""
        return any(verdict.result.verdict != "not testable" for verdict in self.verdicts)


@dataclass(frozen=True)
class CardGroup:
    """Claims that are read together: `name` is their family, or `untested` where no wave can test them."""

    name: str
    cards: tuple[ClaimCard, ...]


def summaries(published: Published) -> tuple[Summary, ...]:
    """Make one summary per wave, the latest first; none where the study has no verdicts.

    What is judged over the waves together stands with the latest wave, whose readers ask for it.
    """
    by_wave = _results(published)
    over = [found for wave, found in by_wave.items() if wave not in published.waves]
    waves = [wave for wave in by_wave if wave in published.waves] or list(by_wave)
    made: list[Summary] = []
    for wave in reversed(waves):
        results = dict(by_wave[wave])
        for found in over if not made else ():
            results = {**found, **results}
        ordered = [results[name] for name in published.study.claims if name in results]
        groups = {
            verdict: tuple(result for result in ordered if result.verdict == verdict) for verdict in VERDICTS
        }
        reasons: dict[str, tuple[Result, ...]] = {}
        for result in groups["not testable"]:
            reasons[result.sentence] = (*reasons.get(result.sentence, ()), result)
        counts = {verdict: len(found) for verdict, found in groups.items()}
        made.append(Summary(wave, counts, groups, reasons, latest=not made))
    return tuple(made)


def card_groups(made: Iterable[ClaimCard]) -> tuple[CardGroup, ...]:
    """Group the cards by family, claims that no wave can test last; groups without a claim are left out."""
    found: dict[str, list[ClaimCard]] = {name: [] for name in GROUPS}
    for card in made:
        found[card.family if card.tested else "untested"].append(card)
    return tuple(CardGroup(name, tuple(of_group)) for name, of_group in found.items() if of_group)


def cards(published: Published, figures: Iterable[Figure] = ()) -> tuple[ClaimCard, ...]:
    """Make every claim in full, in the order of the study, with its results of the latest wave first."""
    beside = details(published)
    drawn: dict[str, list[Figure]] = {}
    for figure in figures:
        drawn.setdefault(figure.claim, []).append(figure)
    by_wave = _results(published)
    single = [wave for wave in reversed(published.waves) if wave in by_wave]
    first = [*single[:1], *(wave for wave in by_wave if wave not in published.waves)]
    estimates: dict[str, list[Row]] = {}
    for row in published.rows("estimates"):
        if math.isfinite(row["estimate"]) or math.isfinite(row["std_estimate"]):
            estimates.setdefault(row["hypothesis"], []).append(row)
    made: list[ClaimCard] = []
    for name, claim in published.study.claims.items():
        results = [by_wave[wave][name] for wave in (*first, *single[1:]) if name in by_wave[wave]]
        verdicts = tuple(_joined(results))
        order = {wave: place for place, wave in enumerate((*first, *single[1:]))}
        rows = sorted(estimates.get(name, []), key=lambda row: order[row["wave"]])
        shown = tuple(_estimate(published, row) for row in rows)
        made.append(
            ClaimCard(
                name=name,
                family=claim.family,
                wording=claim.wording[published.language],
                phrase=claim.source.phrase if claim.source is not None else "",
                file=claim.source.file if claim.source is not None else "",
                verdicts=verdicts,
                latest=max(1, sum(not set(first).isdisjoint(verdict.waves) for verdict in verdicts)),
                estimates=shown,
                notes=tuple(_notes(published, claim)) if shown else (),
                figures=tuple(drawn.get(name, ())),
                details=beside.get(name, ()),
            )
        )
    return tuple(made)


def _joined(results: Iterable[Result]) -> Iterable[Verdict]:
    """Join the waves in which a claim cannot be tested for the same reason."""
    joined: dict[tuple[str, str], Verdict] = {}
    for result in results:
        untestable = result.verdict == "not testable"
        key = (result.verdict, result.sentence if untestable else result.wave)
        before = joined[key].waves if key in joined else ()
        joined[key] = Verdict((result.wave, *before), result)
    return joined.values()


def _results(published: Published) -> dict[str, dict[str, Result]]:
    """Give every result by wave (in the order of the study) and claim (likewise)."""
    rows = published.by_wave("verdicts")
    bases = _bases(published)
    verdicts = {(row["hypothesis"], wave): row["verdict"] for wave in rows for row in rows[wave]}
    found: dict[str, dict[str, Result]] = {}
    for wave, rows_of_wave in rows.items():
        by_claim = {row["hypothesis"]: row for row in rows_of_wave}
        for name, claim in published.study.claims.items():
            if name not in by_claim:
                continue
            others = tuple(
                (other, verdicts[(name, other)])
                for other in rows
                if other != wave and (name, other) in verdicts
            )
            base = bases.get((name, wave), math.nan)
            result = _result(published, claim, by_claim[name], base, others)
            found.setdefault(wave, {})[name] = result
    return found


def _bases(published: Published) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for row in published.rows("estimates"):
        key = (row["hypothesis"], row["wave"])
        if math.isfinite(row["n"]):
            found[key] = min(row["n"], found.get(key, math.inf))
    return found


def _result(
    published: Published, claim: Claim, row: Row, base: float, others: tuple[tuple[str, str], ...]
) -> Result:
    language = published.language
    deciding = {part.kind for part in claim.parts.values() if part.necessary}
    return Result(
        claim=claim.name,
        wording=claim.wording[language],
        wave=row["wave"],
        verdict=row["verdict"],
        sentence=_words(row, f"sentence_{language}"),
        certainty=certainty(claim, row, language=language),
        remark=remark(row, base, unit=published.study.unit, language=language, kinds=deciding),
        others=others,
    )


def _words(row: Row, column: str) -> str:
    value = row.get(column)
    return value if isinstance(value, str) else ""


def _estimate(published: Published, row: Row) -> Estimate:
    language = published.language
    in_sd = row["kind"] not in NOT_IN_SD
    unknown = not in_sd or not math.isfinite(row["std_estimate"])
    return Estimate(
        wave=row["wave"],
        outcome=outcome_words(published.study, row["outcome"], language=language),
        term=term_words(published.study, row["term"], language=language),
        standardised=format_number(row["std_estimate"], decimals=2, language=language) if in_sd else "",
        interval="" if unknown else format_interval(row["std_ci_low"], row["std_ci_high"], language=language),
        natural=format_number(row["natural_estimate"], decimals=NATURAL_DECIMALS, language=language),
        natural_unit=published.words["report"]["claims"]["natural_units"].get(
            row["natural_unit"], row["natural_unit"]
        ),
        p=format_p(row["p_value"], language=language).removeprefix("p = ").removeprefix("p "),
        n=format_number(row["n"], language=language),
    )


def _notes(published: Published, claim: Claim) -> Iterable[str]:
    catalogue = published.words["report"]["claims"]
    kinds = [catalogue["kinds"][part.kind] for part in claim.parts.values() if part.kind != "untested"]
    if not kinds:
        return
    yield catalogue["family"][claim.family]
    yield catalogue["test"].format(kind=format_list(list(dict.fromkeys(kinds)), language=published.language))
    models = dict.fromkeys(_words(row, "model") for row in _estimates_of(published, claim))
    named = catalogue["models"]
    said = [named[model].format(units=published.units) for model in models if model in named]
    if said:
        yield catalogue["model"].format(models=format_list(said, language=published.language))
    controls = _controls(published, claim)
    if controls:
        quoted = [phrase(published.study, name, 0, language=published.language) for name in controls]
        yield catalogue["controls"].format(controls=format_list(quoted, language=published.language))
    if any(part.domain is not None for part in claim.parts.values()):
        yield catalogue["domain"].format(units=published.units)
    yield from check_note(published, claim.name)
    yield from notes_beside(published, claim)
    yield from _robustness(published, claim)


def _controls(published: Published, claim: Claim) -> list[str]:
    """List what was held constant in one of the tests of a claim, in the order of the table."""
    rows = _estimates_of(published, claim)
    return list(dict.fromkeys(name for row in rows for name in row.get("controls", "").split(", ") if name))


def _estimates_of(published: Published, claim: Claim) -> list[Row]:
    return [row for row in published.rows("estimates") if row["hypothesis"] == claim.name]


def _robustness(published: Published, claim: Claim) -> Iterable[str]:
    catalogue, language = published.words["report"]["claims"], published.language
    rows = [row for row in published.rows("verdicts") if row["hypothesis"] == claim.name]
    for row in rows[-1:]:
        for column, key in (("robustness_value", "robustness"), ("e_value", "e_value")):
            value = format_number(row.get(column, math.nan), decimals=2, language=language)
            if value != UNKNOWN:
                yield catalogue[key].format(value=value)
        share = format_share(row.get("significant_share", math.nan), n=0, language=language)
        if share != UNKNOWN:
            yield catalogue["significant"].format(share=share)
