"""The published tables: which there are, their columns, and how they are written and read."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
from pandas.api.types import is_float_dtype
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, read_csv


@dataclass(frozen=True)
class Table:
    """One file of results/<study>/tables: columns that hold text, and columns that hold numbers, in order."""

    text: tuple[str, ...]
    numbers: tuple[str, ...]
    order: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns in the order of the file."""
        return self.order or (*self.text, *self.numbers)


_REASONS = (
    "n_asked", "n_answered", "n_dont_know", "n_refused", "n_not_applicable", "n_not_asked", "n_no_answer",
    "n_break_off", "n_suppressed", "n_impossible", "n_not_computable",
)  # fmt: skip
_INTERVAL = ("estimate", "std_error", "ci_low", "ci_high")
_FIT = ("chi2", "df", "p_value", "cfi", "tli", "rmsea", "rmsea_low", "rmsea_high", "srmr")
TABLES: Mapping[str, Table] = {
    "sample": Table(("wave", "step", "reason"), ("n",)),
    "missing": Table(("wave", "item"), _REASONS),
    "imputation": Table(
        ("wave", "item", "method", "reason", "converged"),
        (
            "n_answered", "n_missing", "n_structural", "n_imputed", "predictors", "difference", "scale_reduction",
            "imputations",
        ),
        (
            "wave", "item", "n_answered", "n_missing", "n_structural", "n_imputed", "imputations", "method", "reason",
            "predictors", "difference", "scale_reduction", "converged",
        ),
    ),
    "weights": Table(
        ("wave", "weight", "converged", "lonely_rule"),
        (
            "n", "sum", "p01", "p99", "cv", "design_effect", "effective_n", "trimmed", "strata", "sampling_units",
            "lonely_strata",
        ),
        (
            "wave", "weight", "n", "sum", "p01", "p99", "cv", "design_effect", "effective_n", "trimmed",
            "converged", "strata", "sampling_units", "lonely_strata", "lonely_rule",
        ),
    ),
    "margins": Table(
        ("wave", "weight", "margin", "category", "flag"),
        ("population", "before", "after", "n", "response_share", "population_share"),
        (
            "wave", "weight", "margin", "category", "population", "before", "after", "n", "response_share",
            "population_share", "flag",
        ),
    ),
    "descriptives": Table(
        ("wave", "measure", "statistic", "category", "group_by", "group", "weight", "flag", "interval", "comparable"),
        ("n", *_INTERVAL, "df", "design_effect", "difference_from_rest", "p_value", "cohens_d", "fmi"),
        (
            "wave", "measure", "statistic", "category", "group_by", "group", "weight", "n", *_INTERVAL, "df",
            "design_effect", "difference_from_rest", "p_value", "cohens_d", "flag", "fmi", "interval", "comparable",
        ),
    ),
    "trends": Table(
        (
            "measure", "from_wave", "to_wave", "group_by", "group", "weight", "errors", "comparable", "reason",
            "plausibility", "implausible_wave", "flag", "invariance",
        ),
        ("n_from", "n_to", "n_overlap", *_INTERVAL, "df", "p_value", "standardised"),
        (
            "measure", "from_wave", "to_wave", "group_by", "group", "weight", "n_from", "n_to", "n_overlap",
            *_INTERVAL, "df", "p_value", "standardised", "errors", "comparable", "reason", "plausibility",
            "implausible_wave", "flag", "invariance",
        ),
    ),
    "invariance": Table(
        (
            "model", "index", "grouping", "left_out", "level", "estimator", "employers", "beside", "holds", "released",
            "comparable", "status", "reason",
        ),
        (
            "groups", "n", "smallest_n", "chi2", "df", "p_value", "cfi", "rmsea", "delta_cfi", "delta_rmsea",
            "difference_chi2", "difference_df", "difference_p",
        ),
        (
            "model", "index", "grouping", "groups", "left_out", "level", "estimator", "n", "smallest_n", "employers",
            "beside", "chi2", "df", "p_value", "cfi", "rmsea", "delta_cfi", "delta_rmsea", "difference_chi2",
            "difference_df", "difference_p", "holds", "released", "comparable", "status", "reason",
        ),
    ),
    "correlations": Table(
        ("wave", "x", "y"),
        ("n", "estimate", "ci_low", "ci_high", "p_value", "p_adjusted", "shared_items", "fmi"),
    ),
    "reliability": Table(
        ("wave", "index", "type", "icc_by", "note"),
        (
            "n_items", "n_items_declared", "n", "alpha", "alpha_low", "alpha_high", "omega", "omega_categorical",
            "ave", "floor", "ceiling", "spearman_brown", "spearman_brown_low", "spearman_brown_high",
            "alpha_listwise", "omega_low", "omega_high", "omega_hierarchical", "icc", "vif", "overlap",
        ),
        (
            "wave", "index", "type", "n_items", "n_items_declared", "n", "alpha", "alpha_low", "alpha_high", "omega",
            "omega_categorical", "ave", "floor", "ceiling", "spearman_brown", "spearman_brown_low",
            "spearman_brown_high", "alpha_listwise", "omega_low", "omega_high", "omega_hierarchical", "icc", "icc_by",
            "vif", "overlap", "note",
        ),
    ),
    "item_statistics": Table(
        ("wave", "index", "item"),
        ("n", "mean", "sd", "item_rest", "alpha_if_dropped", "floor", "ceiling"),
    ),
    "fit": Table(
        ("wave", "model", "structure", "declared", "estimator", "missing", "weight", "status", "reason", "note"),
        ("n", "parameters", *_FIT, "delta_cfi", "starts", "starts_agreeing"),
        (
            "wave", "model", "structure", "declared", "estimator", "missing", "weight", "n", "parameters", "status",
            "reason", *_FIT, "delta_cfi", "starts", "starts_agreeing", "note",
        ),
    ),
    "loadings": Table(
        ("wave", "model", "structure", "factor", "item", "estimator", "status"),
        ("n", *_INTERVAL, "p_value", "standardised", "standardised_low", "standardised_high"),
        (
            "wave", "model", "structure", "factor", "item", "estimator", "n", "status", *_INTERVAL, "p_value",
            "standardised", "standardised_low", "standardised_high",
        ),
    ),
    "modification": Table(
        ("wave", "model", "kind", "first", "second"),
        ("n", "index", "change", "standardised_change"),
    ),
    "discriminant": Table(
        ("wave", "model", "x", "y", "correlations"),
        (
            "n", "htmt", "htmt_low", "htmt_high", "correlation", "correlation_low", "correlation_high",
            "correlation_before", "correlation_marker", "correlation_method",
        ),
    ),
    "scorings": Table(
        ("wave", "index", "scoring", "chosen", "note"),
        ("n", "rank_correlation"),
        ("wave", "index", "scoring", "chosen", "n", "rank_correlation", "note"),
    ),
    "method": Table(
        ("wave", "model", "step", "status", "reason"),
        ("n", "chi2", "df", "p_value", "cfi", "rmsea", "variance_share", "p_difference"),
        (
            "wave", "model", "step", "n", "status", "reason", "chi2", "df", "p_value", "cfi", "rmsea",
            "variance_share", "p_difference",
        ),
    ),
    "estimates": Table(
        (
            "hypothesis", "wave", "part", "kind", "model", "controls", "outcome", "term", "natural_unit", "decides",
            "reason", "unmet_condition", "against",
        ),
        (
            "n", "n_fewest", "imputations", *_INTERVAL, "df", "statistic", "p_value", "std_estimate", "std_std_error",
            "std_ci_low", "std_ci_high", "natural_estimate", "natural_ci_low", "natural_ci_high", "fmi", "null_value",
        ),
        (
            "hypothesis", "wave", "part", "kind", "model", "outcome", "term", "n", "imputations", "estimate",
            "std_error", "df", "statistic", "p_value", "ci_low", "ci_high", "std_estimate", "std_std_error",
            "std_ci_low", "std_ci_high", "natural_estimate", "natural_ci_low", "natural_ci_high", "natural_unit",
            "fmi", "null_value", "decides", "controls", "reason", "n_fewest", "unmet_condition", "against",
        ),
    ),
    "forms": Table(
        ("hypothesis", "wave", "part", "outcome", "form", "best"),
        ("n", "imputations", "coefficients", "r2", "r2_out", "bic", "delta_bic"),
        (
            "hypothesis", "wave", "part", "outcome", "form", "n", "imputations", "coefficients", "r2", "r2_out", "bic",
            "delta_bic", "best",
        ),
    ),
    "checks": Table(
        ("hypothesis", "wave", "part", "outcome", "x", "model", "check", "verdict"),
        ("n", "imputations", "statistic", "df", "p_value", "value"),
    ),
    "dominance": Table(
        ("hypothesis", "wave", "part", "outcome", "predictor"),
        (
            "n", "imputations", "dominance", "share", "corrected", "ci_low", "ci_high", "alone", "last",
            "relative_weight", "r2_baseline", "r2",
        ),
    ),
    "heterogeneity": Table(
        ("hypothesis", "wave", "part", "outcome", "x", "group_by"),
        (
            "groups", "n", "imputations", "slope", "spread", "ci_low", "ci_high", "usual_low", "usual_high",
            "correlation", "chi2", "p_value",
        ),
    ),
    "slopes": Table(
        ("hypothesis", "wave", "part", "outcome", "x", "group_by", "group"),
        (
            "n", "imputations", "estimate", "ci_low", "ci_high", "alone", "alone_low", "alone_high", "overall",
        ),
    ),
    "rivals": Table(
        ("hypothesis", "wave", "part", "model", "structure", "declared", "estimator"),
        (
            "n", "chi2", "df", "p_value", "cfi", "rmsea", "srmr", "delta_cfi", "chi2_difference", "df_difference",
            "p_difference",
        ),
    ),
    "survival": Table(
        ("hypothesis", "wave", "part", "claim", "claim_part", "outcome", "term"),
        (
            "n", "before", "before_low", "before_high", "after", "after_low", "after_high", "change", "p_before",
            "p_after",
        ),
    ),
    "necessity": Table(
        ("hypothesis", "wave", "part", "condition", "outcome", "ceiling"),
        ("n", "imputations", "effect_size", "accuracy", "p_permutation", "p_copula", "rank_correlation"),
    ),
    "bottlenecks": Table(
        ("hypothesis", "wave", "part", "condition", "outcome", "ceiling"), ("n", "level", "required", "lacking")
    ),
    "simple_slopes": Table(
        ("hypothesis", "wave", "part", "x", "moderator", "outcome"),
        ("level", "value", "n", "imputations", "estimate", "ci_low", "ci_high"),
    ),
    "regions": Table(
        ("hypothesis", "wave", "part", "x", "moderator", "outcome", "reach"),
        ("sign", "from", "to", "share", "n", "imputations"),
    ),
    "mediation_paths": Table(
        ("hypothesis", "wave", "part", "outcome", "start", "end"),
        ("n", "imputations", "estimate", "ci_low", "ci_high"),
    ),
    "sensitivity": Table(
        ("hypothesis", "wave", "part", "mediator", "outcome"), ("n", "imputations", "rho", "explained")
    ),
    "surfaces": Table(
        ("hypothesis", "wave", "part", "outcome", "expectation", "fulfilment"),
        ("n", "imputations", "expectation_level", "fulfilment_level", "predicted"),
    ),
    "classes": Table(
        ("hypothesis", "wave", "part", "chosen"),
        (
            "classes", "n", "effective_n", "log_likelihood", "parameters", "df", "bic", "adjusted_bic", "entropy",
            "smallest_class", "smallest_n", "largest_residual", "starts", "carried", "found", "p_bootstrap", "samples",
            "stability",
        ),
        (
            "hypothesis", "wave", "part", "classes", "chosen", "n", "effective_n", "log_likelihood", "parameters", "df",
            "bic", "adjusted_bic", "entropy", "smallest_class", "smallest_n", "largest_residual", "starts", "carried",
            "found", "p_bootstrap", "samples", "stability",
        ),
    ),
    "class_profiles": Table(
        ("hypothesis", "wave", "part", "role", "measure", "category"),
        ("class", "n", "imputations", "share", "probability", "mean", "ci_low", "ci_high"),
        (
            "hypothesis", "wave", "part", "class", "role", "measure", "category", "n", "imputations", "share",
            "probability", "mean", "ci_low", "ci_high",
        ),
    ),
    "ranks": Table(
        ("hypothesis", "wave", "part", "item"),
        ("n", "imputations", "share", "std_error", "ci_low", "ci_high", "rank", "rank_low", "rank_high"),
    ),
    "verdicts": Table(
        (
            "hypothesis", "wave", "kind", "family", "verdict", "strong", "reason", "sentence_nl", "sentence_en",
            "source_file", "source_phrase",
        ),
        (
            "family_size", "p_value", "p_adjusted", "same_sign_share", "significant_share", "robustness_value",
            "e_value", "detectable_effect",
        ),
        (
            "hypothesis", "wave", "kind", "family", "family_size", "verdict", "strong", "p_value", "p_adjusted",
            "same_sign_share", "significant_share", "robustness_value", "e_value", "detectable_effect", "reason",
            "sentence_nl", "sentence_en", "source_file", "source_phrase",
        ),
    ),
    "disclosure": Table(("file", "cell", "rule"), ()),
}  # fmt: skip


