"""What the figures show, in both layouts and languages."""

import math

import numpy as np
import pandas as pd
import pytest

from inspraak.publishing.figures.answers import answers_of, bar_of
from inspraak.publishing.figures.correlations import draw_correlations
from inspraak.publishing.figures.distribution import draw_distribution
from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.figures.gallery import draw_all
from inspraak.publishing.figures.groups import draw_groups, group_parts
from inspraak.publishing.figures.items import draw_items, item_parts
from inspraak.publishing.figures.lettering import Words, text_width
from inspraak.publishing.figures.reading import Cell, Descriptives
from inspraak.publishing.figures.style import EARLIER, INK, SOFT, THEME_COLOURS, contrast, ink_on
from inspraak.publishing.figures.trend import draw_trend
from inspraak.publishing.language import words
from inspraak.study.declarations import Text
from inspraak.study.scales import Scale
from tests.unit.publishing.test_figures_material import make_study, make_tables

LAYOUTS = [(language, narrow) for language in ("nl", "en") for narrow in (False, True)]


def written(drawing: Drawing) -> list[Words]:
    (letters,) = [artist for artist in drawing.figure.artists if hasattr(artist, "words")]
    return list(letters.words)


def texts(drawing: Drawing) -> list[str]:
    return [line.text for line in written(drawing)]


def boxes(drawing: Drawing) -> np.ndarray:
    """Left, bottom, right and top of the small letters of every word of a figure, in inches."""
    return np.array(
        [
            (
                line.x,
                line.y,
                line.x + text_width(line.text, line.size, bold=line.bold),
                line.y + line.size / 140,
            )
            for line in written(drawing)
            if line.text.strip()
        ]
    )


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    found = boxes(drawing)
    left, bottom, right, top = found.T
    slack = 0.005
    apart = (
        (left[:, None] >= right - slack)
        | (right[:, None] <= left + slack)
        | (bottom[:, None] >= top - slack)
        | (top[:, None] <= bottom + slack)
    )
    lines = [line.text for line in written(drawing) if line.text.strip()]
    return [(lines[one], lines[other]) for one, other in np.argwhere(~apart) if one < other]


def test_words_that_overlap_are_found() -> None:
    study = make_study(themes=1, indices=2)
    drawing = draw_distribution(make_tables(study)["densities"], study, "participation", language="nl")
    (letters,) = [artist for artist in drawing.figure.artists if hasattr(artist, "words")]
    first = letters.words[0]
    letters.words.append(Words(first.x + 0.05, first.y + 0.05, "over", 9.0, False, INK))
    assert overlaps(drawing) == [(first.text, "over")]


@pytest.mark.parametrize(("language", "narrow"), LAYOUTS)
@pytest.mark.parametrize(
    "shape",
    [
        {"themes": 2, "indices": 11, "items": 16, "claims": 30, "waves": ("2018", "2019")},
        {"themes": 3, "indices": 5},
        {
            "themes": 1,
            "indices": 1,
            "items": 1,
            "claims": 2,
            "waves": ("voorjaar-2018", "najaar-2018", "2019"),
        },
    ],
)
def test_no_word_overlaps_another_or_leaves_the_page(
    shape: dict[str, object], language: str, narrow: bool
) -> None:
    study = make_study(**shape)
    drawings = list(draw_all(make_tables(study), study, language=language, narrow=narrow))
    assert drawings
    for drawing in drawings:
        assert overlaps(drawing) == [], drawing.name
        width, height = drawing.figure.get_size_inches()
        assert math.isclose(width, 3.6 if narrow or drawing.claim else 7.2)
        left, bottom, right, top = boxes(drawing).T
        assert left.min() >= 0.02, drawing.name
        assert right.max() <= width - 0.02, drawing.name
        assert bottom.min() >= 0.04, drawing.name
        assert top.max() <= height - 0.04, drawing.name


def test_every_figure_of_a_simulated_study_says_so_and_no_other() -> None:
    for simulated in (True, False):
        study = make_study(themes=1, simulated=simulated)
        for drawing in draw_all(make_tables(study), study, language="nl"):
            assert ("Gesimuleerde gegevens" in texts(drawing)) == simulated
        drawing = next(draw_all(make_tables(study), study, language="en"))
        assert ("Simulated data" in texts(drawing)) == simulated


