"""Put together what is published: the tables of all waves, after disclosure control, with their sentences."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from inspraak.publishing.comparability import mark_groups, mark_waves
from inspraak.publishing.disclosure import (
    coarse,
    control_descriptives,
    control_estimates,
    control_margins,
    control_reliability,
    control_rows,
    control_weights,
    of_few,
)
from inspraak.publishing.disclosure_classes import control_class_profiles, control_classes
from inspraak.publishing.disclosure_invariance import control_invariance
from inspraak.publishing.disclosure_measurement import control_item_statistics, control_models
from inspraak.publishing.disclosure_quantiles import control_quantiles
from inspraak.publishing.disclosure_slopes import control_regions, control_simple_slopes
from inspraak.publishing.disclosure_trends import control_trends
from inspraak.publishing.sentences import add_sentences
from inspraak.publishing.tables import TABLES, conform
from inspraak.study.configuration import Disclosure
from inspraak.study.study import Study

_OF_VERDICTS = ["p_value", "p_adjusted", "detectable_effect", "e_value"]
BESIDE: Mapping[str, Sequence[str]] = {
    "forms": ("hypothesis", "wave", "part", "outcome", "form"),
    "checks": ("hypothesis", "wave", "part", "outcome", "x", "check"),
    "dominance": ("hypothesis", "wave", "part", "outcome", "predictor"),
    "heterogeneity": ("hypothesis", "wave", "part", "outcome", "group_by"),
    "slopes": ("hypothesis", "wave", "part", "outcome", "group_by", "group"),
    "rivals": ("hypothesis", "wave", "part", "structure"),
    "survival": ("hypothesis", "wave", "part", "claim", "claim_part", "outcome", "term"),
    "necessity": ("hypothesis", "wave", "part", "condition", "outcome", "ceiling"),
    "bottlenecks": ("hypothesis", "wave", "part", "condition", "outcome", "ceiling", "level"),
    "simple_slopes": ("hypothesis", "wave", "part", "outcome", "level"),
    "regions": ("hypothesis", "wave", "part", "outcome", "from", "to"),
    "mediation_paths": ("hypothesis", "wave", "part", "outcome", "start", "end"),
    "sensitivity": ("hypothesis", "wave", "part", "outcome", "mediator"),
    "surfaces": ("hypothesis", "wave", "part", "outcome", "expectation_level", "fulfilment_level"),
    "classes": ("hypothesis", "wave", "part", "classes"),
    "class_profiles": ("hypothesis", "wave", "part", "class", "measure", "category"),
    "ranks": ("hypothesis", "wave", "part", "item"),
}
"""Tables that some kinds of test fill beside the estimates, and what names a row of each."""
TOO_FEW = "too few employers"
"""The reason beside a claim whose estimates are not shown, as `hypotheses.result` says it of one that is not tested."""
LINEAR = ("mean", "sum")
"""Rules of indices whose mean is a combination of the means of its items."""


def publish(
    study: Study, frames: Mapping[str, Sequence[pd.DataFrame]], *, limits: Disclosure
) -> dict[str, pd.DataFrame]:
    """Give every published table by name, from the frames of the waves, in the order of the waves.

    `frames` also holds `crossings`, the classes of employers of each wave. What disclosure control does not let pass is
    not published and stands in the table `disclosure`.
    """
    tables = {name: _joined(parts) for name, parts in frames.items() if name in TABLES}
    crossings = {str(frame["wave"].iloc[0]): frame for frame in frames["crossings"]}
    rests_on = {name: study.rests_on(name) for name, index in study.indices.items() if index.rule in LINEAR}
    pairs = ("wave", "x", "y")
    controlled = {
        "weights": control_weights(tables["weights"], limits=limits),
        "margins": control_margins(tables["margins"], limits=limits),
        "descriptives": control_quantiles(
            control_descriptives(tables["descriptives"], crossings, limits=limits, rests_on=rests_on),
            facts=_facts(study),
            limits=limits,
        ),
        "invariance": control_invariance(tables["invariance"], limits=limits),
        "correlations": control_rows("correlations", tables["correlations"], keys=pairs, limits=limits),
        "reliability": control_reliability(tables["reliability"], limits=limits),
        **control_models(tables, limits=limits),
        "estimates": control_estimates(tables["estimates"], limits=limits),
    }
    shown = controlled["descriptives"].table
    controlled["trends"] = control_trends(tables["trends"], shown, limits=limits)
    if "item_statistics" in tables:
        items = control_item_statistics(tables["item_statistics"], shown, limits=limits)
        controlled["item_statistics"] = items
    for name, keys in BESIDE.items():
        if name in tables:
            controlled[name] = control_rows(name, tables[name], keys=keys, limits=limits)
    if "simple_slopes" in tables:
        along = tables["simple_slopes"]
        controlled["simple_slopes"] = control_simple_slopes(along, facts=_facts(study), limits=limits)
        controlled["regions"] = control_regions(tables["regions"], limits=limits)
    for name, control in (("classes", control_classes), ("class_profiles", control_class_profiles)):
        if name in controlled:
            controlled[name] = control(controlled[name], limits=limits)
    if "surfaces" in controlled:
        controlled["surfaces"] = coarse(controlled["surfaces"], limits=limits)
    tables["imputation"] = _comparable(tables["imputation"], limits)
    verdicts = _without_hidden(study, tables["verdicts"], tables["estimates"], limits)
    tables |= {name: part.table for name, part in controlled.items()}
    tables["descriptives"] = mark_groups(study, tables["descriptives"], tables["invariance"])
    tables["trends"] = mark_waves(study, tables["trends"], tables["invariance"])
    tables["verdicts"] = add_sentences(_with_source(study, verdicts), tables["estimates"], study)
    tables["disclosure"] = pd.concat([part.suppressed for part in controlled.values()], ignore_index=True)
    return {name: conform(name, table) for name, table in tables.items()}


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join the frames of the waves; one without a row has no types, and would take those of the others away."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled or list(parts[:1]), ignore_index=True)


def _facts(study: Study) -> list[str]:
    """Name the items that ask for a number, and the indices that are made of one."""
    numbers = {name for name in study.codebook if study.scale_of(name).number is not None}
    return [*numbers, *(name for name in study.indices if study.rests_on(name) & numbers)]


def _comparable(imputation: pd.DataFrame, limits: Disclosure) -> pd.DataFrame:
    """Take away how imputed answers differ from those given where either are too few."""
    fewest = imputation[["n_answered", "n_imputed"]].min(axis=1)
    return imputation.assign(difference=imputation["difference"].where(fewest >= limits.minimum_n))


def _without_hidden(
    study: Study, verdicts: pd.DataFrame, estimates: pd.DataFrame, limits: Disclosure
) -> pd.DataFrame:
    """Take back the verdicts that rest on an estimate that is not shown: they would tell its sign and size."""
    claim = ["hypothesis", "wave"]
    decides = [
        study.claims[name].parts[part].necessary
        for name, part in zip(estimates["hypothesis"], estimates["part"])
    ]
    small = (estimates["n"] > 0) & of_few(estimates, limits) & np.array(decides, dtype=bool)
    if "decides" in estimates:
        small &= estimates["decides"].astype(str) != "False"
    hidden = pd.MultiIndex.from_frame(verdicts[claim]).isin(
        pd.MultiIndex.from_frame(estimates.loc[small, claim])
    )
    decided = hidden & (verdicts["verdict"] != "not testable").to_numpy()
    emptied = {name: verdicts[name].where(~hidden, np.nan) for name in _OF_VERDICTS}
    words = {"verdict": "not testable", "reason": TOO_FEW, "strong": False}
    taken = {name: verdicts[name].mask(decided, word) for name, word in words.items()}
    return verdicts.assign(**emptied, **taken)


def _with_source(study: Study, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Add the text that makes each claim, and its words."""
    sources = [study.claims[name].source for name in verdicts["hypothesis"]]
    return verdicts.assign(
        source_file=[source.file if source is not None else "" for source in sources],
        source_phrase=[source.phrase if source is not None else "" for source in sources],
    )
