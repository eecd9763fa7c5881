"""How the employers of a wave were drawn: clusters, population of the strata, and strata with one sampling unit."""

from typing import Any

import pandas as pd

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.design import Design
from inspraak.study.study import Study
from inspraak.study.tables import read_counts
from inspraak.survey.harmonising import as_text

COLUMNS = ("cluster", "stratum_population", "lonely_strata")
"""Columns of the responses that hold a row's cluster, the sampling units of its stratum, and the declared rule."""


def sampling_columns(study: Study, responses: pd.DataFrame) -> pd.DataFrame:
    """Give the columns that `drawn` reads: those of COLUMNS that the study declares; none without a design.

    The population of a stratum counts employers, or clusters where these were drawn. Raises `UserError` for a stratum
    that the population lacks or has fewer units of than answered, for a row without a cluster, and where no stratum
    has two clusters.
    """
    design, columns = study.design, pd.DataFrame(index=responses.index)
    if design is None:
        return columns
    if design.population is not None:
        _check_strata(study, design.population, responses["stratum"])
    if design.clusters is not None:
        columns["cluster"] = _clusters(design, responses)
    if design.finite_population:
        columns["stratum_population"] = _population(study, responses["stratum"], columns.get("cluster"))
    return columns.assign(lonely_strata=design.lonely_strata)


def drawn(responses: pd.DataFrame) -> dict[str, Any]:
    """Give how the rows of one wave were drawn, as `SurveyDesign` takes it: strata, clusters, population, rule."""
    parts: dict[str, Any] = {"strata": _codes(responses["stratum"])}
    if "cluster" in responses:
        parts["clusters"] = _codes(responses["cluster"])
    if "stratum_population" in responses:
        parts["population"] = responses["stratum_population"].to_numpy(dtype=float)
    if "lonely_strata" in responses and len(responses):
        parts["lonely"] = str(responses["lonely_strata"].iloc[0])
    return parts


def sampling_counts(responses: pd.DataFrame, columns: pd.DataFrame) -> dict[str, int | str]:
    """Count strata, sampling units and strata with one of them, for weights.csv; with the rule for the last."""
    units = pd.DataFrame({"stratum": responses["stratum"], "unit": columns.get("cluster", responses.index)})
    sizes = units.drop_duplicates()["stratum"].value_counts()
    alone = sizes == 1
    if "stratum_population" in columns:
        known = columns.groupby(responses["stratum"])["stratum_population"].first()
        alone &= known.reindex(sizes.index) > 1
    rule = str(columns["lonely_strata"].iloc[0]) if "lonely_strata" in columns and alone.any() else ""
    return {
        "strata": len(sizes),
        "sampling_units": int(sizes.sum()),
        "lonely_strata": int(alone.sum()),
        "lonely_rule": rule,
    }


def _codes(column: pd.Series) -> Any:
    return pd.factorize(column.astype(str), sort=True)[0]


def _clusters(design: Design, responses: pd.DataFrame) -> pd.Series:
    """Give each row's cluster as text; the same name in two strata is two clusters."""
    name = str(design.clusters)
    clusters = responses[name].map(as_text).astype(object)
    missing = int((clusters == "").sum())
    place = f"design.clusters ({name})"
    if missing:
        found = f"{missing} analysed row{'s' * (missing != 1)} without a cluster"
        expected = f"a cluster in every row (`scope` with {name} leaves the others out)"
        raise UserError(Problem("study.yaml", place, found, expected))
    each = pd.DataFrame({"stratum": responses["stratum"], "cluster": clusters}).drop_duplicates()
    if not each["stratum"].duplicated().any():
        strata = each["stratum"].nunique()
        found = "one cluster altogether" if strata == 1 else f"no stratum with two clusters ({strata} strata)"
        expected = (
            "an item that tells apart what was drawn: clusters differ within a stratum, and tell the variance"
        )
        raise UserError(Problem("study.yaml", place, found, expected))
    return clusters


def _population(study: Study, strata: pd.Series, clusters: pd.Series | None) -> pd.Series:
    """Give the sampling units of each row's stratum in the population."""
    file = str(study.design.population) if study.design is not None else ""
    if clusters is None:
        return strata.map(read_counts(study, file, "population")).astype(float)
    counts = read_counts(study, file, "clusters")
    met = pd.DataFrame({"stratum": strata, "cluster": clusters}).drop_duplicates()["stratum"].value_counts()
    problems = [
        Problem(file, f"stratum '{name}'", f"{counts[name]:g} clusters", f"at least the {n} that were met")
        for name, n in sorted((str(name), int(n)) for name, n in met.items())
        if counts[name] < n
    ]
    if problems:
        raise UserError(problems)
    return strata.map(counts).astype(float)


def _check_strata(study: Study, file: str, strata: pd.Series) -> None:
    """Refuse a stratum of the sample that the population lacks, or has fewer units of than answered."""
    population = read_counts(study, file, "population")
    problems = []
    for stratum, n in sorted((str(name), int(n)) for name, n in strata.value_counts().items()):
        units, place = population.get(stratum), f"stratum '{stratum}'"
        answered = f"the number of units, since {n} of them answered"
        if units is None:
            near = near_match(stratum, population)
            problems.append(Problem(file, place, "no population", answered, near))
        elif units == 0:
            problems.append(Problem(file, place, "a population of 0", answered))
        elif units < n:
            problems.append(Problem(file, place, f"{units:g} units", f"at least the {n} that answered"))
    if problems:
        raise UserError(problems)