def test_all_figures_of_a_study_in_the_order_of_the_report() -> None:
    study = make_study(themes=2)
    names = [drawing.name for drawing in draw_all(make_tables(study), study, language="nl")]
    one = [f"{kind}_participation" for kind in ("distribution", "trend", "groups_sector5", "groups_size4")]
    one += ["items_participation", "correlations_participation"]
    two = [name.replace("participation", "conditions") for name in one]
    kinds = {name: claim.kind for name, claim in study.claims.items()}
    claims = [f"claim_{name}_{kind}" for name, kind in kinds.items()][:-1]
    assert names == [*claims, "correlations", *one, *two]


def test_what_the_tables_do_not_hold_is_not_drawn() -> None:
    study = make_study(themes=1, indices=2, waves=("2018",))
    tables = make_tables(study)
    kinds = [drawing.kind for drawing in draw_all(tables, study, language="nl")]
    assert kinds == [*["claim"] * (len(study.claims) - 1), "distribution", "groups", "groups", "items"]
    assert list(draw_all({}, study, language="nl")) == []
    assert list(draw_all({"estimates": tables["estimates"].iloc[:0]}, study, language="nl")) == []


def test_a_trend_shows_values_and_signs_per_wave() -> None:
    study = make_study(themes=1, indices=2)
    table = make_tables(study)["descriptives"]
    means = (table["statistic"] == "mean") & (table["group_by"] == "")
    first, second = study.indices
    hidden = means & (table["measure"] == first) & (table["wave"] == "2018")
    gone = means & (table["measure"] == second) & (table["wave"] == "2022")
    table.loc[hidden, ["estimate", "ci_low", "ci_high"]] = math.nan
    table.loc[hidden, "flag"] = "suppressed"
    drawing = draw_trend(Descriptives(table[~gone]), study, "participation", language="nl")
    assert "Invloed: 35,0 in 2014, afgeschermd in 2018 en 40,0 in 2022." in drawing.alternative
    assert drawing.alternative.endswith("48,0 in 2014, 50,5 in 2018 en onbekend in 2022.")
    assert {"35", "40", "48", "50", "x", "."} <= set(texts(drawing))
    assert "38" not in texts(drawing)
    english = draw_trend(Descriptives(table), study, "participation", language="en")
    assert "Influence: 35.0 in 2014, suppressed in 2018 and 40.0 in 2022." in english.alternative


def test_a_trend_joins_only_waves_that_follow_each_other() -> None:
    study = make_study(themes=1, indices=1)
    table = make_tables(study)["descriptives"]
    hidden = (table["statistic"] == "mean") & (table["group_by"] == "") & (table["wave"] == "2018")
    table.loc[hidden, "estimate"] = math.nan
    assert segments(draw_trend(Descriptives(table), study, "participation", language="nl"), 1.0) == []
    whole = make_tables(study)["descriptives"]
    assert len(segments(draw_trend(Descriptives(whole), study, "participation", language="nl"), 1.0)) == 2


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_trend_joins_no_waves_that_do_not_compare(language: str) -> None:
    study = make_study(themes=1, indices=2)
    tables = make_tables(study)
    first, second = study.indices
    pairs = [
        (first, "2014", "2018", "True"),
        (first, "2018", "2022", "False"),
        (second, "2014", "2018", "True"),
    ]
    rows = [
        {
            "measure": measure,
            "from_wave": wave,
            "to_wave": after,
            "group_by": group_by,
            "comparable": comparable,
        }
        for measure, wave, after, comparable in pairs
        for group_by in ("", "sector5")
    ]
    rows.append(rows[2] | {"from_wave": "2014", "to_wave": "2018", "group_by": "sector5"})
    drawn = draw_all(tables | {"trends": pd.DataFrame(rows)}, study, language=language)
    trend = next(drawing for drawing in drawn if drawing.kind == "trend")
    assert len(segments(trend, 1.0)) == 3
    said = words(language)["figures"]["trend"]
    assert said["alternative_apart"].format(wave="2018", after="2022") in trend.alternative
    assert trend.alternative.count(said["alternative_apart"].split("{after}")[1]) == 1
    assert said["apart"].split()[-1] in " ".join(texts(trend))
    whole = draw_trend(Descriptives(tables["descriptives"]), study, "participation", language=language)
    assert len(segments(whole, 1.0)) == 4
    assert said["apart"].split()[-1] not in " ".join(texts(whole))


