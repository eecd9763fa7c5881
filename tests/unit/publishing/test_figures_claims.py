"""The figures of single claims: what each shows of its kind of test, and what it leaves out."""

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from inspraak.publishing.figures.cards.looks import LOOKS
from inspraak.publishing.figures.cards.registry import FIGURES, draw_cards
from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.figures.style import contrast
from inspraak.study.claims import Claim
from inspraak.study.declarations import Text
from inspraak.study.kinds import KINDS
from inspraak.study.parts import Part
from inspraak.study.study import Study
from tests.unit.publishing.test_figures import overlaps, texts
from tests.unit.publishing.test_figures_material import make_estimates, make_study

Tables = dict[str, pd.DataFrame]
FREE_OF_FIGURES = {"untested"}


def study_with(study: Study, **parts: dict[str, object]) -> Study:
    """Give the study one claim, H1, of these parts."""
    made: dict[str, Part] = {}
    for label, keys in parts.items():
        made["" if label == "one" else label] = KINDS[str(keys["kind"])](**keys)  # type: ignore[arg-type]
    wording = Text(nl="Het een hangt samen met het ander.", en="One goes with the other.")
    claim = Claim(name="H1", wording=wording, family="confirmatory", parts=made)
    return replace(study, claims={"H1": claim})


def judged(study: Study, verdict: str = "supported") -> pd.DataFrame:
    return pd.DataFrame([{"hypothesis": "H1", "wave": wave, "verdict": verdict} for wave in study.waves])


def row(wave: str, **cells: object) -> dict[str, object]:
    return {"hypothesis": "H1", "wave": wave, "part": "", **cells}


def estimate(wave: str, outcome: str, term: str, value: float, **cells: object) -> dict[str, object]:
    numbers = {"std_estimate": value, "std_ci_low": value - 0.06, "std_ci_high": value + 0.06}
    return row(wave, **{"outcome": outcome, "term": term, "decides": "True", "kind": "", **numbers, **cells})


def drawn(study: Study, language: str = "nl", **tables: pd.DataFrame) -> list[Drawing]:
    return list(draw_cards({"verdicts": judged(study), **tables}, study, language=language))


@pytest.fixture
def study() -> Study:
    return make_study(themes=2, claims=1)


@pytest.fixture
def names(study: Study) -> list[str]:
    return list(study.indices)


def test_every_kind_that_is_tested_has_a_figure_or_none_on_purpose() -> None:
    assert set(FIGURES) | FREE_OF_FIGURES == set(KINDS)


def test_every_testable_claim_has_its_figure_in_both_languages() -> None:
    study = make_study(themes=2, claims=9)
    estimates, verdicts = make_estimates(study)
    tested = verdicts.loc[verdicts["verdict"] != "not testable", "hypothesis"].unique()
    for language in ("nl", "en"):
        drawings = list(draw_cards({"estimates": estimates, "verdicts": verdicts}, study, language=language))
        assert [drawing.claim for drawing in drawings] == list(tested)
        for drawing in drawings:
            assert overlaps(drawing) == [], drawing.name
            assert drawing.alternative.startswith(drawing.title)
    shapes = [(look.marker, look.filled) for look in LOOKS.values()]
    assert len(set(shapes)) == len(LOOKS)
    assert min(contrast(look.colour, "#ffffff") for look in LOOKS.values()) >= 4.5


def test_the_verdicts_have_the_colours_of_the_page() -> None:
    import inspraak.publishing

    style = (Path(inspraak.publishing.__file__).parent / "templates" / "report.css").read_text("utf-8")
    for verdict, slug in {"supported": "supported", "contradicted": "contradicted", "equivalent to nil": "nil",
                          "inconclusive": "inconclusive", "not testable": "untestable"}.items():  # fmt: skip
        assert f"--{slug}: {LOOKS[verdict].colour};" in style


