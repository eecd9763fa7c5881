"""Sentences of tests that are no plain association: ways, surfaces, necessary conditions, answers in order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inspraak.publishing.language import format_interval, format_list, format_number, words

Row = Mapping[str, Any]
Named = Callable[[str], str]


def mediation(verdict: str, rows: Sequence[Row], *, named: Named, language: str) -> str:
    """Say of each pair of x and outcome whether they go together by way of the mediators."""
    said = []
    for row in rows:
        x, _, mediators = str(row["term"]).partition(" via ")
        names = [named(name) for part in mediators.split(", ") for name in part.split(" then ")]
        labels = {
            "x": named(x.split(":")[0]), "m": format_list(names, language=language), "y": named(str(row["outcome"])),
        }  # fmt: skip
        said.append(
            _template("mediation", verdict, language).format(**labels, numbers=_numbers(row, language))
        )
    if verdict == "supported":
        said.append(_template("mediation", "order", language))
    return " ".join(said)


def response_surface(verdict: str, rows: Sequence[Row], *, named: Named, language: str) -> str:
    """Say whether the outcome is higher where expectation is higher and fulfilment lower."""
    said = []
    for row in rows:
        x, _, z = str(row["term"]).partition(" of ")[2].partition(", ")
        found = words(language)["sentences"]["response_surface"][verdict]
        template = (
            found if isinstance(found, str) else found["higher" if row["std_estimate"] > 0 else "lower"]
        )
        labels = {"x": named(x), "z": named(z), "y": named(str(row["outcome"]))}
        said.append(str(template.format(**labels, numbers=_numbers(row, language))))
    return " ".join(said)


def heterogeneity(verdict: str, rows: Sequence[Row], *, named: Named, language: str) -> str:
    """Say of each outcome whether its association with x differs between groups; the number is the SD of slopes."""
    said = []
    for row in rows:
        x, _, groups = str(row["term"]).partition(" by ")
        labels = {"x": named(x), "y": named(str(row["outcome"])), "g": named(groups)}
        said.append(
            _template("heterogeneity", verdict, language).format(**labels, numbers=_numbers(row, language))
        )
    return " ".join(said)


def necessity(verdict: str, rows: Sequence[Row], *, named: Named, language: str) -> str:
    """Say of each condition whether a high outcome is found without it; the number is the effect size."""
    return " ".join(
        _template("necessity", verdict, language).format(
            x=named(str(row["term"])),
            y=named(str(row["outcome"])),
            numbers=format_number(row["std_estimate"], decimals=2, language=language),
        )
        for row in rows
    )


def shares_ranking(verdict: str, rows: Sequence[Row], *, named: Named, language: str) -> str:
    """Say which answer is given most and which least, where they clearly differ."""
    said = []
    for row in rows:
        first, _, last = str(row["term"]).partition(" vs ")
        numbers = format_number(row["natural_estimate"], decimals=0, language=language)
        template = _template("shares_ranking", verdict, language)
        said.append(template.format(x=named(first), y=named(last), numbers=numbers))
    return " ".join(said)


def form_contest(verdict: str, rows: Sequence[Row], *, named: Named, language: str) -> str:
    """Say whether the outcome goes with the combination of the conditions or with their sum, and what fits best."""
    said = []
    for row in rows:
        form, _, conditions = str(row["term"]).partition(" of ")
        best = form if row["std_estimate"] > 0 else "additive"
        labels = {
            "x": format_list([named(name) for name in conditions.split(", ")], language=language),
            "y": named(str(row["outcome"])),
            "best": words(language)["sentences"]["form_contest"]["forms"][best],
        }
        numbers = _explained("form_contest", row, language)
        said.append(_template("form_contest", verdict, language).format(**labels, numbers=numbers))
    return " ".join(said)


def incremental(verdict: str, rows: Sequence[Row], *, named: Named, language: str) -> str:
    """Say whether x tells something of the outcome that the baseline does not tell already."""
    outcomes: dict[str, list[str]] = {}
    for row in rows:
        numbers = _explained("incremental", row, language)
        outcomes.setdefault(str(row["term"]), []).append(f"{named(str(row['outcome']))} ({numbers})")
    said = []
    for term, pieces in outcomes.items():
        x, _, baseline = term.partition(" beyond ")
        lists = {"x": x.split(" + "), "z": baseline.split(", ") if baseline else []}
        labels = {
            key: format_list([named(name) for name in names], language=language)
            for key, names in lists.items()
        }
        found = words(language)["sentences"]["incremental"][verdict]["beyond" if baseline else "alone"]
        said.append(str(found.format(**labels, y=format_list(pieces, language=language))))
    return " ".join(said)


SENTENCES: Mapping[str, Callable[..., str]] = {
    "form_contest": form_contest,
    "incremental": incremental,
    "heterogeneity": heterogeneity,
    "mediation": mediation,
    "response_surface": response_surface,
    "necessity": necessity,
    "shares_ranking": shares_ranking,
}


def _template(kind: str, verdict: str, language: str) -> str:
    return str(words(language)["sentences"][kind][verdict])


def _explained(kind: str, row: Row, language: str) -> str:
    """Write a share of the variance and its interval in percentage points."""
    low, high = (100 * row[end] for end in ("std_ci_low", "std_ci_high"))
    value = format_number(100 * row["std_estimate"], decimals=1, language=language)
    interval = format_interval(low, high, decimals=1, language=language)
    return _template(kind, "numbers", language).format(value=value, interval=interval)


def _numbers(row: Row, language: str) -> str:
    interval = format_interval(row["std_ci_low"], row["std_ci_high"], language=language)
    value = format_number(row["std_estimate"], decimals=2, language=language)
    return str(words(language)["sentences"]["plain_numbers"].format(value=value, interval=interval))
