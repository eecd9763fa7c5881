"""What is not published of measurement: models of few employers, and answers that are hidden elsewhere."""

import numpy as np
import pandas as pd

from inspraak.publishing.disclosure_measurement import ANSWERS, KEYS, control_item_statistics, control_models

from .attacked import LIMITS


def test_a_model_of_few_employers_is_in_no_table_and_one_not_fitted_keeps_its_reason() -> None:
    shared = {"wave": "2020", "model": ["a", "b", "c"], "n": [9.0, 10.0, np.nan]}
    tables = {
        "fit": pd.DataFrame(
            {**shared, "structure": "correlated", "status": ["too few rows", "", "not fitted"]}
        ),
        "loadings": pd.DataFrame({**shared, "structure": "correlated", "factor": "x", "item": "q1"}),
        "modification": pd.DataFrame({**shared, "kind": "loading", "first": "x", "second": "q1"}),
        "discriminant": pd.DataFrame({**shared, "x": "x", "y": "y"}),
    }
    controlled = control_models(tables, limits=LIMITS)
    assert set(controlled) == set(tables) <= set(KEYS)
    for name, part in controlled.items():
        assert part.table["model"].tolist() == ["b", "c"], name
        assert part.suppressed["rule"].tolist() == ["primary"]
    assert controlled["fit"].suppressed["cell"].tolist() == ["2020|a|correlated"]
    assert set(control_models({"fit": tables["fit"]}, limits=LIMITS)) == {"fit"}


def test_answers_to_an_item_are_told_where_its_unweighted_mean_is() -> None:
    items = ["shown", "hidden", "weighted", "small", "alike", "many_alike"]
    statistics = pd.DataFrame(
        {
            "wave": "2020", "index": "A", "item": items, "n": [20, 20, 20, 9, 29, 30], "mean": 3.0, "sd": 1.0,
            "item_rest": 0.5, "floor": [0.1, 0.1, 0.1, 0.1, 0.0, 0.0], "ceiling": 0.2,
        }
    )  # fmt: skip
    cells = {"wave": "2020", "measure": items, "statistic": "mean", "group_by": "", "group": ""}
    unweighted = pd.DataFrame({**cells, "weight": "none", "flag": ["", *["suppressed"] * 2, "", "small", ""]})
    weighted = pd.DataFrame({**cells, "weight": "establishment", "flag": ""})
    of_group = pd.DataFrame({**cells, "group_by": "size", "weight": "none", "flag": ""})
    descriptives = pd.concat([unweighted, weighted, of_group], ignore_index=True)
    controlled = control_item_statistics(statistics, descriptives, limits=LIMITS)
    table = controlled.table.set_index("item")
    assert list(table.index) == ["shown", "hidden", "weighted", "alike", "many_alike"]
    assert table[list(ANSWERS)].notna().all(axis=1).tolist() == [True, False, False, False, True]
    assert table[list(ANSWERS)].isna().all(axis=1).tolist() == [False, True, True, True, False]
    assert (table["item_rest"] == 0.5).all()
    told = controlled.suppressed.set_index("cell")["rule"].to_dict()
    assert told == {
        "2020|A|small": "primary",
        "2020|A|hidden|answers": "secondary",
        "2020|A|weighted|answers": "secondary",
        "2020|A|alike|answers": "primary",
    }
