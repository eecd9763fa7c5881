"""The section of scores: per theme its figures, means, differences between groups, questions and answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inspraak.publishing.comparison_marks import mark, remarks, sign
from inspraak.publishing.language import format_interval, format_list
from inspraak.publishing.published import Key, Published
from inspraak.publishing.report_cells import Cell, base_cell, mean_cell, share_cell
from inspraak.publishing.report_images import Figure
from inspraak.publishing.report_trends import not_comparable
from inspraak.study.factor_models import WAVE


@dataclass(frozen=True)
class Line:
    """One row of a table: its head, a cell per column, whether it stands out, and where its name links to.

    `mark` is the name of the mark of a score that does not wholly compare over the columns.
    """

    head: str
    cells: tuple[Cell, ...]
    strong: bool = False
    link: str = ""
    mark: str = ""

    @property
    def sign(self) -> str:
        """Give the sign of the mark, or nothing."""
        return sign(self.mark)


@dataclass(frozen=True)
class GroupTable:
    """Means of a theme's indices in one wave: a column per group; `incomparable` says what groups do not share."""

    group_by: str
    wave: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    latest: bool
    incomparable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """An item with its answers over the waves, and the waves that asked it on another scale.

    `see` names the index under which it stands already.
    """

    name: str
    wording: str
    reversed: bool = False
    routed: bool = False
    converted: tuple[str, ...] = ()
    shares: bool = True
    lines: tuple[Line, ...] = ()
    see: str = ""


@dataclass(frozen=True)
class Questions:
    """What is behind an index (or stands under a theme without one); `counted` says how its components count."""

    anchor: str
    label: str
    higher: str
    rule: str
    parts: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]
    counted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Theme:
    """One theme of the report; `incomparable` says which of its scores waves do not share."""

    name: str
    label: str
    figures: tuple[Figure, ...]
    waves: tuple[str, ...]
    means: tuple[Line, ...]
    groups: tuple[GroupTable, ...]
    questions: tuple[Questions, ...]
    incomparable: tuple[str, ...] = ()


def themes(published: Published, figures: Iterable[Figure]) -> tuple[Theme, ...]:
    """Make every theme of the study, in its order; a theme without any published cell has empty tables."""
    figures = tuple(figures)
    home = _homes(published)
    made: list[Theme] = []
    for name, text in published.study.themes.items():
        indices = [index for index, body in published.study.indices.items() if body.theme == name]
        waves = tuple(
            wave
            for wave in published.waves
            if any((wave, index, "mean", "") in published.everyone for index in indices)
        )
        made.append(
            Theme(
                name=name,
                label=text[published.language],
                figures=tuple(figure for figure in figures if figure.theme == name),
                waves=waves,
                means=tuple(_means(published, indices, waves)),
                groups=tuple(_group_tables(published, indices, waves)),
                questions=tuple(_questions(published, name, indices, home)),
                incomparable=(*not_comparable(published, indices), *remarks(published, indices, WAVE)),
            )
        )
    return tuple(made)


def _means(published: Published, indices: Iterable[str], waves: tuple[str, ...]) -> Iterable[Line]:
    for index in indices:
        keys: list[Key] = [(wave, index, "mean", "") for wave in waves]
        if any(key in published.everyone for key in keys):
            cells = tuple(mean_cell(published, key) for key in keys)
            yield Line(
                published.label(index), cells, link=f"questions-{index}", mark=mark(published, index, WAVE)
            )


def _group_tables(published: Published, indices: list[str], waves: tuple[str, ...]) -> Iterable[GroupTable]:
    for group_by in published.study.groups:
        groups = published.groups(group_by)
        for wave in reversed(waves):
            measured = [index for index in indices if (wave, index, "mean", "") in published.everyone]
            if not groups or not measured:
                continue
            lines = [
                Line(
                    published.label(index),
                    tuple(
                        mean_cell(published, (wave, index, "mean", ""), (group_by, group)) for group in groups
                    ),
                    mark=mark(published, index, group_by),
                )
                for index in measured
            ]
            columns = tuple(published.group_label(group_by, group) for group in groups)
            said = remarks(published, measured, group_by)
            latest = wave == waves[-1]
            yield GroupTable(published.short_label(group_by), wave, columns, tuple(lines), latest, said)


def _homes(published: Published) -> Mapping[str, str]:
    home: dict[str, str] = {}
    for theme in published.study.themes:
        for index, body in published.study.indices.items():
            if body.theme == theme:
                for item in body.items:
                    home.setdefault(item, index)
    return home


