"""Fill the missing answers of one wave several times by chained equations, and show how that went."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inspraak.estimation.imputation import Imputations, impute
from inspraak.randomness import stream
from inspraak.study.study import Study
from inspraak.survey.imputable import Candidate, FloatArray, candidates, claimed_columns
from inspraak.survey.imputation_account import account_of, distributions_of, traces_of
from inspraak.survey.imputation_model import ImputationModel, imputation_model
from inspraak.survey.imputed_sums import restore_sums
from inspraak.survey.model_columns import ModelColumns, known_columns


@dataclass(frozen=True)
class Imputed:
    """The missing answers of one wave, filled in m times, and how that went.

    `cells` has one row per imputed cell: row (its place among the responses), employer, item, and the answer of each
    imputation in `imputation_1` to `imputation_m`. `account` has one row per item that was asked (imputation.csv),
    `traces` the mean of the imputed cells of each item, imputation and cycle, `distributions` how the answers that
    were given and those that were imputed are spread.
    """

    cells: pd.DataFrame
    account: pd.DataFrame
    traces: pd.DataFrame
    distributions: pd.DataFrame


@dataclass(frozen=True, eq=False)
class _Run:
    """What was modelled: its items, their model, and the imputations; None where nothing was."""

    items: Sequence[Candidate]
    model: ImputationModel | None = None
    filled: Imputations | None = None


def impute_wave(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    *,
    seed: int,
    imputations: int,
    cycles: int,
) -> Imputed:
    """Impute every missing answer that an index or a claim of the wave rests on.

    An imputed answer is one that another employer gave (predictive mean matching), except where parts must add up to
    a whole. Structural gaps (not asked, not applicable), texts and paradata are never filled. Raises AssertionError
    where an answer that was given, or a structural gap, would be filled: a fault of the program.
    """
    found = candidates(study, wave, responses, reasons)
    run = _run(study, wave, responses, found, seed=seed, imputations=imputations, cycles=cycles)
    answers = {item.name: _answers(item, run, imputations) for item in found if item.fills}
    answers = restore_sums(study.cleaning.checks, found, answers)
    cells = _cells(responses, found, answers, imputations)
    _assert_gaps(cells, found)
    return Imputed(
        cells=cells,
        account=account_of(wave, study, found, answers, run.items, run.model, run.filled),
        traces=traces_of(wave, run.items, run.filled),
        distributions=distributions_of(wave, found, answers),
    )


def _run(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    found: Sequence[Candidate],
    *,
    seed: int,
    imputations: int,
    cycles: int,
) -> _Run:
    items = [item for item in found if item.modelled_by]
    if not any(item.gaps.any() for item in items):
        return _Run(items)
    names = dict.fromkeys([*study.groups, *claimed_columns(study, wave)])
    known = known_columns(study, responses, names, frozenset(item.name for item in items))
    columns = ModelColumns(study, responses, items, known)
    model = imputation_model(study, wave, columns)
    filled = impute(
        np.column_stack([item.values for item in items]),
        stream(seed, study.name, wave, "imputation"),
        imputations=imputations,
        cycles=cycles,
        unordered=columns.unordered,
        structural=np.column_stack([item.structural for item in items]),
        covariates=known.columns,
        products=model.products,
        predictors=model.predictors,
    )
    return _Run(items, model, filled)


def _answers(item: Candidate, run: _Run, imputations: int) -> FloatArray:
    """Give the imputed answers of one item on its own scale, (m, cells)."""
    if item.method == "only_answer":
        return np.full((imputations, int(item.gaps.sum())), item.levels[0])
    assert run.filled is not None
    return item.answers(run.filled.imputed_answers([one.name for one in run.items].index(item.name)))


def _cells(
    responses: pd.DataFrame, found: Sequence[Candidate], answers: dict[str, FloatArray], imputations: int
) -> pd.DataFrame:
    """Give one row per imputed cell, in the order of the codebook."""
    filled = [item for item in found if item.name in answers]
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(np.flatnonzero(item.gaps) for item in filled)])
    names = [item.name for item in filled for _ in range(int(item.gaps.sum()))]
    values = np.hstack([np.zeros((imputations, 0)), *(answers[item.name] for item in filled)])
    named = {f"imputation_{place}": one for place, one in enumerate(values, 1)}
    employers = responses["employer"].to_numpy()[rows]
    return pd.DataFrame({"row": rows, "employer": employers, "item": np.array(names, dtype=object), **named})


def _assert_gaps(cells: pd.DataFrame, found: Sequence[Candidate]) -> None:
    """Make sure that every imputed cell is a missing answer that was to be given, and is filled."""
    numbers = cells.drop(columns=["row", "employer", "item"])
    if numbers.isna().to_numpy().any():
        raise AssertionError("an imputed cell is empty")
    rows_of = cells.groupby("item", sort=False)["row"]
    by_name = {item.name: item for item in found}
    for name, rows in rows_of:
        item, places = by_name[str(name)], rows.to_numpy(dtype=int)
        if (
            not item.gaps[places].all()
            or not np.isnan(item.given[places]).all()
            or item.structural[places].any()
        ):
            raise AssertionError(f"{item.name}: an imputed cell is no missing answer")
