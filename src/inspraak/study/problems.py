"""Gather what is wrong in several places, so that a user hears everything at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType

from inspraak.errors import Problem, UserError


@dataclass
class Gathered:
    """The problems found so far."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, problems: Iterable[Problem]) -> None:
        """Note several problems."""
        self.problems.extend(problems)

    def noting(self) -> "Noting":
        """Note the user's mistakes of a step and go on after it: `with gathered.noting(): ...`."""
        return Noting(self)

    def refuse(self) -> None:
        """Raise one `UserError` with every problem, each once; nothing where there is none."""
        if self.problems:
            raise UserError(dict.fromkeys(self.problems))


@dataclass(frozen=True)
class Noting:
    """A step after which one goes on, whatever mistakes of the user it met."""

    gathered: Gathered

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, UserError):
            self.gathered.add(error.problems)
            return True
        return False