def test_an_estimate_stands_with_its_interval_and_with_those_of_earlier_waves(
    study: Study, names: list[str]
) -> None:
    x, y, z = names[:3]
    study = study_with(study, one={"kind": "joint", "x": x, "y": (y, z), "sign": "+"})
    rows = [
        estimate(wave, name, x, 0.1 * place) for place, wave in enumerate(study.waves, 1) for name in (y, z)
    ]
    (drawing,) = drawn(study, estimates=pd.DataFrame(rows))
    assert "2022  0,30 (0,24 tot 0,36), 2018  0,20 (0,14 tot 0,26), 2014  0,10" in drawing.alternative
    assert study.short_label(x, "nl") in drawing.title
    assert "0,10, dus te klein" in " ".join(texts(drawing))


def test_more_estimates_than_fit_are_counted_and_shown_for_the_latest_wave_alone(
    study: Study, names: list[str]
) -> None:
    study = study_with(study, one={"kind": "regression", "x": names[:2], "y": names[2:9], "sign": "+"})
    rows = [
        estimate(wave, outcome, term, 0.2)
        for wave in study.waves
        for outcome in names[2:9]
        for term in names[:2]
    ]
    (drawing,) = drawn(study, estimates=pd.DataFrame(rows))
    assert drawing.alternative.count("0,20 (") == 12
    assert "2018" not in drawing.alternative
    assert "Nog 2 staan bij de cijfers." in " ".join(texts(drawing))


def test_an_interval_beyond_the_scale_ends_in_an_arrow(study: Study, names: list[str]) -> None:
    study = study_with(study, one={"kind": "regression", "x": names[:1], "y": names[1:2], "sign": "+"})
    rows = [estimate("2022", names[1], names[0], 0.4, std_ci_high=4.0)]
    (drawing,) = drawn(study, estimates=pd.DataFrame(rows))
    markers = [line.get_marker() for line in drawing.figure.artists if hasattr(line, "get_marker")]
    assert ">" in markers
    assert "<" not in markers


def test_a_claim_is_shown_in_its_latest_wave_with_an_estimate(study: Study, names: list[str]) -> None:
    study = study_with(study, one={"kind": "regression", "x": names[:1], "y": names[1:2], "sign": "+"})
    rows = [estimate(wave, names[1], names[0], 0.4) for wave in ("2014", "2018")]
    rows.append(estimate("2022", names[1], names[0], math.nan, reason="too few employers"))
    (drawing,) = drawn(study, "en", estimates=pd.DataFrame(rows))
    assert "(2018)" in drawing.title


def test_what_does_not_decide_is_left_out_of_the_dots(study: Study, names: list[str]) -> None:
    study = study_with(study, one={"kind": "regression", "x": names[:1], "y": names[1:3], "sign": "+"})
    rows = [
        estimate("2022", names[1], names[0], 0.41),
        estimate("2022", names[2], names[0], 0.77, decides="False"),
    ]
    (drawing,) = drawn(study, estimates=pd.DataFrame(rows))
    assert "0,41" in drawing.alternative
    assert "0,77" not in drawing.alternative


def test_a_moderation_shows_the_slope_where_the_moderator_is_low_and_high(
    study: Study, names: list[str]
) -> None:
    x, m, y = names[:3]
    study = study_with(study, one={"kind": "moderation", "x": x, "moderator": m, "y": (y,), "sign": "+"})
    rows = [
        estimate("2022", y, f"{x}:{m}", 0.08),
        estimate("2022", y, f"{x} | {m} p10", 0.11, decides="False"),
        estimate("2022", y, f"{x} | {m} p90", 0.29, decides="False"),
    ]
    (drawing,) = drawn(study, estimates=pd.DataFrame(rows))
    assert "laag is 0,11 (0,05 tot 0,17), waar het hoog is 0,29 (0,23 tot 0,35)" in drawing.alternative
    assert {"laag", "hoog", "0,11", "0,29"} <= set(texts(drawing))
    assert overlaps(drawing) == []


def test_a_mediation_shows_its_ways_and_what_goes_past_them(study: Study, names: list[str]) -> None:
    x, m, n, y = names[:4]
    study = study_with(study, one={"kind": "mediation", "x": x, "mediators": (m, n), "y": (y,), "sign": "+"})
    rows = [
        estimate("2022", y, f"{x} via {m}, {n}", 0.12),
        estimate("2022", y, f"{x} beside {m}, {n}", 0.21, decides="False"),
        estimate("2022", m, f"{x} via {y}", 0.55, decides="False"),
    ]
    (drawing,) = drawn(study, estimates=pd.DataFrame(rows))
    assert "0,12 (0,06 tot 0,18); rechtstreeks 0,21 (0,15 tot 0,27)" in drawing.alternative
    assert "0,55" not in drawing.alternative
    assert overlaps(drawing) == []