def segments(drawing: Drawing, width: float) -> list[np.ndarray]:
    """The straight lines of one width in a figure."""
    collections = [artist for artist in drawing.figure.artists if hasattr(artist, "get_segments")]
    chosen = [lines for lines in collections if lines.get_linewidths()[0] == width]
    return [segment for lines in chosen for segment in lines.get_segments()]


def points(drawing: Drawing, *, hollow: bool) -> int:
    """How many points a figure has, legend left out."""
    lines = [artist for artist in drawing.figure.artists if getattr(artist, "get_marker", None)]
    chosen = [line for line in lines if line.get_linestyle() == "None"]
    white = [line for line in chosen if (line.get_markerfacecolor() == "white") == hollow]
    return sum(len(line.get_xdata()) for line in white) - (1 if hollow else 0)


def test_groups_draw_no_suppressed_number_and_mark_small_ones() -> None:
    study = make_study(themes=1, indices=5)
    table = make_tables(study)["descriptives"]
    (part,) = group_parts(Descriptives(table), study, "participation", "sector5")
    drawing = draw_groups(Descriptives(table), study, "participation", "sector5", part, language="nl")
    latest = table[(table["wave"] == "2022") & (table["group_by"] == "sector5")]
    assert texts(drawing).count("x") == (latest["flag"] == "suppressed").sum() + 1
    assert points(drawing, hollow=True) == (latest["flag"] == "small").sum()
    assert points(drawing, hollow=False) == (latest["flag"] == "").sum()
    assert sum(text.startswith("(") for text in texts(drawing)) == (latest["flag"] == "small").sum()
    clear = latest[(latest["p_value"] < 0.05) & (latest["cohens_d"].abs() >= 0.2)]
    assert f"naar sector: {len(clear)} van de 20 gemiddelden wijken duidelijk af" in drawing.title
    assert "Zorg en welzijn afgeschermd" in drawing.alternative


def test_marks_say_direction_and_size() -> None:
    def mark(difference: float, p: float, d: float) -> str:
        return Cell(50, 48, 52, 100, "", difference, p, d).mark

    assert [mark(3, 0.01, 0.3), mark(3, 0.01, 0.1), mark(-3, 0.01, -0.3), mark(-3, 0.01, -0.1)] == list(
        "▲△▼▽"
    )
    assert mark(3, 0.2, 0.5) == mark(math.nan, math.nan, math.nan) == ""


def test_many_groups_go_on_in_a_second_figure() -> None:
    study = make_study(themes=1, indices=11)
    table = make_tables(study)["descriptives"]
    parts = group_parts(Descriptives(table), study, "participation", "sector5")
    assert [len(part) for part in parts] == [6, 5]
    names = [drawing.name for drawing in draw_all({"descriptives": table}, study, language="nl")]
    assert {"groups_sector5_participation", "groups_sector5_participation_2"} <= set(names)


def test_a_distribution_says_what_it_does_not_draw() -> None:
    study = make_study(themes=1, indices=2)
    densities = make_tables(study)["densities"]
    first = next(iter(study.indices))
    latest = densities[~((densities["index"] == first) & (densities["wave"] == "2022"))]
    drawing = draw_distribution(latest, study, "participation", language="nl")
    assert "2022: te weinig antwoorden of niet gemeten" in " ".join(texts(drawing))
    assert "2022: te weinig" not in " ".join(
        texts(draw_distribution(densities, study, "participation", language="nl"))
    )
    curves = [artist for artist in drawing.figure.artists if hasattr(artist, "get_xdata")]
    assert sum(len(curve.get_xdata()) == 101 for curve in curves) == 5
    assert "inspraak: de meeste scores liggen in 2022 rond 53." in drawing.alternative


def test_bars_lie_around_the_middle_answer() -> None:
    codes = {float(code): Text(nl=str(code), en=str(code)) for code in range(1, 6)}
    answers = answers_of(Scale(codes=codes, positive=(4, 5)), "#0072b2")
    cells = {("q", str(code)): share(value) for code, value in zip(range(1, 6), (0.1, 0.2, 0.4, 0.2, 0.1))}
    start, parts = bar_of("q", answers, cells)
    assert math.isclose(start, -0.5)
    assert parts == [0.1, 0.2, 0.4, 0.2, 0.1]
    assert len(set(answers.colours)) == 5


