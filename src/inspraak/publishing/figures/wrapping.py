"""Break labels into lines that fit, measured in the font of the figures."""

import re

from inspraak.publishing.figures.lettering import text_width

_VOWELS = frozenset("aeiouyáéíóúäëïöüèêàâ")
_UNPARTED = frozenset({"ch", "sh", "th", "ph", "ck", "qu"})
_JOINTS = re.compile(r"(?:heid|schap|ing|teit|tie|ment)s?(?=.)")
"""Endings after which the next part of a Dutch compound begins, with the s that joins them."""
_FEWEST = 3
"""A part of a word that is broken has at least this many letters."""


def wrap(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines of at most `width` inches at `size` points.

    Breaks at spaces and after hyphens and slashes; a word that is too long by itself is broken with a hyphen
    where a syllable seems to begin. An empty text gives one empty line.
    """
    lines = [""]
    for word in re.findall(r"[^\s/-]*[/-]+|[^\s/-]+|\s+", text):
        if word.isspace():
            lines[-1] += " " if lines[-1] else ""
            continue
        while True:
            if text_width(lines[-1] + word, size, bold=bold) <= width:
                lines[-1] += word
                break
            if lines[-1].strip():
                lines.append("")
                continue
            head = _fitting_part(word, width, size, bold=bold)
            if head is None:
                lines[-1] += word
                break
            lines[-1] += head + "-"
            word = word[len(head) :]
            lines.append("")
    return [line.rstrip() for line in lines]


def clip(text: str, width: float, size: float, *, lines: int, bold: bool = False) -> list[str]:
    """Break a text into lines as `wrap`, at most so many; what does not fit ends in three dots."""
    wrapped = wrap(text, width, size, bold=bold)
    if len(wrapped) <= lines:
        return wrapped
    kept = wrapped[:lines]
    last = kept[-1].rstrip(" -")
    while last and text_width(f"{last}…", size, bold=bold) > width:
        last = last[:-1].rstrip()
    return [*kept[:-1], f"{last}…"]


def _fitting_part(word: str, width: float, size: float, *, bold: bool) -> str | None:
    """Give a beginning of a word that fits with a hyphen, or None where no break is possible.

    The best place is the joint of a compound, then the beginning of a syllable, then anywhere.
    """
    fitting = [
        place
        for place in range(_FEWEST, len(word) - _FEWEST + 1)
        if text_width(word[:place] + "-", size, bold=bold) <= width
    ]
    if not fitting:
        return None
    folded = word.casefold()
    joints = {match.end() for match in _JOINTS.finditer(folded)}
    ends = {match.end() - match.group().endswith("s") for match in _JOINTS.finditer(folded)}
    joined = [place for place in fitting if place in joints and place >= fitting[-1] / 2]
    good = [place for place in fitting if _syllable_begins(folded, place) and place not in ends]
    return word[: (joined or good or fitting)[-1]]


def _syllable_begins(word: str, place: int) -> bool:
    """Tell whether a consonant and a vowel follow, a vowel came before, and no letter pair is parted."""
    consonant_vowel = word[place] not in _VOWELS and word[place + 1] in _VOWELS
    return (
        consonant_vowel
        and any(letter in _VOWELS for letter in word[:place])
        and word[place - 1 : place + 1] not in _UNPARTED
    )
