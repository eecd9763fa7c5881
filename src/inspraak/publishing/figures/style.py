"""How every figure looks: settings, colours that differ in grey too, and the two sizes of page."""

import functools
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from inspraak.study.study import Study

THEME_COLOURS = (
    "#0072b2", "#b34a00", "#117733", "#882255", "#332288", "#86690a", "#a03a92", "#3b6a73",
)  # fmt: skip
"""One colour per theme, in the order of the study; each has a contrast of at least 4.5 to white."""
INK = "#1a1a1a"
SOFT = "#4d4d4d"
"""Notes, small numbers and axis labels; contrast 8.4 to white."""
GRID = "#d9d9d9"
PALE = "#ececec"
"""Bands behind the data, and answers in the middle."""
EARLIER = (
    ("#4d4d4d", (0.0, (5.0, 2.0))),
    ("#6e6e6e", (0.0, (1.2, 1.4))),
    ("#6e6e6e", (0.0, (6.0, 1.6, 1.2, 1.6))),
)
"""Colour and dashes of the waves before the latest, most recent first."""
SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "svg.fonttype": "path",
    "text.parse_math": False,
    "text.hinting": "none",
    "axes.unicode_minus": True,
}
_OF_THE_MACHINE = (
    "backend",
    "interactive",
    "toolbar",
    "webagg",
    "tk.",
    "savefig.directory",
    "date.",
    "timezone",
)


@dataclass(frozen=True)
class Page:
    """Sizes of one layout, in inches and points."""

    width: float
    margin: float
    text: float
    small: float
    narrow: bool

    @property
    def inner(self) -> float:
        """Give the width between the margins, in inches."""
        return self.width - 2 * self.margin


WIDE = Page(width=7.2, margin=0.08, text=9.0, small=8.0, narrow=False)
NARROW = Page(width=3.6, margin=0.06, text=9.0, small=8.5, narrow=True)

_IN_FORCE: ContextVar[bool] = ContextVar("settings of the figures are in force", default=False)
Parameters = ParamSpec("Parameters")
Drawn = TypeVar("Drawn")


def page(*, narrow: bool) -> Page:
    """Give the sizes of the narrow (a telephone) or the wide layout."""
    return NARROW if narrow else WIDE


def styled(draw: Callable[Parameters, Drawn]) -> Callable[Parameters, Drawn]:
    """Run a drawing function under the settings of this file, whatever the user's own settings are.

    What it calls finds them in force, and they are not set again for each figure: that takes long.
    """

    @functools.wraps(draw)
    def under_settings(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Drawn:
        import matplotlib

        if _IN_FORCE.get():
            return draw(*args, **kwargs)
        defaults: dict[Any, Any] = {
            key: value
            for key, value in matplotlib.rcParamsDefault.items()
            if not key.startswith(_OF_THE_MACHINE)
        }
        before = _IN_FORCE.set(True)
        try:
            with matplotlib.rc_context(defaults | SETTINGS):
                return draw(*args, **kwargs)
        finally:
            _IN_FORCE.reset(before)

    return under_settings


def theme_colour(study: Study, theme: str) -> str:
    """Give the colour of a theme, as #rrggbb; colours repeat after the eighth theme."""
    return THEME_COLOURS[list(study.themes).index(theme) % len(THEME_COLOURS)]


def tint(colour: str, strength: float) -> str:
    """Mix a colour (#rrggbb) with white; `strength` 1 gives the colour itself, 0 white."""
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * strength):02x}" for part in parts)


def luminance(colour: str) -> float:
    """Give the relative luminance (0 black, 1 white) of a colour (#rrggbb), as WCAG 2.2 defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio (1 to 21) of two colours, as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Give black or white, whichever reads best on a colour."""
    return max((INK, "#ffffff"), key=lambda ink: contrast(ink, colour))


def wave_lines(waves: Sequence[str], colour: str) -> dict[str, dict[str, Any]]:
    """Give colour, dashes and width of the line of each wave, in order; the latest is solid and coloured."""
    lines: dict[str, dict[str, Any]] = {}
    for back, wave in enumerate(reversed(waves)):
        if back == 0:
            lines[wave] = {"color": colour, "linestyle": "-", "linewidth": 2.0}
        else:
            grey, dashes = EARLIER[(back - 1) % len(EARLIER)]
            lines[wave] = {"color": grey, "linestyle": dashes, "linewidth": 1.3}
    return {wave: lines[wave] for wave in waves}
