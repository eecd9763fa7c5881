"""Which employers groups and weights tell apart, and how many of them answered."""

import numpy as np

from inspraak.hypotheses.result import TOO_FEW
from inspraak.measurement import crossings
from inspraak.measurement.crossings import cross_classify
from inspraak.measurement.scoring import score_indices
from inspraak.publishing import crossed, publication


def test_the_columns_are_named_as_publishing_reads_them() -> None:
    for name in ("GROUPING", "WEIGHT", "ANSWERED"):
        assert getattr(crossings, name) == getattr(crossed, name)
    assert publication.TOO_FEW == TOO_FEW


def test_classes_are_alike_in_groups_and_weights_and_hold_no_answer(make_study, make_answers) -> None:
    study = make_study()
    columns = {
        "a_sbi": np.array(["G", "G", "G", "H", "X"]),
        "a_size": [20.0, 20.0, 70.0, 20.0, 20.0],
        "q1": [1.0, 2.0, 3.0, np.nan, 5.0],
        "q2": [1.0, 2.0, 3.0, np.nan, 5.0],
        "q3": [1.0, np.nan, 3.0, np.nan, 5.0],
    }
    answers = make_answers(study, columns, weight=[1 / 3, 1 / 3, 1 / 3, 2.0, 2.0])
    scores = score_indices(study, "2020", answers.responses, answers.reasons)
    classes = cross_classify(study, answers.responses, scores)
    names = ["group:sector", "group:size2", "weight:establishment", "n:q1", "n:q3", "n:A"]
    assert classes[names].to_numpy().tolist() == [
        ["", "10-49", 2.0, 1, 1, 1],
        ["logistics", "10-49", 2.0, 0, 0, 0],
        ["trade", "10-49", float(f"{1 / 3:.12g}"), 2, 1, 2],
        ["trade", "50+", float(f"{1 / 3:.12g}"), 1, 1, 1],
    ]
    items = {"gate", "routed", "q1", "q2", "q3", "share", "kind", "n_ideas", "absence", "A"}
    assert {name.removeprefix("n:") for name in classes if name.startswith("n:")} == items


def test_a_study_without_design_and_groups_is_one_class(make_study, make_answers, texts) -> None:
    plain = texts["study.yaml"].replace("groups: [sector, size2]", "")
    plain = "\n".join(line for line in plain.splitlines() if not line.startswith("design"))
    study = make_study({"study.yaml": plain})
    answers = make_answers(study, {"q1": [1.0, 2.0, np.nan]})
    scores = score_indices(study, "2020", answers.responses, answers.reasons)
    classes = cross_classify(study, answers.responses, scores)
    assert len(classes) == 1
    assert classes["n:q1"].tolist() == [2]
