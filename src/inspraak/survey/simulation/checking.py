"""Check a declared truth against its study: names, order of drawing, categories, codes, and the field."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from inspraak.errors import Problem, UserError
from inspraak.study.declarations import Document
from inspraak.study.study import Study
from inspraak.survey.simulation.checking_field import field_problems
from inspraak.survey.simulation.equations import Answer, Equation, Term
from inspraak.survey.simulation.frame import definitions
from inspraak.survey.simulation.population import Strata, read_strata
from inspraak.survey.simulation.truth import Truth

Keys = tuple[object, ...]


@dataclass(frozen=True)
class _Context:
    """What every check looks at."""

    study: Study
    truth: Truth
    document: Document
    strata: Strata

    def unknown(
        self, keys: Keys, names: Iterable[object], known: Iterable[object], what: str
    ) -> Iterator[Problem]:
        """List the names that are not known."""
        words = [str(word) for word in known]
        for name in names:
            if str(name) not in words:
                yield self.document.problem(keys, f"'{name}'", what, words=words)

    def categories(self, keys: Keys, by: Mapping[str, Mapping[str, object]]) -> Iterator[Problem]:
        """List stratum variables and categories that the population does not have."""
        yield from self.unknown(keys, by, self.strata.variables, "a stratum variable of the design")
        for variable, values in by.items():
            if variable in self.strata.variables:
                column = self.strata.variables.index(variable)
                known = dict.fromkeys(row[column] for row in self.strata.categories)
                yield from self.unknown((*keys, variable), values, known, f"a category of {variable}")


def check_truth(study: Study, truth: Truth, document: Document) -> None:
    """Raise one `UserError` with every contradiction between truth.yaml and the study's other files."""
    context = _Context(study, truth, document, read_strata(study))
    problems = [problem for check in _CHECKS for problem in check(context)]
    problems += field_problems(study, truth, document)
    if problems:
        raise UserError(problems)


def _names(context: _Context) -> Iterator[Problem]:
    study, truth, document = context.study, context.truth, context.document
    expected = "an item of codebook.csv"
    for section in ("facts", "items"):
        for name in getattr(truth, section):
            yield from context.unknown((section, name), [name], study.codebook, expected)
    for name in truth.items:
        if name in truth.facts:
            yield document.problem(("items", name), f"'{name}'", "each item once, under facts or under items")
    for name in truth.latents:
        if name in study.codebook:
            yield document.problem(("latents", name), f"'{name}'", "a name that no item has")
    for name in study.codebook:
        if name not in truth.answers and name not in study.cleaning.attention:
            yield document.problem(
                ("items",), f"no item '{name}'", "how every item of codebook.csv is answered"
            )


def _equations(context: _Context) -> Iterator[Problem]:
    """Check terms in the order of drawing: a term may only look at what was drawn before it."""
    truth, waves = context.truth, context.study.waves
    joined = {name for allocation in truth.allocations for name in allocation.items}
    joined |= {*truth.exclusive, *truth.first_choice}
    drawn: set[str] = set()
    for section in ("facts", "latents", "items"):
        equations: Mapping[str, Equation] = getattr(truth, section)
        for name, equation in equations.items():
            keys = (section, name)
            for position, term in enumerate(equation.terms):
                yield from _term(context, (*keys, "terms", position), term, drawn)
            yield from context.categories((*keys, "shifts"), equation.shifts)
            yield from context.unknown((*keys, "trend"), equation.trend, waves, "a wave of study.yaml")
            yield from context.categories((*keys, "trend_by"), equation.trend_by)
            for by in equation.trend_by.values():
                for trends in by.values():
                    yield from context.unknown((*keys, "trend_by"), trends, waves, "a wave of study.yaml")
            if name not in joined and not (
                isinstance(equation, Answer) and (equation.texts or equation.fill)
            ):
                drawn.add(name)
    everything = {"sample.selection": truth.sample.selection}
    gaps = truth.gaps
    everything |= {f"gaps.{name}.terms": getattr(gaps, name).terms for name in _GAPS}
    for place, terms in everything.items():
        # Who answers is settled before the items are.
        known = drawn if place.startswith("gaps") else drawn - set(truth.items)
        for position, term in enumerate(terms):
            yield from _term(context, (*place.split("."), position), term, known)


def _term(context: _Context, keys: Keys, term: Term, drawn: set[str]) -> Iterator[Problem]:
    latents = context.truth.latents
    known = set(latents) if term.lag else drawn
    what = "a latent" if term.lag else "a latent, fact or item that is drawn earlier"
    yield from context.unknown((*keys, "of"), term.of, sorted(known), what)
    mixed = [name for name in term.of if name not in latents]
    if term.form is not None and mixed:
        yield context.document.problem(
            (*keys, "of"), f"'{mixed[0]}'", f"latents only, for the form {term.form}"
        )
    if (term.log or term.equals is not None) and term.of[0] in latents:
        yield context.document.problem(keys, "log or equals of a latent", "a fact or item")
    yield from context.categories((*keys, "by"), term.by)


