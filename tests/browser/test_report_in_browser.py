import io
from pathlib import Path

import pytest
from PIL import Image

from inspraak.publishing.report_images import compact

from .chromium import Page

WIDTHS = (360, 768, 1440)
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")
WIDER_THAN_PAGE = """
[...document.querySelectorAll("body *")].filter((element) => {
  if (!element.checkVisibility() || element.closest(".scroll, .unseen, .symbols, .skip")) return false;
  const box = element.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
}).map((element) => `${element.tagName}.${element.className}`).slice(0, 10)
"""
CELL = "document.querySelector('#theme-participation td[data-wave=\"2022\"] .v').textContent"


def choose(page: Page, name: str, value: str) -> None:
    page.evaluate(
        f"(() => {{ const box = document.getElementById('{name}'); box.value = '{value}';"
        " box.dispatchEvent(new Event('change', { bubbles: true })); return box.value; })()"
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["nl", "en", "open"])
def test_the_page_does_not_scroll_sideways(
    page: Page, reports: dict[str, Path], name: str, width: int
) -> None:
    page.open(reports[name], width=width)
    assert page.evaluate("innerWidth") == width
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(WIDER_THAN_PAGE) == []


@pytest.mark.parametrize("width", [360, 1440])
def test_a_picture_of_the_page_shows_something(
    page: Page, reports: dict[str, Path], width: int, tmp_path: Path
) -> None:
    page.open(reports["nl"], width=width)
    page.screenshot(tmp_path / "page.png")
    picture = Image.open(io.BytesIO((tmp_path / "page.png").read_bytes())).convert("L")
    assert picture.width == width
    assert picture.height > 3000
    dark = picture.point(lambda value: 255 if value < 128 else 0).histogram()[255]
    assert 0.01 < dark / (picture.width * picture.height) < 0.5


@pytest.mark.parametrize("width", [360, 1440])
def test_all_text_has_enough_contrast(page: Page, reports: dict[str, Path], width: int) -> None:
    page.open(reports["open"], width=width)
    count, low = page.evaluate(CONTRAST)
    assert count > 1000
    assert low == []


def test_nothing_is_fetched(page: Page, reports: dict[str, Path]) -> None:
    page.open(reports["nl"], width=1440)
    assert [url for url in page.requests if not url.startswith("data:")] == [reports["nl"].as_uri()]
    assert any(url.startswith("data:image/svg+xml") for url in page.requests)


def test_every_image_is_drawn_and_narrow_pages_get_the_narrow_one(
    page: Page, reports: dict[str, Path]
) -> None:
    sizes = {}
    for width in (360, 1440):
        page.open(reports["nl"], width=width)
        sizes[width] = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
        assert page.evaluate("[...document.images].filter((image) => !image.alt).length") == 0
    assert len(sizes[360]) == len(sizes[1440]) == 5
    assert sorted(narrow < wide for narrow, wide in zip(sizes[360], sizes[1440])) == [False, *[True] * 4]


def test_a_compact_drawing_is_the_same_picture(page: Page, reports: dict[str, Path], tmp_path: Path) -> None:
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3))
    axes = figure.add_subplot(title="Één ‘proef’ & meer: 12,3%")
    axes.fill_between([0, 1, 2], [0, 3, 1], [1, 4, 2], alpha=0.4)
    axes.plot([0, 1, 2], [-1, 2.5, 0], marker="^", linestyle="--")
    axes.annotate("hier", (1, 2.5), (1.5, 3), arrowprops={"arrowstyle": "->"})
    with matplotlib.rc_context({"svg.hashsalt": "proef", "svg.fonttype": "path"}):
        figure.savefig(tmp_path / "before.svg", metadata={"Date": None})
    before = (tmp_path / "before.svg").read_text("utf-8")
    (tmp_path / "after.svg").write_text(compact(before), "utf-8")
    assert len(compact(before)) < 0.9 * len(before)
    for name in ("before", "after"):
        (tmp_path / f"{name}.html").write_text(
            f'<body style="margin:0"><img src="{name}.svg"></body>', "utf-8"
        )
        page.open(tmp_path / f"{name}.html", width=600)
        page.screenshot(tmp_path / f"{name}.png")
    assert (tmp_path / "before.png").read_bytes() == (tmp_path / "after.png").read_bytes()


