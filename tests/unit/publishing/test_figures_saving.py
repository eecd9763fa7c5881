"""Files of figures: complete, small, and the same in every run."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib
import pytest
from PIL import Image

from inspraak.publishing.figures.gallery import draw_all
from inspraak.publishing.figures.lettering import Words, letters_in_svg, text_width
from inspraak.publishing.figures.saving import compact, save_all, save_drawing
from inspraak.publishing.figures.wrapping import wrap
from tests.unit.publishing.test_figures_material import make_study, make_tables

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    study = make_study(themes=2)
    save_all(make_tables(study), study, folder, language="nl")
    return folder


def test_every_figure_has_its_files_and_its_caption(saved: Path) -> None:
    captions = json.loads((saved / "captions_nl.json").read_text("utf-8"))
    endings = ("nl.svg", "nl.png", "nl_narrow.svg")
    expected = {
        f"{name}_{ending}"
        for name, caption in captions.items()
        for ending in (endings[:2] if caption["claim"] else endings)
    }
    assert {path.name for path in saved.iterdir()} == expected | {"captions_nl.json"}
    for name, caption in captions.items():
        assert set(caption) == {"title", "alternative", "theme", "kind", "claim"}
        assert name.startswith(caption["kind"])
        assert len(caption["alternative"]) > len(caption["title"]) > 20
    assert captions["trend_conditions"]["theme"] == "conditions"
    assert captions["claim_H1_regression"]["theme"] == ""
    assert captions["claim_H1_regression"]["claim"] == "H1"


def test_two_runs_give_the_same_bytes_whatever_the_settings_of_the_user(saved: Path, tmp_path: Path) -> None:
    study = make_study(themes=2)
    tables = make_tables(study)
    with matplotlib.rc_context(
        {"font.size": 20, "svg.hashsalt": "other", "lines.linewidth": 5, "savefig.dpi": 30}
    ):
        save_all(tables, study, tmp_path, language="nl")
    for path in saved.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_an_svg_is_small_sound_and_needs_no_font(saved: Path) -> None:
    for path in saved.glob("*.svg"):
        assert path.stat().st_size < 150_000, path.name
        root = ElementTree.parse(path).getroot()
        kinds = {element.tag.split("}")[1] for element in root.iter()}
        assert "text" not in kinds
        assert {"title", "path", "use"} <= kinds
        names = {element.get("id") for element in root.iter()}
        links = {element.get("{http://www.w3.org/1999/xlink}href") for element in root.iter()} - {None}
        assert {link[1:] for link in links} <= names
        assert not re.search(r"\d{4}-\d{2}-\d{2}T|matplotlib", path.read_text("utf-8"), re.IGNORECASE)


def test_a_png_names_no_software_and_has_its_title_above(saved: Path, tmp_path: Path) -> None:
    for path in saved.glob("*.png"):
        picture = Image.open(path)
        assert "Software" not in picture.info
        assert picture.width == 1080
        svg = (saved / path.name.replace(".png", ".svg")).read_text("utf-8")
        height = float(re.search(r'height="([\d.]+)pt"', svg).group(1)) / 72 * 150
        assert picture.height - height > 30


def test_saving_leaves_the_drawing_as_it_was(tmp_path: Path) -> None:
    study = make_study(themes=1)
    drawing = next(draw_all(make_tables(study), study, language="nl"))
    before = list(drawing.figure.artists)
    save_drawing(drawing, tmp_path, language="nl", narrow=False)
    first = (tmp_path / f"{drawing.name}_nl.svg").read_bytes()
    save_drawing(drawing, tmp_path, language="nl", narrow=False)
    assert (tmp_path / f"{drawing.name}_nl.svg").read_bytes() == first
    assert list(drawing.figure.artists) == before


def test_compacting_keeps_places_looks_and_titles() -> None:
    box = '<path d="M 5.123456 18.5 \nL 24.4 18.5 \nL 24.4 26.8888 \nL 5.123456 26.8888 \nz\n" style="fill: #cfe1f0"/>'
    assert compact(box) == '<path d="M5.12 18.5H24.4V26.89H5.12z" style="fill: #cfe1f0"/>'
    curve = '<path d="M 1 -2.0001 \nQ 3.14159 -4 5 6 \n"/>'
    assert [float(number) for number in NUMBER.findall(compact(curve))] == [1, -2, 3.14, -4, 5, 6]
    uses = "".join(f'<use xlink:href="#m0123456789" x="{x}" y="2" style="fill: #1a1a1a"/>\n' for x in (1, 2))
    assert compact(f"<g>\n{uses}</g>").startswith(
        '<g style="fill: #1a1a1a">\n<use xlink:href="#m0" x="1" y="2"/>'
    )
    mixed = f'<g>\n{uses}<use xlink:href="#m0123456789" x="3" y="2" style="fill: #ffffff"/>\n</g>'
    assert compact(mixed).count("style=") == 3
    assert "<title>p = 0.0321 m0</title>" in compact("<title>p = 0.0321 m0</title>")
    assert 'scale(0.015625)"' in compact('<g transform="scale(0.015625)"/>')


def test_drawing_is_imported_only_when_something_is_drawn() -> None:
    code = (
        "import sys, inspraak.publishing.figures.saving;"
        "print(sorted({'matplotlib', 'seaborn', 'PIL'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_no_state_of_pyplot_is_touched(tmp_path: Path) -> None:
    from matplotlib import pyplot

    study = make_study(themes=1)
    size = matplotlib.rcParams["font.size"]
    save_all(make_tables(study), study, tmp_path, language="en")
    assert pyplot.get_fignums() == []
    assert matplotlib.rcParams["font.size"] == size


def test_a_letter_is_outlined_once_and_stands_where_the_line_has_it() -> None:
    lines = [Words(1.0, 2.0, "lal", 10.0, False, "#123456"), Words(1.0, 1.0, "l", 10.0, False, "#654321")]
    root = ElementTree.fromstring(f'<svg xmlns:xlink="x">{letters_in_svg(lines, 3.0)}</svg>')
    outlines = {path.get("id"): path.get("d") for path in root.iter("path")}
    assert len(outlines) == 2
    places = {
        group.get("style"): [
            (use.get("{x}href")[1:], float(use.get("x")), float(use.get("y"))) for use in group
        ]
        for group in root.iter("g")
    }
    (first, start, height), (again, end, _), (other, middle, _) = places["fill: #123456"]
    assert first == again != other
    assert (start, height) == (72, 72)
    assert middle == pytest.approx(72 + 72 * text_width("l", 10), abs=0.01)
    assert end == pytest.approx(72 + 72 * text_width("la", 10), abs=0.01)
    assert places["fill: #654321"] == [(first, 72, 144)]
    upwards = [-float(y) for y in re.findall(r"-?[\d.]+", outlines[first])[1::2] if y]
    assert max(upwards) == pytest.approx(7.6, abs=0.1)


@pytest.mark.parametrize("width", [0.6, 0.9, 1.3, 2.0, 3.4])
@pytest.mark.parametrize("bold", [False, True])
def test_wrapped_lines_fit_and_lose_no_letter(width: float, bold: bool) -> None:
    for text in (
        "Medezeggenschapsorganen en werknemersvertegenwoordiging",
        "Arbeidsmarktparticipatiebevorderingsbeleid",
        "Kunnen/willen en sociaal-economisch beleid",
        "Kort",
        "",
    ):
        lines = wrap(text, width, 9, bold=bold)
        assert all(text_width(line, 9, bold=bold) <= width for line in lines)
        letters = re.sub(r"[\s-]", "", text)
        assert re.sub(r"[\s-]", "", "".join(lines)) == letters


def test_compounds_break_at_their_joints() -> None:
    assert wrap("Medezeggenschapsorganen", 1.5, 9, bold=True) == ["Medezeggenschaps-", "organen"]
    assert wrap("Betrokkenheidsbevordering", 1.3, 9, bold=True) == ["Betrokkenheids-", "bevordering"]
    assert wrap("sociaal-economisch", 0.8, 9) == ["sociaal-", "economisch"]


def test_widths_are_those_of_the_font() -> None:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    for text in ("Vervoer en Te", "−0,88 (ok)", "Überzicht ▲"):
        font = FontProperties(family="DejaVu Sans", size=9)
        width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
        assert text_width(text, 9) == pytest.approx(width / 72, rel=2e-3)