def test_a_ceiling_is_a_line_without_points_and_says_both_p(study: Study, names: list[str]) -> None:
    x, y = names[:2]
    study = study_with(study, one={"kind": "necessity", "conditions": (x,), "y": y})
    levels = [
        row(
            "2022",
            condition=x,
            outcome=y,
            ceiling="cr_fdh",
            n=200,
            level=level,
            required=max(0.0, level - 60),
            lacking=0.0,
        )
        for level in range(0, 101, 10)
    ]
    effects = [
        row(
            "2022",
            condition=x,
            outcome=y,
            ceiling=ceiling,
            n=200,
            effect_size=effect,
            p_permutation=0.0001,
            p_copula=0.2,
        )
        for ceiling, effect in (("ce_fdh", 0.17), ("cr_fdh", 0.15))
    ]
    (drawing,) = drawn(study, bottlenecks=pd.DataFrame(levels), necessity=pd.DataFrame(effects))
    assert "leeg 0,15–0,17" in texts(drawing)
    assert "p < 0,001; 0,200" in texts(drawing)
    assert "40 bij een uitkomst van 100" in drawing.alternative
    assert not [
        line for line in drawing.figure.artists if getattr(line, "get_marker", lambda: "None")() != "None"
    ]
    flat = pd.DataFrame(levels).assign(required=0.0)
    assert drawn(study, bottlenecks=flat, necessity=pd.DataFrame(effects)) == []


def test_forms_predictors_and_answers_have_their_shares(study: Study, names: list[str]) -> None:
    x, z, y = names[:3]
    contest = study_with(study, one={"kind": "form_contest", "conditions": (x, z), "y": y})
    forms = [
        row("2022", outcome=y, form=form, n=300, r2_out=share, best=str(form == "product"))
        for form, share in (("none", 0.01), ("additive", 0.09), ("product", 0.12))
    ]
    (drawing,) = drawn(contest, forms=pd.DataFrame(forms))
    assert drawing.alternative.endswith("optelsom 9,0%; product 12,0%.")
    added = study_with(study, one={"kind": "incremental", "x": (x, z), "y": (y,)})
    shares = [
        row("2022", outcome=y, predictor=name, n=300, corrected=share, ci_low=0.01, ci_high=0.2)
        for name, share in ((x, 0.05), (z, 0.1))
    ]
    (drawing,) = drawn(added, dominance=pd.DataFrame(shares))
    assert "5,0% (1,0 tot 20,0)" in drawing.alternative
    items = list(study.codebook)[:2]
    ranking = study_with(study, one={"kind": "shares_ranking", "items": items})
    ranks = [
        row(
            "2022",
            item=item,
            n=300,
            share=share,
            ci_low=share - 0.04,
            ci_high=share + 0.04,
            rank=1,
            rank_low=1,
            rank_high=high,
        )
        for item, share, high in zip(items, (0.2, 0.5), (2, 1))
    ]
    (drawing,) = drawn(ranking, ranks=pd.DataFrame(ranks))
    assert drawing.alternative.index("50% (46 tot 54), plaats 1") < drawing.alternative.index(
        "20% (16 tot 24), plaats 1–2"
    )


def test_kinds_without_numbers_have_no_figure(study: Study, names: list[str]) -> None:
    study = study_with(study, one={"kind": "necessity", "conditions": names[:1], "y": names[1]})
    assert drawn(study) == []
    assert list(draw_cards({}, study, language="nl")) == []


def test_the_kind_that_decides_comes_first(study: Study, names: list[str]) -> None:
    x, m, y = names[:3]
    study = study_with(
        study,
        shown={"kind": "regression", "x": (x,), "y": (y,), "sign": "+", "necessary": False},
        decides={"kind": "moderation", "x": x, "moderator": m, "y": (y,), "sign": "+"},
    )
    rows = [
        estimate("2022", y, x, 0.3, part="shown"),
        estimate("2022", y, f"{x} | {m} p10", 0.11, decides="False", part="decides"),
        estimate("2022", y, f"{x} | {m} p90", 0.29, decides="False", part="decides"),
    ]
    drawings = drawn(study, estimates=pd.DataFrame(rows))
    assert [drawing.name for drawing in drawings] == ["claim_H1_moderation", "claim_H1_regression"]