def test_positive_answers_lie_at_the_right_and_an_even_scale_has_no_middle() -> None:
    codes = {float(code): Text(nl=str(code), en=str(code)) for code in range(1, 5)}
    answers = answers_of(Scale(codes=codes, positive=(1, 2)), "#0072b2")
    assert answers.codes == ("4", "3", "2", "1")
    assert not answers.middle
    cells = {("q", code): share(value) for code, value in zip("1234", (0.4, 0.3, 0.2, 0.1))}
    assert math.isclose(bar_of("q", answers, cells)[0], -0.3)


def share(value: float) -> Cell:
    return Cell(value, math.nan, math.nan, 100, "")


def test_a_question_with_a_suppressed_share_has_no_bar() -> None:
    study = make_study(themes=1, items=2)
    table = make_tables(study)["descriptives"]
    hidden = (table["measure"] == "part_q1") & table["category"].isin(["1", "2"])
    table.loc[hidden, ["estimate", "n"]] = math.nan
    table.loc[hidden, "flag"] = "suppressed"
    (items,) = item_parts(Descriptives(table), study, "participation")
    assert items == ["part_q0", "part_q1"]
    whole = make_tables(study)["descriptives"]
    bars = [
        len(bars_of(draw_items(Descriptives(rows), study, "participation", items, language="nl")))
        for rows in (whole, table)
    ]
    assert bars[0] - bars[1] == 5
    drawing = draw_items(Descriptives(table), study, "participation", items, language="nl")
    assert "helemaal oneens afgeschermd, oneens afgeschermd" in drawing.alternative
    assert texts(drawing).count("x") == 2


def bars_of(drawing: Drawing) -> list[object]:
    patches = [artist for artist in drawing.figure.artists if hasattr(artist, "get_facecolor")]
    return [patch for patch in patches if hasattr(patch, "get_path") and patch.get_linewidth() == 0.6]


def test_a_map_shows_each_pair_once() -> None:
    study = make_study(themes=1, indices=5)
    table = make_tables(study)["correlations"]
    drawing = draw_correlations(table, study, language="nl", theme="participation")
    latest = table[table["wave"] == "2022"]["estimate"]
    shown = [
        text for text in texts(drawing) if text.lstrip("−").startswith(("0,", "1,")) and "tot" not in text
    ]
    assert sorted(shown) == sorted(f"{value:.2f}".replace(".", ",").replace("-", "−") for value in latest)
    strongest = f"{latest.loc[latest.abs().idxmax()]:.2f}".replace(".", ",").replace("-", "−")
    assert f"hangen het sterkst samen ({strongest}, 2022)" in drawing.title
    assert "Samenhang, geen oorzakelijk verband." in " ".join(texts(drawing))


def test_pairs_that_share_items_are_marked_and_never_the_headline() -> None:
    study = make_study(themes=1, indices=4)
    table = make_tables(study)["correlations"].assign(shared_items=0)
    first, second, *_ = study.indices
    alike = (table["x"] == first) & (table["y"] == second)
    table.loc[alike, ["estimate", "shared_items"]] = (0.95, 3)
    drawing = draw_correlations(table, study, language="nl", theme="participation")
    assert "0,95*" in texts(drawing)
    assert "deels dezelfde vragen, dus deels vanzelf samenhang" in texts(drawing)
    assert "0,95" not in drawing.title + drawing.alternative
    plain = draw_correlations(table[~alike], study, language="nl", theme="participation")
    assert "*" not in texts(plain)
    only = table[alike]
    assert "sterkst" not in draw_correlations(only, study, language="nl", theme="participation").title


def test_tables_as_read_from_csv_give_the_same_figures(tmp_path: object) -> None:
    study = make_study(themes=1, indices=3)
    tables = make_tables(study)
    read = {}
    for name, table in tables.items():
        path = f"{tmp_path}/{name}.csv"
        table.to_csv(path, index=False)
        read[name] = pd.read_csv(path)
    for typed, plain in zip(draw_all(tables, study, language="nl"), draw_all(read, study, language="nl")):
        assert typed.alternative == plain.alternative
        assert texts(typed) == texts(plain)


def test_colours_have_contrast_to_white_and_text_to_what_it_stands_on() -> None:
    greys = [grey for grey, _ in EARLIER]
    assert min(contrast(colour, "#ffffff") for colour in (*THEME_COLOURS, *greys, INK, SOFT)) >= 4.5
    assert len(set(THEME_COLOURS)) == len(THEME_COLOURS) >= 7
    assert contrast("#000000", "#ffffff") == 21
    assert ink_on("#ffffff") == INK
    assert ink_on("#0a4a80") == "#ffffff"