def test_the_filter_shows_one_wave(page: Page, reports: dict[str, Path]) -> None:
    page.open(reports["nl"], width=1440)
    choose(page, "filter-wave", "2018")
    shown = "[...document.querySelectorAll('[data-wave]')].filter((part) => part.checkVisibility())"
    assert page.evaluate(f"[...new Set({shown}.map((part) => part.dataset.wave))]") == ["2018"]
    opened = page.evaluate(
        "[...document.querySelectorAll('#summary details[data-wave=\"2018\"]')].every((fold) => fold.open)"
    )
    assert opened is True
    choose(page, "filter-wave", "")
    assert page.evaluate(f"new Set({shown}.map((part) => part.dataset.wave)).size") == 3


def test_the_filter_shows_the_published_cells_of_a_group(page: Page, reports: dict[str, Path]) -> None:
    page.open(reports["nl"], width=1440)
    everyone = page.evaluate(CELL)
    choose(page, "filter-sector5", "trade")
    row = "document.querySelector('#theme-participation h4 ~ div table tbody tr')"
    in_table = page.evaluate(f"{row}.children[2].querySelector('.v').textContent")
    assert page.evaluate(CELL) == in_table != everyone
    assert "handel" in page.evaluate("document.getElementById('filter-status').textContent")
    assert page.evaluate("document.querySelector('[data-tag]').textContent") == "Alleen: handel"
    choose(page, "filter-size4", "250+")
    assert page.evaluate(CELL) == "x"
    assert page.evaluate("document.getElementById('filter-sector5').value") == ""
    assert "Kies één groep tegelijk" in page.evaluate("document.getElementById('filter-status').textContent")
    page.evaluate("document.querySelector('#filter button').click()")
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert page.evaluate(CELL) == everyone
    assert page.evaluate("document.querySelector('[data-tag]').checkVisibility()") is False


def test_without_scripts_everything_can_be_read(page: Page, reports: dict[str, Path]) -> None:
    page.open(reports["nl"], width=360, scripts=False)
    assert page.evaluate("document.getElementById('filter').checkVisibility()") is False
    assert page.evaluate("document.querySelector('nav a').checkVisibility()") is True
    parts = "[...document.querySelectorAll('[data-latest], th[data-wave]')]"
    shown = "(part) => part.checkVisibility() || part.closest('details:not([open])')"
    waves = f"{parts}.every({shown})"
    assert page.evaluate(waves) is True
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_keyboard_reaches_the_contents_and_focus_is_seen(page: Page, reports: dict[str, Path]) -> None:
    page.open(reports["nl"], width=1440)
    for step in range(4):
        page.press("Tab")
        focus = page.evaluate(
            "(() => { const style = getComputedStyle(document.activeElement);"
            " return [document.activeElement.tagName, style.outlineStyle, parseFloat(style.outlineWidth)]; })()"
        )
        assert focus[0] in ("A", "SUMMARY"), f"step {step}"
        assert focus[1] == "solid"
        assert focus[2] >= 2


@pytest.mark.parametrize("width", [360, 1440])
def test_tables_that_scroll_can_be_reached_by_keyboard_and_others_do_not_stop_it(
    page: Page, reports: dict[str, Path], width: int
) -> None:
    page.open(reports["nl"], width=width)
    boxes = "[...document.querySelectorAll('.scroll')].filter((box) => box.checkVisibility())"
    found = page.evaluate(f"{boxes}.map((box) => [box.scrollWidth > box.clientWidth, box.tabIndex])")
    assert len(found) > 5
    assert all((tab == 0) == scrolls for scrolls, tab in found)


def test_a_link_opens_the_fold_that_holds_its_target(page: Page, reports: dict[str, Path]) -> None:
    page.open(reports["nl"], width=1440)
    page.evaluate("document.querySelector('a[href=\"#questions-S0_0\"]').click()")
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert page.evaluate("document.getElementById('questions-S0_0').open") is True


def test_motion_is_reduced_where_that_is_asked_for(page: Page, reports: dict[str, Path]) -> None:
    asked = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    page.send("Emulation.setEmulatedMedia", features=asked)
    page.open(reports["nl"], width=1440)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    page.send("Emulation.setEmulatedMedia", features=[])


def test_on_paper_there_is_no_navigation_and_folds_are_open(page: Page, reports: dict[str, Path]) -> None:
    page.open(reports["nl"], width=1000)
    page.send("Emulation.setEmulatedMedia", media="print")
    assert page.evaluate("document.querySelector('.side').checkVisibility()") is False
    inside = "document.querySelector('details.fold table').checkVisibility({ contentVisibilityAuto: true })"
    assert page.evaluate(inside) is True
    page.send("Emulation.setEmulatedMedia", media="")