def test_a_mediation_has_the_slope_on_every_arrow(study: Study, names: list[str]) -> None:
    x, m, n, y = names[:4]
    keys = {"kind": "mediation", "x": x, "mediators": (m, n), "y": (y,), "sign": "+", "order": "serial"}
    study = study_with(study, one=keys)
    rows = [
        estimate("2022", y, f"{x} via {m} then {n}", 0.12),
        estimate("2022", y, f"{x} beside {m}, {n}", 0.21, decides="False"),
    ]
    arrows = {(x, m): 0.31, (x, n): 0.32, (m, n): 0.33, (m, y): 0.34, (n, y): 0.35}
    paths = [
        row("2022", outcome=y, start=start, end=end, estimate=value) for (start, end), value in arrows.items()
    ]
    (drawing,) = drawn(study, estimates=pd.DataFrame(rows), mediation_paths=pd.DataFrame(paths))
    assert {"0,31", "0,32", "0,33", "0,34", "0,35"} <= set(texts(drawing))
    assert overlaps(drawing) == []


def test_a_surface_has_a_patch_for_each_bin_that_is_published_and_no_other(
    study: Study, names: list[str]
) -> None:
    x, z, y = names[:3]
    study = study_with(study, one={"kind": "response_surface", "expectation": x, "fulfilment": z, "y": y})
    bins = [(5.0, 5.0, 2.0), (55.0, 5.0, 3.0), (5.0, 55.0, 1.0)]
    rows = [
        row(
            "2022",
            outcome=y,
            expectation=x,
            fulfilment=z,
            n=20,
            expectation_level=one,
            fulfilment_level=other,
            predicted=value,
        )
        for one, other, value in bins
    ]
    (drawing,) = drawn(study, surfaces=pd.DataFrame(rows))
    patches = [
        patch
        for patch in drawing.figure.artists
        if hasattr(patch, "get_path")
        and patch.get_edgecolor() == (1.0, 1.0, 1.0, 1.0)
        and patch.get_linewidth() == 0.4
    ]
    assert sum(len(patch.get_path().vertices) // 5 for patch in patches) == 3
    assert "Het hoogst (3,0)" in drawing.alternative
    assert overlaps(drawing) == []


def test_slopes_at_more_levels_are_joined_by_a_line(study: Study, names: list[str]) -> None:
    x, m, y = names[:3]
    study = study_with(study, one={"kind": "moderation", "x": x, "moderator": m, "y": (y,), "sign": "+"})
    ends = {"x": x, "moderator": m, "outcome": y, "ci_low": 0.0, "ci_high": 0.5}
    places = {10.0: 20.0, 30.0: 40.0, 50.0: 40.0, 90.0: 80.0}  # percentiles, two of them of one answer
    rows = [row("2022", level=level, value=at, estimate=at / 200, **ends) for level, at in places.items()]
    (drawing,) = drawn(study, simple_slopes=pd.DataFrame(rows))
    assert "laag is 0,10 (0,00 tot 0,50), waar het hoog is 0,40" in drawing.alternative
    lines = [list(line.get_xdata()) for line in drawing.figure.artists if hasattr(line, "get_xdata")]
    across = max(lines, key=len)
    assert len(across) == 3
    assert (across[1] - across[0]) * 2 == pytest.approx(across[2] - across[1]), (
        "a straight line over the values"
    )


def test_a_forest_shows_every_group_together_with_the_others_and_alone(
    study: Study, names: list[str]
) -> None:
    x, y = names[:2]
    study = study_with(study, one={"kind": "heterogeneity", "x": x, "y": (y,), "by": ("sector5", "size4")})
    groups = list(study.variables["sector5"].categories)
    numbers = {"ci_low": 0.1, "ci_high": 0.4, "alone_low": -0.2, "alone_high": 0.6, "overall": 0.25, "n": 60}
    rows = [
        row("2022", x=x, outcome=y, group_by="sector5", group=group, estimate=0.2, alone=0.33, **numbers)
        for group in reversed(groups)
    ]
    one = [row("2022", x=x, outcome=y, group_by="size4", group="1", estimate=0.2, alone=0.3, **numbers)]
    (drawing,) = drawn(study, slopes=pd.DataFrame([*rows, *one]))
    assert drawing.alternative.count("0,20 (0,10 tot 0,40), los 0,33") == len(groups)
    places = [drawing.alternative.index(study.category_label("sector5", group, "nl")) for group in groups]
    assert places == sorted(places), "groups stand in the order that the study declares"
    assert overlaps(drawing) == []


def test_types_have_a_bar_for_each_question_and_hidden_answers_stay_grey(
    study: Study, names: list[str]
) -> None:
    items, outcome = list(study.codebook)[:2], names[0]
    study = study_with(study, one={"kind": "typology", "items": items, "outcomes": (outcome,)})
    rows = []
    for number, share in ((1.0, 0.4), (2.0, 0.6)):
        about = {"class": number, "share": share, "n": 80, "mean": math.nan}
        for item in items:
            for category, probability in (("1", 0.75), ("2", 0.25)):
                hidden = item == items[1] and number == 1.0
                cell = {"role": "item", "measure": item, "category": category}
                rows.append(
                    row("2022", **{**about, **cell, "probability": math.nan if hidden else probability})
                )
        cell = {"role": "outcome", "measure": outcome, "category": "", "probability": math.nan, "mean": 61.24}
        rows.append(row("2022", **{**about, **cell}))
    (drawing,) = drawn(study, class_profiles=pd.DataFrame(rows))
    assert {"soort 1", "40%", "soort 2", "60%", "61,2"} <= set(texts(drawing))
    assert f"{study.short_label(items[0], 'nl')} 25%" in drawing.alternative
    assert overlaps(drawing) == []
    pieces = [
        patch for patch in drawing.figure.artists if hasattr(patch, "get_path") and patch.get_linewidth() == 0
    ]
    assert sum(len(patch.get_path().vertices) // 5 for patch in pieces) == 3 * 2 + 1 + 4


def test_a_model_stands_beside_its_rival_with_the_limit_of_a_fair_fit(study: Study) -> None:
    items = list(study.codebook)[:4]
    labels = {"A": Text(nl="Kunnen", en="Able"), "B": Text(nl="Willen", en="Willing")}
    model = {"factors": {"A": items[:2], "B": items[2:]}, "labels": labels, "rival": "one_factor"}
    study = study_with(study, one={"kind": "measurement", "model": model})
    rows = [
        row("2022", model="x", structure=structure, declared=str(structure == "correlated"), n=300, cfi=cfi)
        for structure, cfi in (("one_factor", 0.71), ("correlated", 0.97))
    ]
    (drawing,) = drawn(study, rivals=pd.DataFrame(rows))
    assert drawing.title == "Hoe goed de indeling in ‘Kunnen’ en ‘Willen’ past (2022)"
    assert drawing.alternative.index("0,97") < drawing.alternative.index("0,71")
    assert overlaps(drawing) == []


def test_conclusions_stand_before_and_after_those_that_change_most(study: Study, names: list[str]) -> None:
    keys = {"marker": (next(iter(study.codebook)),), "claims": ("H1",)}
    study = study_with(study, one={"kind": "measurement", "method_variance": keys})
    ends = {"before_low": 0.1, "before_high": 0.5, "after_low": 0.1, "after_high": 0.5}
    rows = [
        row(
            "2022",
            claim=f"H{place}",
            claim_part="",
            outcome=names[0],
            term=names[1],
            before=0.3,
            after=0.3 - place / 100,
            **ends,
        )
        for place in range(12)
    ]
    (drawing,) = drawn(study, survival=pd.DataFrame(rows))
    assert "H11 " in drawing.alternative
    assert "H1 " not in drawing.alternative
    assert "zonder 0,30 (0,10 tot 0,50), met 0,19 (0,10 tot 0,50)" in drawing.alternative
    assert "De 10 van de 12" in " ".join(texts(drawing))
    assert overlaps(drawing) == []
