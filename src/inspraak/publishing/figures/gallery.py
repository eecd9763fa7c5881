"""All figures of a study, in the order of the report."""

from collections.abc import Iterator, Mapping

import pandas as pd

from inspraak.publishing.figures.cards.registry import draw_cards
from inspraak.publishing.figures.chains import chained, draw_chains
from inspraak.publishing.figures.comparing import over_waves
from inspraak.publishing.figures.correlations import FEWEST, MOST, draw_correlations, mapped
from inspraak.publishing.figures.distribution import draw_distribution
from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.figures.groups import draw_groups, group_parts
from inspraak.publishing.figures.imputation import draw_imputation, imputed_most
from inspraak.publishing.figures.items import draw_items, item_parts
from inspraak.publishing.figures.loadings import draw_loadings, loading_parts
from inspraak.publishing.figures.paths import draw_paths, drawn_models
from inspraak.publishing.figures.reading import Descriptives, indices_of, measured
from inspraak.publishing.figures.trend import draw_trend
from inspraak.publishing.figures.weights import draw_weights
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.study import Study


def draw_all(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    *,
    language: str,
    narrow: bool = False,
    limits: Disclosure = DISCLOSURE,
) -> Iterator[Drawing]:
    """Draw every figure that the tables have numbers for, in one layout: claims, themes, models, weights, imputation.

    `tables` holds the published tables by name (descriptives, correlations, estimates, imputation), the densities
    the bins of weights, and the chains and distributions of the imputation; what a table does not hold is not drawn.
    The figures of single claims are small: they have one layout for every width of page, and come with the wide ones.
    """
    tables = {name: table for name, table in tables.items() if not table.empty}
    if not narrow:
        yield from draw_cards(tables, study, language=language)
    correlations = tables.get("correlations")
    if correlations is not None and FEWEST <= len(mapped(correlations, study)) <= MOST:
        yield draw_correlations(correlations, study, language=language, narrow=narrow)
    descriptives = Descriptives(tables["descriptives"]) if "descriptives" in tables else None
    for theme in study.themes:
        yield from _of_theme(
            tables, descriptives, study, theme, language=language, narrow=narrow, limits=limits
        )
    yield from _of_models(tables, study, language=language, narrow=narrow)
    bins = tables.get("weight_bins")
    if bins is not None and study.design is not None:
        yield draw_weights(bins, study, language=language, narrow=narrow, limits=limits)
    imputation = tables.get("imputation")
    if imputation is not None and not imputed_most(imputation, study).empty:
        yield draw_imputation(imputation, study, language=language, narrow=narrow)
        yield from _of_chains(tables, imputation, study, language=language, narrow=narrow)


def _of_chains(
    tables: Mapping[str, pd.DataFrame], imputation: pd.DataFrame, study: Study, *, language: str, narrow: bool
) -> Iterator[Drawing]:
    traces, spread = tables.get("imputation_traces"), tables.get("imputation_distributions")
    if traces is not None and spread is not None and chained(imputation, traces, spread, study):
        yield draw_chains(imputation, traces, spread, study, language=language, narrow=narrow)


def _of_models(
    tables: Mapping[str, pd.DataFrame], study: Study, *, language: str, narrow: bool
) -> Iterator[Drawing]:
    for model in drawn_models(tables, study):
        yield draw_paths(tables, study, model, language=language, narrow=narrow)
        for part, factors in enumerate(loading_parts(tables, study, model), 1):
            yield draw_loadings(tables, study, model, factors, language=language, narrow=narrow, part=part)


def _of_theme(
    tables: Mapping[str, pd.DataFrame],
    descriptives: Descriptives | None,
    study: Study,
    theme: str,
    *,
    language: str,
    narrow: bool,
    limits: Disclosure,
) -> Iterator[Drawing]:
    names, densities = indices_of(study, theme), tables.get("densities")
    if densities is not None and densities["index"].isin(names).any():
        yield draw_distribution(densities, study, theme, language=language, narrow=narrow)
    if descriptives is not None:
        cells = descriptives.means(names)
        if len({wave for _, wave, _ in cells}) > 1 and measured(names, cells):
            yield draw_trend(
                descriptives,
                study,
                theme,
                language=language,
                narrow=narrow,
                compared=over_waves(tables.get("trends"), names),
                limits=limits,
            )
        for group_by in study.groups:
            for part, indices in enumerate(group_parts(descriptives, study, theme, group_by), 1):
                yield draw_groups(
                    descriptives,
                    study,
                    theme,
                    group_by,
                    indices,
                    language=language,
                    narrow=narrow,
                    part=part,
                    limits=limits,
                )
        for part, items in enumerate(item_parts(descriptives, study, theme), 1):
            yield draw_items(
                descriptives, study, theme, items, language=language, narrow=narrow, part=part, limits=limits
            )
    correlations = tables.get("correlations")
    if correlations is not None and len(mapped(correlations, study, theme)) >= FEWEST:
        yield draw_correlations(correlations, study, language=language, narrow=narrow, theme=theme)
