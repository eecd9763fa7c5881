"""A user's mistake: one message with file, place, what was found, what was expected and a near match."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One mistake in a file of the user.

    `file` is the path as the user knows it, `place` a row, column, line or key ("" for the whole file),
    `found` what stands there, `expected` what should, `near` the closest valid word if there is one.
    """

    file: str
    place: str
    found: str
    expected: str
    near: str | None = None

    def __str__(self) -> str:
        where = f"{self.file}: {self.place}" if self.place else self.file
        hint = f" Did you mean '{self.near}'?" if self.near else ""
        return f"{where}: found {self.found}; expected {self.expected}.{hint}"


class UserError(Exception):
    """One or more mistakes of the user, shown without a traceback and with a non-zero exit."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def near_match(word: object, words: Iterable[object]) -> str | None:
    """Give the word that looks most like `word`, or None where none is alike (case does not count)."""
    by_folded = {str(candidate).casefold(): str(candidate) for candidate in words}
    close = get_close_matches(str(word).casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
