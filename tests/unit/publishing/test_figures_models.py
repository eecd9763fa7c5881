"""Path diagrams and loadings of measurement models, in both layouts and languages."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inspraak.publishing.figures.gallery import draw_all
from inspraak.publishing.figures.loadings import MOST_ROWS, draw_loadings, loading_parts
from inspraak.publishing.figures.paths import draw_paths, drawn_models
from inspraak.publishing.figures.solutions import solutions
from inspraak.publishing.language import words
from inspraak.study.study import Study

from .made_up_measurement import Tables, measurement_tables
from .made_up_study import write_study
from .test_figures import LAYOUTS, boxes, overlaps, texts


def study_of(folder: Path, *, themes: int, indices: int = 3) -> Study:
    return write_study(folder / "made-up", themes=themes, indices=indices, claims=1)


def shapes(drawing: object) -> list[object]:
    return list(drawing.figure.artists)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("language", "narrow"), LAYOUTS)
@pytest.mark.parametrize("themes", [1, 2, 4, 7])
def test_no_word_of_a_model_overlaps_another_or_leaves_the_page(
    tmp_path: Path, themes: int, language: str, narrow: bool
) -> None:
    study = study_of(tmp_path, themes=themes)
    drawings = list(draw_all(measurement_tables(study), study, language=language, narrow=narrow))
    drawings = [drawing for drawing in drawings if drawing.kind in ("paths", "loadings")]
    assert {drawing.kind for drawing in drawings} == {"paths", "loadings"}
    for drawing in drawings:
        assert overlaps(drawing) == [], drawing.name
        width, height = drawing.figure.get_size_inches()
        left, bottom, right, top = boxes(drawing).T
        assert left.min() >= 0.02, drawing.name
        assert right.max() <= width - 0.02, drawing.name
        assert bottom.min() >= 0.04, drawing.name
        assert top.max() <= height - 0.04, drawing.name
        assert words(language)["general"]["simulated"] in texts(drawing)


def test_loadings_and_correlations_are_written_and_told(tmp_path: Path) -> None:
    study = study_of(tmp_path, themes=2)
    drawing = draw_paths(measurement_tables(study), study, "scales", language="nl")
    shown = texts(drawing)
    assert shown.count("0,80") == 4
    assert shown.count("0,60") == 4
    assert shown.count("0,89") == 1
    assert shown.count("0,40") == 4 + 5
    assert "Samenhangen tussen de schalen" not in shown
    assert "Invloed en Vertrouwen 0,89" in drawing.alternative
    assert f"‘{study.short_label('q0_0_0', 'nl')}’ 0,80" in drawing.alternative
    assert drawing.title == "Alle schalen: welke vragen bij welke schaal horen (2022)"


def test_correlations_of_many_scales_stand_in_a_matrix(tmp_path: Path) -> None:
    study = study_of(tmp_path, themes=3)
    tables = measurement_tables(study)
    shown = texts(draw_paths(tables, study, "scales", language="en"))
    assert "Associations between the scales" in shown
    assert shown.count("0.89") == 1
    assert shown.count("0.40") == 6 + 14
    alone = tables | {"discriminant": tables["discriminant"].iloc[:0]}
    assert "Associations between the scales" not in texts(draw_paths(alone, study, "scales", language="en"))


def test_only_a_weak_loading_has_a_dashed_arrow(tmp_path: Path) -> None:
    study = study_of(tmp_path, themes=1)
    tables = measurement_tables(study)
    weak = words("nl")["figures"]["paths"]["weak"].format(limit="0,50")
    assert weak in texts(draw_paths(tables, study, "scales", language="nl"))
    strong = tables | {"loadings": tables["loadings"].assign(standardised=0.7)}
    assert weak not in texts(draw_paths(strong, study, "scales", language="nl"))


def test_what_may_not_be_used_is_not_drawn(tmp_path: Path) -> None:
    study = study_of(tmp_path, themes=2)
    tables = measurement_tables(study)
    table = tables["loadings"]
    improper = tables | {
        "loadings": table.assign(status=np.where(table["wave"] == "2022", "improper", "converged"))
    }
    assert list(solutions(improper, study, "scales")) == ["2014", "2018"]
    assert draw_paths(improper, study, "scales", language="nl").title.endswith("(2018)")
    rival = tables | {"loadings": table.assign(structure="one_factor")}
    assert drawn_models(rival, study) == []
    assert drawn_models({}, study) == []


def test_waves_differ_in_form_and_the_title_counts_the_latest(tmp_path: Path) -> None:
    study = study_of(tmp_path, themes=2)
    tables = measurement_tables(study)
    (factors,) = loading_parts(tables, study, "scales")
    drawing = draw_loadings(tables, study, "scales", factors, language="nl")
    assert drawing.title == "Alle schalen: 8 van de 12 vragen horen duidelijk bij hun schaal (2022)"
    marks = {
        artist.get_marker(): artist.get_markerfacecolor()
        for artist in shapes(drawing)
        if hasattr(artist, "get_marker") and len(artist.get_xdata()) == 3
    }
    assert set(marks) == {"o", "s", "^"}
    assert marks["s"] == marks["^"] == "white"
    assert marks["o"] != "white"
    low = pd.DataFrame(tables["loadings"]).assign(
        standardised=-0.3, standardised_low=-0.5, standardised_high=-0.1
    )
    turned = draw_loadings(tables | {"loadings": low}, study, "scales", factors, language="nl")
    assert "−0,6" in texts(turned)
    assert turned.title.startswith("Alle schalen: 0 van de 12")


def test_many_questions_go_on_in_a_second_figure(tmp_path: Path) -> None:
    study = study_of(tmp_path, themes=6)
    tables: Tables = measurement_tables(study)
    parts = loading_parts(tables, study, "scales")
    assert [name for part in parts for name in part] == list(study.models["scales"].factors)
    assert all(3 * len(part) <= MOST_ROWS for part in parts)
    names = [drawing.name for drawing in draw_all(tables, study, language="nl") if drawing.kind == "loadings"]
    assert names == ["loadings_scales", "loadings_scales-2"]
    assert math.ceil(len(study.models["scales"].factors) * 3 / MOST_ROWS) == len(names)


def test_no_line_of_the_scale_runs_through_a_question_on_a_phone(tmp_path: Path) -> None:
    study = study_of(tmp_path, themes=2)
    tables = measurement_tables(study)
    (factors,) = loading_parts(tables, study, "scales")
    drawing = draw_loadings(tables, study, "scales", factors, language="nl", narrow=True)
    upright = [
        line
        for artist in shapes(drawing)
        if hasattr(artist, "get_segments")
        for line in artist.get_segments()
        if line[0][0] == line[1][0]
    ]
    assert len(upright) == (3 + 1) * 12
    words_at = boxes(drawing)
    for line in upright:
        (x, low), high = line.min(axis=0), line.max(axis=0)[1]
        left, bottom, right, top = words_at.T
        crossed = (left < x) & (x < right) & (bottom < high - 0.01) & (low + 0.01 < top)
        assert not crossed.any()
