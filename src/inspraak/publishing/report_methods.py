"""The section on how it was done: weights, reliability and what was suppressed, beside texts of the catalogue."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from inspraak.publishing.language import (
    format_list,
    format_number,
    in_sentence,
)
from inspraak.publishing.published import Published, Row
from inspraak.study.design import Design


@dataclass(frozen=True)
class Weight:
    """The spread of one weight in one wave, as written."""

    wave: str
    weight: str
    n: str
    cv: str
    design_effect: str
    effective_n: str


@dataclass(frozen=True)
class Methods:
    """All that the section shows.

    `design` says in words how the sample was drawn, `calibration` what the weights were made to reproduce, `scores` how
    answers became scores.
    """

    design: str
    calibration: tuple[str, ...]
    scores: tuple[str, ...]
    imputation: tuple[str, ...]
    weights: tuple[Weight, ...]
    suppressed: str


def methods(published: Published) -> Methods:
    """Make the section from weights.csv, reliability.csv and disclosure.csv; absent tables leave it shorter."""
    count = len(published.rows("disclosure"))
    return Methods(
        design=_design(published),
        calibration=tuple(_calibration(published)),
        scores=tuple(_scores(published)),
        imputation=tuple(_imputation(published)),
        weights=tuple(_weight(published, row) for row in published.rows("weights")),
        suppressed=format_number(count, language=published.language),
    )


def _design(published: Published) -> str:
    catalogue, design = published.words["report"]["methods"], published.study.design
    named = {"unit": published.unit, "units": published.units}
    if design is None:
        return str(catalogue["no_design"].format(**named))
    named_strata = [in_sentence(published.short_label(name)) for name in design.strata]
    strata = format_list(named_strata, language=published.language)
    key = "design" if design.weight is None else "design_weight"
    return " ".join([catalogue[key].format(strata=strata, **named), *_sampling(published, design)])


def _sampling(published: Published, design: Design) -> Iterator[str]:
    """Say that employers were drawn in clusters, that whole strata were, and what strata with one unit get."""
    text = published.words["report"]["methods"]["sampling"]
    named = {"unit": published.unit, "units": published.units}
    if design.clusters is not None:
        yield text["clusters"].format(cluster=in_sentence(published.short_label(design.clusters)), **named)
    if design.finite_population:
        yield text["finite_population"].format(**named)
    first = [row for row in published.rows("weights") if row["weight"] == "establishment"]
    lonely = sum(row["lonely_strata"] for row in first if math.isfinite(row.get("lonely_strata", math.nan)))
    if lonely:
        drawn = published.unit if design.clusters is None else text["cluster"]
        count = format_number(lonely, language=published.language)
        rule = text["rules"][design.lonely_strata].format(**named)
        yield text["lonely"].format(count=count, drawn=drawn, rule=rule)


def _calibration(published: Published) -> Iterator[str]:
    """Say which margins the weights meet and by which method, what was trimmed, and what the employee weight is."""
    design, text = published.study.design, published.words["report"]["methods"]["calibration"]
    if design is None:
        return
    margins: dict[str, dict[str, None]] = {}
    for row in published.rows("margins"):
        if row["margin"] != "stratum":
            margins.setdefault(row["weight"], {})[in_sentence(published.short_label(row["margin"]))] = None
    listed = {
        weight: format_list(list(found), language=published.language) for weight, found in margins.items()
    }
    named = {"unit": published.unit, "method": text["methods"][design.calibration.method]}
    if "establishment" in listed:
        yield str(text["establishment"].format(margins=listed["establishment"], **named))
    if design.calibration.trim is not None and "establishment" in listed:
        times = format_number(design.calibration.trim, decimals=1, language=published.language)
        trimmed = sum(row["trimmed"] for row in published.rows("weights"))
        yield str(
            text["trimmed"].format(times=times, count=format_number(trimmed, language=published.language))
        )
    if design.employees is not None:
        yield str(text["employee"].format(**named))
    if "employee" in listed:
        yield str(text["employee_margins"].format(margins=listed["employee"], **named))


def _scores(published: Published) -> Iterator[str]:
    """Say how answers become scores; which scoring makes those of scales, if not the mean, and where it could not."""
    words = published.words["report"]["methods"]
    yield str(words["scores_text"].format(**published.named))
    chosen = [
        row for row in published.rows("scorings") if row["chosen"] == "True" and row["scoring"] != "mean"
    ]
    if chosen:
        text = words["scoring"]
        yield str(text[chosen[0]["scoring"]].format(**published.named))
        plain = dict.fromkeys(published.label(row["index"]) for row in chosen if row["note"])
        if plain:
            yield str(
                text["mean_instead"].format(indices=format_list(list(plain), language=published.language))
            )


def _imputation(published: Published) -> Iterator[str]:
    """Say how many missing answers were filled in how often, or that there were none; nothing without the table."""
    rows, text = published.rows("imputation"), published.words["report"]["methods"]["imputation"]
    filled = [row for row in rows if row["n_imputed"] > 0]
    if not filled:
        if rows:
            yield str(text["none"])
        return
    said = {
        "items": len({row["item"] for row in filled}),
        "count": sum(row["n_imputed"] for row in filled),
        "times": max(row["imputations"] for row in filled),
    }
    written = {key: format_number(value, language=published.language) for key, value in said.items()}
    yield str(text["filled"].format(units=published.units, **written))
    yield str(text["kept"])
    unsettled = len({row["item"] for row in filled if row["converged"] == "False"})
    if unsettled:
        yield str(text["unsettled"].format(items=format_number(unsettled, language=published.language)))


def _weight(published: Published, row: Row) -> Weight:
    language = published.language
    names = published.words["weights"]
    weight = row["weight"]
    return Weight(
        wave=row["wave"],
        weight=names[weight].format(units=published.units) if weight in names else weight,
        n=format_number(row["n"], language=language),
        cv=format_number(row["cv"], decimals=2, language=language),
        design_effect=format_number(row["design_effect"], decimals=2, language=language),
        effective_n=format_number(row["effective_n"], language=language),
    )