def _questions(
    published: Published, theme: str, indices: list[str], home: Mapping[str, str]
) -> Iterable[Questions]:
    study, catalogue = published.study, published.words["report"]["themes"]
    for index in indices:
        body = study.indices[index]
        higher = body.higher[published.language] if body.higher is not None else ""
        others = [item for item in body.items if item not in study.codebook]
        yield Questions(
            anchor=f"questions-{index}",
            label=catalogue["questions_of"].format(index=published.label(index)),
            higher=catalogue["higher"].format(higher=higher) if higher else "",
            rule=catalogue["rules"][body.rule],
            parts=tuple(
                (published.label(item), f"questions-{item}" if item in study.indices else "")
                for item in others
            ),
            questions=tuple(
                _question(published, item, home, index) for item in body.items if item in study.codebook
            ),
            counted=tuple(_counted(published, body.items)),
        )
    rest = [
        name
        for name, item in study.codebook.items()
        if item.construct == theme and name not in home and not study.scale_of(name).text
    ]
    questions = [_question(published, name, {}, "") for name in rest]
    shown = tuple(question for question in questions if question.lines)
    if shown:
        yield Questions(f"other-{theme}", catalogue["other_questions"], "", "", (), shown)


def _counted(published: Published, components: Iterable[str]) -> Iterable[str]:
    """Say how the components of an index become 0-100: which are turned, are percentages, are other numbers."""
    study, language = published.study, published.language
    text = published.words["report"]["themes"]["counted"]
    found: dict[str, list[str]] = {"reversed": [], "percentages": [], "numbers": []}
    bounds: dict[str, tuple[float, float] | None] = {}
    for name in components:
        if name in study.codebook:
            scale = study.scale_of(name)
            bounds[name] = scale.bounds
            if study.codebook[name].reversed:
                found["reversed"].append(name)
            if scale.number is not None:
                found["percentages" if scale.number.percent else "numbers"].append(name)
        elif name in study.variables:
            bounds[name] = study.variables[name].range
            found["numbers"].append(name)
    if bounds:
        yield str(text["all"])
    if len(found["percentages"]) == len(bounds) > 1:
        found["percentages"] = []
        yield str(text["only_percentages"])
    for key, names in found.items():
        labels = [_quoted(published, name, bounds[name] if key == "numbers" else None) for name in names]
        if labels:
            yield str(text[key]).format(items=format_list(labels, language=language))


def _quoted(published: Published, name: str, bounds: tuple[float, float] | None) -> str:
    """Quote the name of a component, with its lowest and highest value where these are to be told."""
    label = f"‘{published.short_label(name)}’"
    if bounds is None:
        return label
    decimals = 0 if all(float(bound).is_integer() for bound in bounds) else 1
    ends = format_interval(*bounds, decimals=decimals, language=published.language)
    return f"{label} ({ends})"


def _question(published: Published, name: str, home: Mapping[str, str], index: str) -> Question:
    item, wording = published.study.codebook[name], published.label(name)
    if name in home and home[name] != index:
        return Question(name, wording, see=home[name])
    scale = published.study.scale_of(name)
    lines = _answers(published, name) if scale.codes is not None else _numbers(published, name)
    return Question(
        name=name,
        wording=wording,
        reversed=item.reversed and bool(index),
        routed=item.asked_if is not None,
        converted=tuple(wave for wave, body in published.study.waves.items() if name in body.scales),
        shares=scale.codes is not None,
        lines=tuple(lines),
    )


def _answers(published: Published, name: str) -> Iterable[Line]:
    scale, catalogue = published.study.scale_of(name), published.words
    labels = {f"{code:g}": text[published.language] for code, text in (scale.codes or {}).items()}
    reasons = {"dont_know": catalogue["general"]["dont_know_apart"]}
    quoted = [f"‘{labels[f'{code:g}']}’" for code in scale.positive]
    named = format_list(quoted, language=published.language)
    together = catalogue["report"]["themes"]["together"].format(labels=named)
    positive = {"positive": together} if len(quoted) > 1 else {}
    for category, label in {**labels, **reasons, **positive}.items():
        keys: list[Key] = [(wave, name, "share", category) for wave in published.waves]
        if not any(key in published.everyone for key in keys):
            continue
        cells = tuple(
            Cell("", wave=key[0])
            if category in reasons and key not in published.everyone
            else share_cell(published, key)
            for key in keys
        )
        yield Line(label, cells, strong=category == "positive")
    yield from _base(published, name)


def _numbers(published: Published, name: str) -> Iterable[Line]:
    catalogue = published.words["report"]["themes"]
    shown = [key for key in published.everyone if key[1] == name]
    means = {key[2:]: "mean" for key in shown if key[2] == "mean"}
    medians = {key[2:]: "median" for key in shown if published.is_median_of_fact(key)}
    for (statistic, category), label in {**means, **medians}.items():
        keys: list[Key] = [(wave, name, statistic, category) for wave in published.waves]
        yield Line(catalogue[label], tuple(mean_cell(published, key) for key in keys))


def _base(published: Published, name: str) -> Iterable[Line]:
    keys: list[Key] = [(wave, name, "base", "") for wave in published.waves]
    if any(key in published.bases[("", "")] for key in keys):
        cells = tuple(base_cell(published, key) for key in keys)
        yield Line(published.words["report"]["themes"]["base"], cells)
