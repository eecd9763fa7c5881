"""What the report says of each measurement model: how it fits, its rivals, what the way of asking adds."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from inspraak.publishing.language import format_list, format_number, format_share
from inspraak.publishing.measurement_limits import CLOSE, LITTLE
from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_images import Figure
from inspraak.publishing.report_reliability import USABLE, status_reason
from inspraak.study.fit_limits import FAIR_FIT, GOOD_FIT, LIKE

SIGNIFICANT = 0.05
SHARED = {
    "marker_unconstrained": "marker",
    "marker_constrained": "marker",
    "method_factor": "method",
    "harman": "harman",
}
"""Steps that tell which part of the variance is shared, the most telling first, and how that is said."""


@dataclass(frozen=True)
class Model:
    """A measurement model: its label, what is said of it in the latest wave that has it, and its figures."""

    label: str
    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]


def models(published: Published, figures: Iterable[Figure]) -> tuple[Model, ...]:
    """Make the models of the study that have a fit in some wave, in the order of the study."""
    figures = tuple(figures)
    fits = published.by_wave("fit")
    made = []
    for name, model in published.study.models.items():
        rows = {wave: [row for row in of if row["model"] == name] for wave, of in fits.items()}
        rows = {wave: of for wave, of in rows.items() if of}
        if rows:
            label = model.label[published.language]
            drawn = tuple(figure for figure in figures if _shows(figure, name))
            made.append(Model(label, tuple(_sentences(published, name, rows)), drawn))
    return tuple(made)


def _shows(figure: Figure, model: str) -> bool:
    """Tell whether a figure is of a model: its name is that of the kind and the model, and a number behind a hyphen."""
    return figure.kind in ("paths", "loadings") and figure.name.split("-")[0] == f"{figure.kind}_{model}"


def _sentences(published: Published, model: str, rows: dict[str, list[Row]]) -> Iterator[str]:
    latest = list(rows)[-1]
    declared = {wave: row for wave, of in rows.items() for row in of if row["declared"] == "True"}
    if latest in declared:
        yield _fit(published, declared[latest])
    earlier = [(wave, row) for wave, row in declared.items() if wave != latest]
    if earlier:
        yield _earlier(published, earlier)
    for row in rows[latest]:
        if row["declared"] != "True":
            yield from _rival(published, row)
    yield from _method(published, model, latest)


def fit_grade(row: Row) -> str:
    """Grade a row of the table of fit: good, fair, bad; exact where nothing is left to test; or its status."""
    if row["status"] != USABLE:
        return str(row["status"])
    if row["df"] == 0:
        return "exact"
    if not (math.isfinite(row["cfi"]) and math.isfinite(row["rmsea"])):
        return "unknown"
    for name, (cfi, rmsea) in (("good", GOOD_FIT), ("fair", FAIR_FIT)):
        if row["cfi"] >= cfi and row["rmsea"] <= rmsea:
            return name
    return "bad"


def _fit(published: Published, row: Row) -> str:
    """Say how a model fits, with the two numbers that decide; or why that is not known."""
    text, language = published.words["report"]["measurement"]["fit"], published.language
    graded = fit_grade(row)
    if graded in text["grades"]:
        return str(
            text["grades"][graded].format(
                wave=row["wave"],
                cfi=format_number(row["cfi"], decimals=2, language=language),
                rmsea=format_number(row["rmsea"], decimals=2, language=language),
            )
        )
    return str(text["unusable"].format(wave=row["wave"], why=status_reason(published, row)))


def _earlier(published: Published, rows: Sequence[tuple[str, Row]]) -> str:
    text = published.words["report"]["measurement"]["fit"]
    words = text["words"]
    said = [f"{wave} {words.get(fit_grade(row), words['unknown'])}" for wave, row in rows]
    return str(text["earlier"].format(waves=format_list(said, language=published.language)))


def _rival(published: Published, row: Row) -> Iterator[str]:
    """Say whether another structure fits worse, alike or better than the declared one; nothing where that failed."""
    text, language = published.words["report"]["measurement"]["rivals"], published.language
    rival, change = text["structures"][row["structure"]], row["delta_cfi"]
    if row["status"] != USABLE:
        yield str(text["unusable"].format(rival=rival))
    if row["status"] != USABLE or not math.isfinite(change):
        return
    key = "alike" if abs(change) < LIKE else "better" if change > 0 else "worse"
    key = f"{key}_one" if row["structure"] == "one_factor" else key
    difference = format_number(abs(change), decimals=2, language=language)
    yield str(text[key].format(rival=rival, difference=difference))


def _method(published: Published, model: str, wave: str) -> Iterator[str]:
    """Say which part of the variance is shared with what has nothing to do with it, and what that changes.

    Where the step that tells it makes no significant difference, nothing was shown, and nothing is taken out.
    """
    text, language = published.words["report"]["measurement"]["method"], published.language
    steps = {row["step"]: row for row in published.by_wave("method").get(wave, []) if row["model"] == model}
    step = next((step for step in SHARED if step in steps and _tells(steps[step])), None)
    if step is None:
        return
    if steps[step]["p_difference"] >= SIGNIFICANT:
        yield str(text["unshown"])
        return
    share = format_share(steps[step]["variance_share"], n=0, language=language)
    yield str(text[SHARED[step]].format(share=share))
    yield from _changed(published, model, wave, f"correlation_{SHARED[step]}")


def _tells(row: Row) -> bool:
    """Tell whether a step may be used; loadings of their own on the markers only where equal ones are refused."""
    own = row["step"] != "marker_unconstrained" or row["p_difference"] < SIGNIFICANT
    return own and row["status"] == USABLE and math.isfinite(row["variance_share"])


def _changed(published: Published, model: str, wave: str, column: str) -> Iterator[str]:
    """Say how much the correlations of scales change where the way of asking is taken out, the largest change."""
    text, language = published.words["report"]["measurement"]["method"], published.language
    rows = [row for row in published.by_wave("discriminant").get(wave, []) if row["model"] == model]
    known = [row for row in rows if math.isfinite(row["correlation"] + row.get(column, math.nan))]
    if not known:
        return
    row = max(known, key=lambda one: abs(one[column] - one["correlation"]))
    numbers = {
        "before": row["correlation"],
        "after": row[column],
        "largest": abs(row[column] - row["correlation"]),
    }
    written = {key: format_number(number, decimals=2, language=language) for key, number in numbers.items()}
    named = {"first": published.short_label(row["x"]), "second": published.short_label(row["y"])}
    yield str(text["unchanged" if numbers["largest"] < LITTLE else "changed"].format(**named, **written))


def scorings(published: Published) -> Iterator[str]:
    """Say whether other scorings put employers in another order, in the latest wave that tells."""
    found = published.by_wave("scorings")
    if not found:
        return
    text, language = published.words["report"]["measurement"]["scorings"], published.language
    rows = found[list(found)[-1]]
    known = [row for row in rows if row["scoring"] != "mean" and math.isfinite(row["rank_correlation"])]
    if not known:
        return
    lowest = min(known, key=lambda row: row["rank_correlation"])
    yield str(
        text["alike" if lowest["rank_correlation"] >= CLOSE else "apart"].format(
            units=published.units,
            value=format_number(lowest["rank_correlation"], decimals=2, language=language),
            score=published.label(lowest["index"]),
            scoring=text["names"][lowest["scoring"]],
        )
    )
