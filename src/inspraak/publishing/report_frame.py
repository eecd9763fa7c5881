"""What the report says of a sample that is far from its population, or that leaves a part of it out."""

from collections.abc import Iterator

from inspraak.publishing.language import format_list, format_number, format_share, in_sentence
from inspraak.publishing.published import Published, Row


def frame_warnings(published: Published) -> tuple[str, ...]:
    """Give one warning per wave with a category of a margin that is too far off, the latest wave first.

    Each category is named with its share of the respondents and of the population.
    """
    text = published.words["report"]["frame"]
    sentences = []
    for wave, rows in reversed(published.by_wave("margins").items()):
        far = [_category(published, row) for row in rows if row["flag"] == "gap"]
        if far:
            named = {"wave": wave, "units": published.units, "categories": ". ".join(far)}
            sentences.append(str(text["warning"].format(**named)))
    return tuple(sentences)


def _category(published: Published, row: Row) -> str:
    language = published.language
    return str(
        published.words["report"]["frame"]["category"].format(
            margin=in_sentence(published.short_label(row["margin"])),
            category=published.group_label(row["margin"], row["category"]),
            response=format_share(row["response_share"], n=0, language=language),
            population=format_share(row["population_share"], n=0, language=language),
        )
    )


def empty_strata(published: Published) -> tuple[str, ...]:
    """Give one sentence per wave with strata of the population where nobody answered, the latest wave first."""
    return tuple(_empty_strata(published))


def _empty_strata(published: Published) -> Iterator[str]:
    text, language = published.words["report"]["frame"], published.language
    for wave, rows in reversed(published.by_wave("margins").items()):
        empty = [row for row in rows if row["flag"] == "empty"]
        if empty:
            names = [stratum_label(published, row["category"]) for row in empty]
            units = format_number(sum(row["population"] for row in empty), language=language)
            listed = format_list(names, language=language)
            yield str(text["empty"].format(wave=wave, strata=listed, count=units, units=published.units))


def stratum_label(published: Published, stratum: str) -> str:
    """Name a stratum such as `trade|10-19` by the labels of its parts."""
    design = published.study.design
    names = design.strata if design is not None else ()
    parts = stratum.split("|")
    if len(names) != len(parts):
        return stratum
    return " · ".join(published.group_label(name, part) for name, part in zip(names, parts))
