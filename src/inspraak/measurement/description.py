"""Describe one wave: means, shares and quantiles of items and indices, for all employers and by group."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.density import estimate_density
from inspraak.estimation.description import (
    Differences,
    Means,
    describe_means,
    difference_from_rest,
)
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.shares import Shares, describe_shares
from inspraak.measurement.domains import Columns, Domains, group_domains
from inspraak.measurement.imputed_scores import imputed_values, pool_means
from inspraak.measurement.quantiles import describe_quartiles
from inspraak.study.study import Study
from inspraak.survey.weighting import survey_design, weight_names

DONT_KNOW_SHARE = 0.05
"""From this share of the answers on, "don't know" is shown as a category of its own."""
DENSITY_MINIMUM = 30
"""A density is drawn of this many employers at least."""


def describe_wave(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    scores: pd.DataFrame,
    imputed_scores: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Give the rows of descriptives.csv of one wave, before disclosure control.

    Means are in the unit of the measure (indices 0-100, codes as their scale counts them), shares 0 to 1. A share
    is of those who answered; `dont_know` is of those who answered or said so. With a design every estimate
    stands there weighted (`establishment`, and `employee` where that weight is declared) and unweighted (`none`,
    simple random sampling). `interval` says how the interval was made: `t`, for shares `logit` or (few cases)
    `korn_graubard`, for quantiles `woodruff`. Answers to questions stand as given; with `imputed_scores` (m n rows)
    the numbers of an index are pooled over the imputations, with `fmi` (fraction of missing information) of its mean,
    while n counts the employers with a score of their own answers. For quantiles see `describe_quartiles`. For
    disclosure control: `magnitude` is the weighted total of a magnitude (a number that is no percentage),
    `largest_share` the part of one employer in it, and by employees its part in the total of weights where that is
    larger.
    """
    domains = group_domains(study, responses)
    means = mean_columns(study, responses, scores)
    shares = _share_columns(study, responses, reasons)
    designs = {weight: survey_design(responses, weight=weight) for weight in weight_names(study)}
    designs["none"] = simple_design(len(responses))
    imputed = imputed_values(scores, imputed_scores)
    frames = []
    for weight, design in designs.items():
        for statistic, columns in (("mean", means), ("share", shares)):
            frame = _describe(study, statistic, columns, domains, design, weight)
            frame["fmi"] = 0.0 if statistic == "mean" and imputed_scores is not None else np.nan
            frames.append(_pooled(frame, imputed, columns, domains, design) if statistic == "mean" else frame)
        quartiles = describe_quartiles(study, means, domains, design, weight)
        frames.append(quartiles.assign(interval="woodruff"))
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "wave", wave)
    table["interval"] = table["interval"].where(table["ci_low"].notna(), "")
    return table[table["n"] > 0].reset_index(drop=True)


def _is_magnitude(study: Study, name: str) -> bool:
    number = study.scale_of(name).number if name in study.codebook else None
    return number is not None and not number.percent


def mean_columns(study: Study, responses: pd.DataFrame, scores: pd.DataFrame) -> Columns:
    """Give the measures that have a mean: indices, ordered codes as they count, and numbers."""
    columns = {name: scores[name].to_numpy(dtype=float) for name in scores.columns if name != "employer"}
    for name, item in study.codebook.items():
        scale = study.scale_of(name)
        if not item.substantive or name not in responses or scale.text:
            continue
        if scale.codes is None:
            columns[name] = responses[name].to_numpy(dtype=float)
        elif scale.ordered:
            columns[name] = responses[name].map(scale.code_values).to_numpy(dtype=float)
    values = np.column_stack(list(columns.values())) if columns else np.empty((len(responses), 0))
    return Columns(values, tuple(columns), ("",) * len(columns))


def _share_columns(study: Study, responses: pd.DataFrame, reasons: pd.DataFrame) -> Columns:
    """One indicator for each code, for the positive codes together, and for don't know where it is frequent."""
    values, measures, categories = [], [], []
    for name, item in study.codebook.items():
        scale = study.scale_of(name)
        if not item.substantive or name not in responses or scale.codes is None:
            continue
        answer = responses[name].to_numpy(dtype=float, na_value=np.nan)
        answered = ~np.isnan(answer)
        indicators = {f"{code:g}": np.where(answered, answer == code, np.nan) for code in scale.codes}
        if scale.positive:
            indicators["positive"] = np.where(answered, np.isin(answer, scale.positive), np.nan)
        unsure = (reasons[name] == "dont_know").to_numpy(dtype=bool)
        said = unsure | answered
        if unsure.any() and unsure.sum() / said.sum() >= DONT_KNOW_SHARE:
            indicators["dont_know"] = np.where(said, unsure, np.nan)
        for category, indicator in indicators.items():
            values.append(indicator)
            measures.append(name)
            categories.append(category)
    stacked = np.column_stack([np.empty((len(responses), 0)), *values]).astype(float)
    return Columns(stacked, tuple(measures), tuple(categories))