def conform(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame the columns of a published table, in order; columns that this run does not fill are empty."""
    table = TABLES[name]
    filled = {column: frame.get(column) for column in table.columns}
    return pd.DataFrame(filled, columns=list(table.columns)).reset_index(drop=True)


def write_table(name: str, frame: pd.DataFrame, folder: Path) -> None:
    """Write one published table: UTF-8, comma, point decimal, full precision."""
    table = conform(name, frame)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*(_written(table[column]) for column in table)))


def _written(column: "pd.Series[Any]") -> list[object]:
    """Give the cells of a column as they are written, empty where missing."""
    cells: list[Any] = column.to_numpy(dtype=object).tolist()
    if is_float_dtype(column.dtype):
        return ["" if math.isnan(cell) else f"{cell:.15g}" for cell in cells]
    return ["" if missing else cell for cell, missing in zip(cells, column.isna())]


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read every published table of a folder: text columns hold "" where empty, number columns NaN."""
    return {name: read_table(name, folder) for name in TABLES if (folder / f"{name}.csv").is_file()}


def read_table(name: str, folder: Path) -> pd.DataFrame:
    """Read one published table."""
    table = TABLES[name]
    kinds = dict.fromkeys(table.text, pyarrow.string()) | dict.fromkeys(table.numbers, pyarrow.float64())
    read: pd.DataFrame = read_csv(
        folder / f"{name}.csv",
        read_options=ReadOptions(use_threads=False),
        parse_options=ParseOptions(newlines_in_values=True),
        convert_options=ConvertOptions(column_types=kinds, null_values=[""], strings_can_be_null=False),
    ).to_pandas()
    return read
