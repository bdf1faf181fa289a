"""The tests' own judge (schema.py) knows every row of the module's tables, and no other. As a whole run
must meet all that it knows, a row that no test provokes fails one or the other."""

import re

import pytest

from schema import CLOSES, ERRORS, MESSAGES, REQUESTS
from server import ROOT


def rows(table, pattern):
    """What stands in the rows of a table, without what its comments say."""
    text = (ROOT / "module" / table).read_text()
    return set(re.findall(pattern, re.sub(r"/\*.*?\*/", "", text, flags=re.S), re.M))


KNOWN = {
    ("core/request.def", r"^REQUEST\((\w+),"): set(REQUESTS),
    ("core/event.def", r"^EVENT\((\w+),"): set(MESSAGES),
    ("core/error.def", r"^ERROR\(\w+,\s*(\w+),\s*(\w+),"): {
        (code, reason) for code, reasons in ERRORS.items() for reason in reasons.split()
    },
    ("wire/close.def", r"^CLOSE\(\w+,\s*(\d+),"): {str(code) for code in CLOSES},
}


@pytest.mark.parametrize("table, pattern", KNOWN, ids=lambda value: value.split(".")[0])
def test_the_judge_and_the_table_know_the_same(table, pattern):
    found, known = rows(table, pattern), KNOWN[table, pattern]
    assert found, "the pattern fits no row"
    assert found - known == set(), "rows that no test has to provoke"
    assert known - found == set(), "what the module does not have"
