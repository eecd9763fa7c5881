"""The imputation model of a wave: what predicts each item, so that what the claims ask about is kept.

Each item is predicted by the strata and the weights, by the products that claims about interactions test, by every
column that stands beside it in a claim, by the items beside it in an index, and by whatever else goes together with
it; in this order, until it has one predictor for every ANSWERS_PER_PREDICTOR answers. Parts of a sum are predicted by
the parts before them alone: all together they would determine each other, and the chains would not move.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from inspraak.estimation.predictor_choice import choose_in_order, predictor_strength
from inspraak.study.kinds import FormContest, Mediation, Moderation, ResponseSurface
from inspraak.study.parts import Part
from inspraak.study.study import Study
from inspraak.survey.imputable import BoolArray, Candidate, FloatArray, modelled_parts, named_columns
from inspraak.survey.model_columns import ModelColumns

IntArray = npt.NDArray[np.int64]
ANSWERS_PER_PREDICTOR = 5
"""An item has one predictor for so many answers, at most."""
MOST_PREDICTORS = 75
"""An item has no more predictors than this, however many answered it."""
WEAKEST = 0.1
"""Smallest correlation of an item that predicts for no other reason."""
DESIGN, PRODUCT, CLAIM, INDEX, OTHER, NO_REASON, NEVER = 0, 1, 2, 3, 4, -1, -2
"""The turns in which predictors are chosen; those below 0 are not."""


@dataclass(frozen=True, eq=False)
class ImputationModel:
    """What `estimation.imputation.impute` takes besides the answers.

    `products` (f_i, p + c) each, `predictors` (p, p + c + f): items, known columns, products. `columns` (p,) counts
    the prediction columns of each item; `crowded` (p,) marks the items that one did not fit for which there is a
    reason besides its strength.
    """

    products: tuple[FloatArray, ...]
    predictors: BoolArray
    columns: IntArray
    crowded: BoolArray


@dataclass(frozen=True, eq=False)
class _Product:
    """A column that is made of others: names of its factors, their coefficients (f, p + c), whose items it predicts.

    A product of one factor is the column of a claim that several items make up.
    """

    factors: tuple[str, ...]
    coefficients: FloatArray
    predicts: frozenset[str]


def imputation_model(study: Study, wave: str, columns: ModelColumns) -> ImputationModel:
    """Choose the predictors of every item of a wave."""
    parts = modelled_parts(study, wave)
    beside = _beside(parts)
    products = [*_sums(columns, beside), *_products(columns, parts)]
    made = [(columns.centred @ product.coefficients.T).prod(axis=1) for product in products]
    values = np.column_stack([item.values for item in columns.items])
    strength = predictor_strength(
        values, unordered=columns.unordered, others=np.column_stack([columns.known.columns, *made])
    )
    turn = _turns(columns, beside, products)
    others = turn[:, : columns.p]
    others[(others == NO_REASON) & (strength[:, : columns.p] >= WEAKEST)] = OTHER
    np.fill_diagonal(others, NEVER)
    widths = np.ones(turn.shape[1], dtype=np.int64)
    widths[: columns.p] = [item.levels.size - 1 if item.unordered else 1 for item in columns.items]
    chosen = choose_in_order(strength, turn, [_budget(item) for item in columns.items], widths=widths)
    return ImputationModel(
        products=tuple(product.coefficients for product in products),
        predictors=chosen,
        columns=np.asarray(chosen @ widths, dtype=np.int64),
        crowded=np.asarray(((turn >= 0) & (turn < OTHER) & ~chosen).any(axis=1)),
    )


def _budget(item: Candidate) -> int:
    if item.method == "random":
        return 0
    return min(int((~np.isnan(item.values)).sum()) // ANSWERS_PER_PREDICTOR, MOST_PREDICTORS)


def _beside(parts: Sequence[Part]) -> dict[str, set[str]]:
    """Give the columns that stand beside each column in a claim."""
    beside: dict[str, set[str]] = {}
    for part in parts:
        names = named_columns(part)
        for name in names:
            beside.setdefault(name, set()).update(other for other in names if other != name)
    return beside


def _turns(columns: ModelColumns, beside: dict[str, set[str]], products: Sequence[_Product]) -> IntArray:
    """Say for every item and predictor in which turn it may be chosen, (p, p + c + f)."""
    p, c = columns.p, columns.known.columns.shape[1]
    turn = np.full((p, p + c + len(products)), NO_REASON, dtype=np.int64)
    for index in columns.study.indices:
        parts = columns.parts(index)
        if not any(part in columns.study.indices for part in columns.study.indices[index].items):
            turn[np.ix_(parts, parts)] = INDEX
    sums = {one.factors[0]: p + c + place for place, one in enumerate(products) if len(one.factors) == 1}
    for name, others in beside.items():
        predictors = {
            place
            for other in others
            for place in (columns.single(other) or ([sums[other]] if other in sums else []))
        }
        turn[np.ix_(columns.parts(name), sorted(predictors))] = CLAIM
    turn[:, [p + place for place in columns.known.of_design]] = DESIGN
    for check in columns.study.cleaning.checks:
        parts = [columns.place[part] for part in check.sum if part in columns.place]
        turn[np.ix_(parts, parts)] = np.where(np.tri(len(parts), k=-1, dtype=bool), CLAIM, NEVER)
    for place, product in enumerate(products, p + c):
        if len(product.factors) > 1:
            turn[sorted({item for name in product.predicts for item in columns.parts(name)}), place] = PRODUCT
        turn[sorted({item for name in product.factors for item in columns.parts(name)}), place] = NEVER
    return turn


def _sums(columns: ModelColumns, beside: dict[str, set[str]]) -> list[_Product]:
    """Give the columns of claims that several items make up, as linear functions of these."""
    none: frozenset[str] = frozenset()
    return [
        _Product((name,), _scaled(columns, column[np.newaxis]), none)
        for name in beside
        if not columns.single(name) and (column := columns.linear(name)) is not None
    ]


def _products(columns: ModelColumns, parts: Sequence[Part]) -> list[_Product]:
    """Give the products of the claims about interactions, each once.

    Of factors a and b and outcome y: a b predicts y, and a y predicts b. Of a response surface the squares too.
    """
    targets: dict[tuple[str, ...], set[str]] = {}
    for part in parts:
        for factors, predicts in _of_part(part):
            targets.setdefault(tuple(sorted(factors)), set()).update(predicts)
    products = []
    for factors, predicted in targets.items():
        each = [column for name in factors if (column := columns.linear(name)) is not None]
        if len(each) == len(factors):
            products.append(_Product(factors, _scaled(columns, np.array(each)), frozenset(predicted)))
    return products


def _scaled(columns: ModelColumns, factors: FloatArray) -> FloatArray:
    """Give factors (f, p + c) in standard deviations, so that products are not of all sizes."""
    spread = (columns.centred @ factors.T).std(axis=0)
    return np.asarray(factors / np.where(spread > 0, spread, 1.0)[:, np.newaxis])


def _of_part(part: Part) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    factors, outcomes = _interacting(part)
    for a, b in combinations(factors, 2):
        yield (a, b), outcomes
    for factor in factors:
        others = tuple(name for name in factors if name != factor)
        if isinstance(part, ResponseSurface):
            yield (factor, factor), outcomes
        for outcome in outcomes:
            yield (factor, outcome), others
    if isinstance(part, FormContest) and len(factors) > 2:
        yield factors, outcomes


def _interacting(part: Part) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the columns whose products a part tests, and its outcomes."""
    if isinstance(part, Moderation):
        return (part.x, part.moderator), part.y
    if isinstance(part, Mediation) and part.moderator is not None:
        return (part.x, part.moderator), (*part.mediators, *part.y)
    if isinstance(part, ResponseSurface):
        moderator = () if part.moderator is None else (part.moderator,)
        return (part.expectation, part.fulfilment, *moderator), (part.y,)
    if isinstance(part, FormContest):
        return part.conditions, (part.y,)
    return (), ()
