"""The section of the sample: from delivered rows to analysed ones, response, and missing answers."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from inspraak.publishing.language import NIL, UNKNOWN, format_number, format_share, unit_word
from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_frame import empty_strata, stratum_label

INVITED = frozenset({"invited"})
RESPONDED = frozenset({"response"})
STEPS = ("invited", "response", "delivered", "removed", "analysed")
MOST_MISSING = 10


@dataclass(frozen=True)
class Flow:
    """One row of the table of steps: its words, a number per wave, whether it is a main step."""

    step: str
    numbers: tuple[str, ...]
    main: bool


@dataclass(frozen=True)
class Stratum:
    """Invited and responded of one stratum."""

    label: str
    invited: str
    responded: str
    share: str


@dataclass(frozen=True)
class Gap:
    """How one question was answered in a wave, as written; `reasons` in the order of REASONS, then others."""

    label: str
    asked: str
    share: str
    reasons: tuple[str, ...]
    missing: float


@dataclass(frozen=True)
class WaveGaps:
    """Missing answers of one wave: all questions, and those with most of them first."""

    wave: str
    every: tuple[Gap, ...]
    most: tuple[Gap, ...]
    latest: bool


@dataclass(frozen=True)
class Sample:
    """All that the section shows; `strata` by wave.

    `empty` are the sentences on strata without respondents, `uncomputable` those on variables without a value.
    """

    waves: tuple[str, ...]
    flow: tuple[Flow, ...]
    strata: Mapping[str, tuple[Stratum, ...]]
    gaps: tuple[WaveGaps, ...]
    empty: tuple[str, ...] = ()
    uncomputable: tuple[str, ...] = ()


REASONS = ("dont_know", "refused", "not_applicable")


def sample(published: Published) -> Sample:
    """Make the section from sample.csv and missing.csv; tables that are absent leave their part empty."""
    by_wave = published.by_wave("sample")
    strata = {wave: tuple(_strata(published, rows)) for wave, rows in by_wave.items()}
    gaps = [
        _gaps(published, wave, rows, latest=wave == published.waves[-1])
        for wave, rows in published.by_wave("missing").items()
    ]
    return Sample(
        waves=tuple(by_wave),
        flow=tuple(_with_response(published, by_wave, _flow(published, by_wave))),
        strata={wave: found for wave, found in reversed(strata.items()) if found},
        gaps=tuple(reversed(gaps)),
        empty=empty_strata(published),
        uncomputable=tuple(_uncomputable(published)),
    )


def _flow(published: Published, by_wave: Mapping[str, list[Row]]) -> list[Flow]:
    catalogue = published.words["report"]["sample"]
    counts: dict[tuple[str, str], dict[str, float]] = {}
    for wave, rows in by_wave.items():
        for row in rows:
            strata = row["step"] in INVITED | RESPONDED
            found = counts.setdefault((row["step"], "" if strata else row["reason"]), {})
            found[wave] = found.get(wave, 0) + row["n"]
    told = [key for key, found in counts.items() if not key[1] or any(found.values())]
    ordered = sorted(told, key=lambda key: _place(key, list(counts)))
    return [
        Flow(
            step=_step_words(catalogue, *key),
            numbers=tuple(
                _count(counts[key].get(wave, 0 if key[1] else math.nan), published.language)
                for wave in by_wave
            ),
            main=not key[1],
        )
        for key in ordered
    ]


def _with_response(published: Published, by_wave: Mapping[str, list[Row]], flow: list[Flow]) -> list[Flow]:
    """Put the response, as a share of those invited, below these two steps; of strata for which both are known."""
    counts = [(by_stratum(rows, RESPONDED), by_stratum(rows, INVITED)) for rows in by_wave.values()]
    totals = [
        (sum(responded.get(name, 0) for name in invited), sum(invited.values()))
        for responded, invited in counts
    ]
    if not any(responded and invited for responded, invited in totals):
        return flow
    shares = tuple(_share(responded, invited, published.language) for responded, invited in totals)
    name = published.words["report"]["sample"]["response_share"]
    return [*flow[:2], Flow(name, shares, main=False), *flow[2:]]


def _count(count: float, language: str) -> str:
    return NIL if count == 0 else format_number(count, language=language)


def _place(key: tuple[str, str], keys: list[tuple[str, str]]) -> tuple[int, int]:
    place = STEPS.index(key[0]) if key[0] in STEPS else STEPS.index("removed")
    return place, keys.index(key)


def _step_words(catalogue: Mapping[str, Mapping[str, str]], step: str, reason: str) -> str:
    words = catalogue["steps"].get(step, step.replace("_", " "))
    if not reason:
        return words
    because = catalogue["reasons"].get(reason, reason.replace("_", " "))
    return because[:1].upper() + because[1:]


def by_stratum(rows: Iterable[Row], steps: Iterable[str]) -> dict[str, float]:
    """Give the number of a step in each stratum."""
    return {row["reason"]: row["n"] for row in rows if row["step"] in steps and row["reason"]}


def _strata(published: Published, rows: list[Row]) -> list[Stratum]:
    invited, responded = by_stratum(rows, INVITED), by_stratum(rows, RESPONDED)
    return [
        Stratum(
            label=stratum_label(published, stratum),
            invited=format_number(count, language=published.language),
            responded=format_number(responded.get(stratum, math.nan), language=published.language),
            share=_share(responded.get(stratum, math.nan), count, published.language),
        )
        for stratum, count in (dict.fromkeys(responded, math.nan) | invited).items()
    ]


def _gaps(published: Published, wave: str, rows: list[Row], *, latest: bool) -> WaveGaps:
    items = published.study.codebook
    shown = [
        row for row in rows if row["item"] in items and items[row["item"]].substantive and row["n_asked"] > 0
    ]
    every = [_gap(published, row) for row in shown]
    most = sorted((gap for gap in every if gap.missing > 0), key=lambda gap: -gap.missing)[:MOST_MISSING]
    return WaveGaps(wave, tuple(every), tuple(most), latest)


def _gap(published: Published, row: Row) -> Gap:
    language = published.language
    named = [row[f"n_{reason}"] for reason in REASONS]
    otherwise = row["n_asked"] - row["n_answered"] - sum(named)
    return Gap(
        label=published.label(row["item"]),
        asked=format_number(row["n_asked"], language=language),
        share=_share(row["n_answered"], row["n_asked"], language),
        reasons=tuple(_count(count, language) for count in (*named, otherwise)),
        missing=1 - row["n_answered"] / row["n_asked"],
    )


def _uncomputable(published: Published) -> Iterator[str]:
    """Give one sentence per wave and variable that arithmetic has no value of, the latest wave first."""
    text, language = published.words["report"]["sample"], published.language
    for wave, rows in reversed(published.by_wave("missing").items()):
        for row in rows:
            variable = published.study.variables.get(row["item"])
            count = row.get("n_not_computable", 0)
            if variable is not None and count > 0:
                yield str(text["uncomputable"]).format(
                    wave=wave,
                    variable=published.label(row["item"]),
                    count=format_number(count, language=language),
                    units=unit_word(published.study.unit, count=count, language=language),
                    others=published.units,
                    why=text["uncomputable_why"][variable.operation],
                )


def _share(part: float, whole: float, language: str) -> str:
    if not (math.isfinite(part) and whole > 0):
        return UNKNOWN
    return format_share(part / whole, n=whole, language=language)
