"""What the report says of trends that break more than is plausible, and of scores that waves do not share."""

from collections.abc import Iterable, Iterator

from inspraak.publishing.language import format_list, format_number
from inspraak.publishing.published import Published, Row

MOST_TOLD = 5
"""Scores of one wave that a warning names."""
REASONS = {
    "other items": "items",
    "other scale": "scale",
    "measured against its own wave": "own_wave",
}
"""Word of the catalogue for each reason why waves do not compare."""


def trend_warnings(published: Published) -> tuple[str, ...]:
    """Give a warning for each wave into which trends break, the latest first.

    A wave of which many indices break at once is called a sample that deviates; else the breaks are told one by one.
    """
    return tuple(_warnings(published))


def _warnings(published: Published) -> Iterator[str]:
    judged = [row for row in _of_indices(published) if row["comparable"] == "True"]
    for wave in reversed(published.waves):
        pointing = [row for row in judged if row["implausible_wave"] == wave]
        entering = [row for row in pointing if row["to_wave"] == wave]
        if entering:
            total = sum(row["to_wave"] == wave for row in judged)
            yield _of_sample(
                published, wave, entering, [row for row in pointing if row not in entering], total
            )
        alone = [
            row for row in judged
            if row["to_wave"] == wave and row["plausibility"] and not row["implausible_wave"]
        ]  # fmt: skip
        if alone:
            text = published.words["report"]["trends"]["alone"]
            yield str(
                text.format(since=_since(published, alone), wave=wave, scores=_scores(published, alone))
            )


def _of_sample(published: Published, wave: str, entering: list[Row], returning: list[Row], total: int) -> str:
    """Say how many indices break into a wave and out of it again, and what that looks like."""
    text, language = published.words["report"]["trends"], published.language
    since = _since(published, entering)
    named = {
        "wave": wave,
        "since": since,
        "count": format_number(len(entering), language=language),
        "total": format_number(total, language=language),
        "scores": _scores(published, entering),
    }
    said = [text["together"].format(**named)]
    if returning:
        count = format_number(len(returning), language=language)
        later = format_list(list(dict.fromkeys(row["to_wave"] for row in returning)), language=language)
        said.append(text["return_one" if len(returning) == 1 else "return"].format(count=count, wave=later))
    said.append(text["looks_spike" if returning else "looks"].format(**named))
    return " ".join(said)


def _since(published: Published, rows: Iterable[Row]) -> str:
    """Name the waves that changes start from."""
    return format_list(list(dict.fromkeys(row["from_wave"] for row in rows)), language=published.language)


def _scores(published: Published, rows: list[Row]) -> str:
    """Name the scores that change most, with the change in points."""
    text, language = published.words["report"]["trends"], published.language
    largest = sorted(rows, key=lambda row: -abs(row["standardised"]))
    parts = [
        text["score"].format(
            score=published.label(row["measure"]),
            change=text["up" if row["estimate"] > 0 else "down"].format(
                points=format_number(abs(row["estimate"]), decimals=1, language=language)
            ),
        )
        for row in largest[:MOST_TOLD]
    ]
    more = len(largest) - MOST_TOLD
    if more > 0:
        parts.append(text["more"].format(count=format_number(more, language=language)))
    return format_list(parts, language=language)


def not_comparable(published: Published, indices: Iterable[str]) -> tuple[str, ...]:
    """Give one sentence per two waves between which some of these indices do not compare, and why not."""
    text, language = published.words["report"]["trends"], published.language
    wanted = set(indices)
    found: dict[tuple[str, str], list[str]] = {}
    for row in _of_indices(published):
        if row["measure"] in wanted and row["comparable"] == "False":
            keys = [REASONS[reason.split(":")[0]] for reason in row["reason"].split("; ")]
            why = format_list([text["reasons"][key] for key in keys], language=language)
            label = text["incomparable_score"].format(score=published.label(row["measure"]), why=why)
            found.setdefault((row["from_wave"], row["to_wave"]), []).append(label)
    return tuple(
        text["incomparable"].format(since=since, wave=wave, scores=format_list(labels, language=language))
        for (since, wave), labels in sorted(found.items(), key=lambda item: _place(published, item[0]))
    )


def _place(published: Published, pair: tuple[str, str]) -> tuple[int, int]:
    """Give the place of two waves among those of the study, the latest first."""
    order = {wave: -place for place, wave in enumerate(published.waves)}
    return order.get(pair[1], 0), order.get(pair[0], 0)


def _of_indices(published: Published) -> Iterator[Row]:
    """Give the changes of the indices of all employers together."""
    for row in published.rows("trends"):
        if row["measure"] in published.study.indices and not row["group_by"]:
            yield row