def _answers(context: _Context) -> Iterator[Problem]:
    study, truth, document = context.study, context.truth, context.document
    for section in ("facts", "items"):
        for name, answer in getattr(truth, section).items():
            if name not in study.codebook:
                continue
            scale, keys = study.scale_of(name), (section, name)
            if isinstance(answer.shares, str) and answer.shares not in truth.marginals:
                known = f"a marginal ({', '.join(truth.marginals)})"
                yield from context.unknown((*keys, "shares"), [answer.shares], truth.marginals, known)
                continue
            codes = list(truth.shares_of(answer) or {})
            if codes and scale.codes is not None:
                unknown = [f"{code:g}" for code in codes if code not in scale.codes]
                known_codes = [f"{code:g}" for code in scale.codes]
                yield from context.unknown((*keys, "shares"), unknown, known_codes, "a code of its scale")
            yield from context.categories((*keys, "shares_by"), answer.shares_by)
            for by in answer.shares_by.values():
                for category, shares in by.items():
                    if set(shares) != set(codes):
                        place = (*keys, "shares_by", category)
                        yield document.problem(place, "other codes", "the codes under shares")
            if codes != sorted(codes):
                yield document.problem((*keys, "shares"), "codes in another order", "the lowest code first")
            fits = {
                "shares": scale.text is None,
                "number": scale.number is not None,
                "texts": bool(scale.text),
                "points": scale.number is not None,
                "fill": scale.codes is None,
            }
            for kind, possible in fits.items():
                if getattr(answer, kind) is not None and not possible:
                    yield document.problem((*keys, kind), kind, "another way to answer on its scale")
            yield from _number(context, keys, name, answer)


def _number(context: _Context, keys: Keys, name: str, answer: Answer) -> Iterator[Problem]:
    quantity, document = answer.number, context.document
    if quantity is None:
        return
    if quantity.times is not None:
        earlier = [*context.truth.facts, *context.truth.items]
        known = earlier[: earlier.index(name)] if name in earlier else earlier
        yield from context.unknown(
            (*keys, "number", "times"), [quantity.times], known, "an earlier fact or item"
        )
    bounds = context.study.scale_of(name).bounds
    if quantity.distribution == "beta":
        low, high = bounds if bounds is not None else (0.0, 0.0)
        high = min(high, quantity.at_most if quantity.at_most is not None else high)
        mean = quantity.typical or 0.0
        if not low < mean < high or (mean - low) * (high - mean) <= quantity.spread**2:
            expected = "a mean within the bounds of the scale and a smaller spread"
            yield document.problem((*keys, "number"), f"mean {mean:g}, SD {quantity.spread:g}", expected)


def _frame(context: _Context) -> Iterator[Problem]:
    """Check that every category of the strata can be drawn."""
    truth, document = context.truth, context.document
    for item, definition in definitions(context.study, context.strata).items():
        answer = truth.facts.get(item)
        keys = ("facts", item)
        if answer is None or answer.terms or answer.shifts or answer.trend or answer.trend_by:
            found = "nothing" if answer is None else "terms, shifts or trends"
            expected = f"a fact drawn by its stratum alone, since {definition.variable} rests on it"
            yield document.problem(keys, found, expected)
            continue
        if definition.recode is not None and definition.recode.bands is not None:
            if answer.number is None or answer.number.distribution != "pareto":
                yield document.problem(keys, "no pareto", "number: pareto, for a stratum variable with bands")
            continue
        column = context.strata.variables.index(definition.variable)
        options = truth.options_of(answer)
        possible = {definition.category(value) for value, share in options.items() if share > 0}
        for category in dict.fromkeys(row[column] for row in context.strata.categories):
            if category not in possible:
                expected = f"an answer that puts an employer in {definition.variable} '{category}'"
                yield document.problem(keys, "none", expected)


def _joined(context: _Context) -> Iterator[Problem]:
    study, truth, document = context.study, context.truth, context.document
    scales = study.scales
    for position, method in enumerate(truth.methods):
        yield from context.unknown(
            ("methods", position, "latent"), [method.latent], truth.latents, "a latent"
        )
        yield from context.unknown(
            ("methods", position, "scales"), method.scales, scales, "a scale of scales.yaml"
        )
    parts = [name for allocation in truth.allocations for name in allocation.items]
    for name, answer in truth.answers.items():
        if (answer.points is not None) != (parts.count(name) == 1):
            yield document.problem(
                ("allocations",), f"'{name}'", "points and one allocation for each part, or neither"
            )
    for position, allocation in enumerate(truth.allocations):
        yield from context.unknown(
            ("allocations", position, "items"), allocation.items, truth.items, "an item"
        )
        if abs(allocation.total / allocation.step - round(allocation.total / allocation.step)) > 1e-9:
            expected = "a step that the total is a multiple of"
            yield document.problem(("allocations", position, "step"), f"{allocation.step:g}", expected)
    coded = [name for name, answer in truth.items.items() if answer.shares is not None]
    for section in ("exclusive", "first_choice"):
        for name, others in getattr(truth, section).items():
            names = [name, *(others.values() if isinstance(others, dict) else others)]
            yield from context.unknown((section, name), names, coded, "an item with shares")
    rates = {name: getattr(truth.gaps, name) for name in _GAPS}
    for reason, gap in rates.items():
        yield from context.unknown(
            ("gaps", reason, "items"), gap.items, study.codebook, "an item of codebook.csv"
        )
        yield from context.unknown(("gaps", reason, "scales"), gap.scales, scales, "a scale of scales.yaml")
    yield from context.categories(("sample", "oversampling"), truth.sample.oversampling)
    yield from context.categories(("sample", "relative_response"), truth.sample.relative_response)


_GAPS = ("dont_know", "refused", "not_applicable", "no_answer")
_CHECKS = (_names, _equations, _answers, _frame, _joined)