def _describe(
    study: Study, statistic: str, columns: Columns, domains: Domains, design: SurveyDesign, weight: str
) -> pd.DataFrame:
    """Estimate every column in every domain, and compare each group with the rest of those grouped alike."""
    estimator = describe_shares if statistic == "share" else describe_means
    means = estimator(columns.values, domains.members, design)
    table = domains.cells(statistic, columns.measures, columns.categories, weight)
    is_magnitude = np.array([_is_magnitude(study, name) for name in columns.measures], dtype=bool)
    total, largest = _dominance(columns.values, domains.members, design.weights)
    total[~is_magnitude] = largest[~is_magnitude] = np.nan
    if weight == "employee":
        answered = np.where(np.isnan(columns.values), np.nan, 1.0)
        largest = np.fmax(largest, _dominance(answered, domains.members, design.weights)[1])
    told = pd.DataFrame({"magnitude": total.ravel(), "largest_share": largest.ravel()})
    return pd.concat([table, _estimates(means), _differences(columns, domains, design), told], axis=1)


def _dominance(
    values: npt.NDArray[np.float64], members: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give the weighted total of each column and domain (p, g), and the largest part of one row (NaN of nothing)."""
    contributions = np.abs(np.nan_to_num(values)) * weights[:, np.newaxis]
    shares = np.full((values.shape[1], members.shape[1]), np.nan)
    totals = np.zeros(shares.shape)
    for domain, inside in enumerate(members.T):
        part = contributions[inside]
        largest, totals[:, domain] = part.max(axis=0, initial=0.0), part.sum(axis=0)
        np.divide(largest, totals[:, domain], out=shares[:, domain], where=totals[:, domain] > 0)
    return totals, shares


def _estimates(means: Means) -> pd.DataFrame:
    names = ("n", "estimate", "std_error", "ci_low", "ci_high", "df", "design_effect")
    interval = means.interval.ravel() if isinstance(means, Shares) else "t"
    return pd.DataFrame({name: getattr(means, name).ravel() for name in names}).assign(interval=interval)


def _differences(columns: Columns, domains: Domains, design: SurveyDesign) -> pd.DataFrame:
    """Give difference_from_rest, p_value and cohens_d; empty for all employers together."""
    grouped, universe = _compared(domains)
    shape = (len(columns.measures), len(domains.groups))
    result = {name: np.full(shape, np.nan) for name in ("difference_from_rest", "p_value", "cohens_d")}
    if grouped.any() and shape[0]:
        found: Differences = difference_from_rest(
            columns.values, domains.members[:, grouped], design, universe=universe
        )
        result["difference_from_rest"][:, grouped] = found.estimate
        result["p_value"][:, grouped] = found.p_value
        result["cohens_d"][:, grouped] = found.cohens_d
    return pd.DataFrame({name: values.ravel() for name, values in result.items()})


def _compared(domains: Domains) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell which domains are groups, and for each of these who is in it or in the rest (n, d)."""
    grouped = np.array([name != "" for name in domains.grouped_by])
    known = {
        group: domains.members[:, [name == group for name in domains.grouped_by]].any(axis=1)
        for group in dict.fromkeys(domains.grouped_by)
    }
    none = np.empty((len(domains.members), 0), dtype=bool)
    return grouped, np.column_stack([none, *(known[name] for name in domains.grouped_by if name)])


def _pooled(
    table: pd.DataFrame,
    imputed: Mapping[str, npt.NDArray[np.float64]],
    columns: Columns,
    domains: Domains,
    design: SurveyDesign,
) -> pd.DataFrame:
    """Put the numbers that are pooled over the imputations in the rows of the indices in which one counts."""
    if not imputed:
        return table
    grouped, universe = _compared(domains)
    values = np.stack(list(imputed.values()), axis=2)
    found = pool_means(values, domains.members, domains.members[:, grouped], universe, design)
    low, high = found.means.intervals()
    numbers = {
        "estimate": found.means.estimate,
        "std_error": found.means.std_error,
        "ci_low": low,
        "ci_high": high,
        "df": found.means.df,
        "design_effect": found.design_effect,
        "fmi": found.means.missing_information,
    }
    of_groups = {
        "difference_from_rest": found.differences.estimate,
        "p_value": found.differences.p_value,
        "cohens_d": found.cohens_d,
    }
    places = [columns.measures.index(name) for name in imputed]
    shape = (len(columns.measures), len(domains.groups))
    pooled = table.copy()
    for name, new in numbers.items():
        cells = table[name].to_numpy(dtype=float).reshape(shape).copy()
        cells[places] = new
        pooled[name] = cells.ravel()
    for name, new in of_groups.items():
        cells = table[name].to_numpy(dtype=float).reshape(shape).copy()
        cells[np.ix_(np.array(places), np.flatnonzero(grouped))] = new
        pooled[name] = cells.ravel()
    return pooled


def describe_densities(
    study: Study, wave: str, responses: pd.DataFrame, scores: pd.DataFrame
) -> pd.DataFrame:
    """Give the weighted density of every index over the whole scale 0-100: wave, index, x, density."""
    names = [name for name in scores.columns if name != "employer"]
    names = [name for name in names if scores[name].notna().sum() >= DENSITY_MINIMUM]
    if not names:
        return pd.DataFrame({"wave": [], "index": [], "x": [], "density": []}).astype(
            {"wave": str, "index": str}
        )
    density = estimate_density(scores[names].to_numpy(dtype=float), survey_design(responses))
    return pd.DataFrame(
        {
            "wave": wave,
            "index": np.repeat(np.array(names, dtype=object), len(density.x)),
            "x": np.tile(density.x, len(names)),
            "density": density.density.T.ravel(),
        }
    )
