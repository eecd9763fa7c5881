"""A user's mistake is one message: file, place, what was found, what was expected, and a near match."""

from hypothesis import given
from hypothesis import strategies as st

from inspraak.errors import Problem, UserError, near_match


def test_a_problem_says_file_place_found_expected_and_near_match() -> None:
    problem = Problem("study.yaml", "line 3", "'b_strat9'", "an item of codebook.csv", "b_strat1")
    assert str(problem) == (
        "study.yaml: line 3: found 'b_strat9'; expected an item of codebook.csv. Did you mean 'b_strat1'?"
    )
    assert str(Problem("a.csv", "", "no rows", "some")) == "a.csv: found no rows; expected some."


def test_an_error_lists_every_problem_in_order() -> None:
    problems = [Problem("a", "", str(number), "x") for number in range(3)]
    assert UserError(iter(problems)).problems == tuple(problems)
    assert str(UserError(problems)).splitlines() == [str(problem) for problem in problems]
    assert UserError(problems[0]).problems == (problems[0],)


def test_a_near_match_ignores_case_and_keeps_the_spelling() -> None:
    assert near_match("BEVL", ["bevlogen", "Bevl", "betr"]) == "Bevl"
    assert near_match("xyzzy", ["bevlogen", "betrokken"]) is None
    assert near_match(12, [11, 123]) == "123"


@given(st.lists(st.text(min_size=1, max_size=6), max_size=5), st.text(max_size=6))
def test_a_near_match_is_one_of_the_words(words: list[str], word: str) -> None:
    found = near_match(word, words)
    assert found is None or found in words
