"""The section on measurement: whether each score may be trusted and compared, and how the models behind it fit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from inspraak.publishing.comparison_marks import MARKS, SIGNS, verdict
from inspraak.publishing.language import format_list, in_sentence
from inspraak.publishing.measurement_limits import limits
from inspraak.publishing.measurement_numbers import Written, written
from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_images import Figure
from inspraak.publishing.report_models import Model, models, scorings
from inspraak.publishing.report_reliability import (
    FORMATIVE,
    SINGLE,
    Coefficient,
    Trust,
    coefficient,
    grade,
    group_words,
    overlap,
    reason,
    similar_pairs,
    trust,
    weak_scores,
    why_counted,
)
from inspraak.study.factor_models import WAVE

YES = "✓"
UNTESTED = (FORMATIVE, SINGLE)
"""Grades of scores of which nobody need ask whether their questions measure one thing."""
LEVELS = ("configural", "thresholds", "metric", "scalar")


@dataclass(frozen=True)
class Compared:
    """Whether a score compares over one grouping: the name of its mark ("" where it does), its sign and word."""

    mark: str
    sign: str
    word: str


@dataclass(frozen=True)
class Score:
    """One score: whether it may be trusted, and compared over each grouping."""

    index: str
    label: str
    trust: Trust
    coefficient: Coefficient | None
    n: float
    compared: tuple[Compared, ...]


@dataclass(frozen=True)
class Reason:
    """Why a score does not, or not wholly, compare over some groupings."""

    score: str
    over: str
    word: str
    why: str


@dataclass(frozen=True)
class Measurement:
    """All that the section shows; empty where the study has no score that mirrors one thing.

    `columns` names the groupings of `scores`, which are those of the latest `wave`; `others` are scores that are made
    up of parts or are one question; `remarks` and `hints` follow the
    table, `reasons` say of each comparison why it does not wholly hold, `numbers` are tables behind a fold.
    """

    wave: str
    note: str
    columns: tuple[str, ...]
    scores: tuple[Score, ...]
    others: tuple[Score, ...]
    remarks: tuple[str, ...]
    hints: tuple[str, ...]
    reasons: tuple[Reason, ...]
    models: tuple[Model, ...]
    scorings: tuple[str, ...]
    numbers: tuple[Written, ...]

    @property
    def tested(self) -> bool:
        """Tell whether there is a score that mirrors one thing."""
        return bool(self.scores)


def measurement(published: Published, figures: Iterable[Figure] = ()) -> Measurement:
    """Make the section from the tables of scales and models; absent tables leave it shorter."""
    by_wave = published.by_wave("reliability")
    wave = list(by_wave)[-1] if by_wave else ""
    rows = by_wave.get(wave, [])
    groupings = [
        grouping
        for grouping in (WAVE, *published.study.groups)
        if any(verdict(published, row["index"], grouping) for row in rows)
    ]
    scores = [_score(published, row, groupings) for row in rows]
    return Measurement(
        wave=wave,
        note=published.words["report"]["measurement"]["glance_note"].format(**limits(published.language)),
        columns=tuple(group_words(published, grouping) for grouping in groupings),
        scores=tuple(score for score in scores if score.trust.grade not in UNTESTED),
        others=tuple(score for score in scores if score.trust.grade in UNTESTED),
        remarks=tuple(_remarks(published, rows, wave)),
        hints=tuple(_hints(published, rows)),
        reasons=tuple(_reasons(published)),
        models=models(published, figures),
        scorings=tuple(scorings(published)),
        numbers=written(published),
    )


def _score(published: Published, row: Row, groupings: list[str]) -> Score:
    compared = (_compared(published, row, grouping) for grouping in groupings)
    found = overlap(row) if grade(published, row) in UNTESTED else coefficient(row)
    label = published.label(row["index"])
    return Score(row["index"], label, trust(published, row), found, row["n"], tuple(compared))


def _compared(published: Published, row: Row, grouping: str) -> Compared:
    """Say whether a score compares; a list of practices that rests on no scale needs no test."""
    found, words = verdict(published, row["index"], grouping), published.words["comparable"]
    if not found and grade(published, row) in UNTESTED:
        return Compared("", "", words["not needed"])
    return Compared(
        MARKS.get(found, ""), YES if found == "yes" else SIGNS.get(found, ""), words[found or "not judged"]
    )


def _remarks(published: Published, rows: list[Row], wave: str) -> Iterator[str]:
    """Say which scores are weak or alike."""
    weak = weak_scores(published, rows, wave)
    if weak:
        yield weak
    yield from similar_pairs(published, published.by_wave("discriminant").get(wave, []))


def _hints(published: Published, rows: list[Row]) -> Iterator[str]:
    """Say which coefficients count and why, and that lists of practices need none."""
    text = published.words["report"]["measurement"]
    yield from why_counted(published, rows)
    if any(grade(published, row) == FORMATIVE for row in rows):
        yield text["formative"].format(**published.named)


def _reasons(published: Published) -> Iterator[Reason]:
    """Say of each scale and grouping why it does not, or not wholly, compare: what differs, or why nobody can tell."""
    text = published.words["report"]["measurement"]["because"]
    over_waves, no = in_sentence(group_words(published, WAVE)), published.words["comparable"]["no"]
    for index in (name for name in published.study.indices if name in published.asked_otherwise):
        yield Reason(published.label(index), over_waves, no, text["otherwise"])
    found: dict[tuple[str, str], list[Row]] = {}
    for row in published.rows("invariance"):
        if row["comparable"] in SIGNS:
            found.setdefault((row["index"], row["grouping"]), []).append(row)
    joined: dict[tuple[str, str, str], list[str]] = {}
    for (index, grouping), rows in found.items():
        key = (index, rows[0]["comparable"], _because(published, rows, text))
        joined.setdefault(key, []).append(group_words(published, grouping))
    order = list(SIGNS)
    for (index, judged, why), over in sorted(joined.items(), key=lambda item: order.index(item[0][1])):
        groupings = format_list([in_sentence(one) for one in over], language=published.language)
        yield Reason(published.label(index), groupings, published.words["comparable"][judged], why)


def _because(published: Published, rows: list[Row], text: Mapping[str, str]) -> str:
    """Say which questions differ, at which level it fails, or why it could not be tested."""
    judged = rows[0]["comparable"]
    if judged == "partial":
        items = [name for row in rows for name in row["released"].split()]
        named = [f"‘{published.short_label(name)}’" for name in dict.fromkeys(items)]
        return text["released"].format(items=format_list(named, language=published.language))
    if judged == "no":
        failed = next((row["level"] for row in rows if row["holds"] == "False"), "")
        return text[failed] if failed in LEVELS else text["unknown"]
    why = next((row["reason"] for row in rows if row["reason"]), "")
    return reason(published, why) if why else text["unknown"]
