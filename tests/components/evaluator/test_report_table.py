"""The table that a run prints: six rows in a hundred columns, and a word where there is no number."""

from typing import Any

from truemorph.components.evaluator.report import table_text

Dict = dict[str, Any]


def test_unknowns_are_words_in_the_table(gaps: Dict) -> None:
    lines = table_text(gaps).splitlines()
    for line, row in zip(lines[2:6], gaps["rows"][1:5], strict=True):
        assert line.count(row["status"]) >= 2 and "0.000" not in line and "None" not in line


def test_table_has_six_rows_in_a_hundred_columns(report: Dict, gaps: Dict) -> None:
    for found in (report, gaps, gaps | {"rows": [row | {"accuracy_vs_truth": 0.9} for row in gaps["rows"]]}):
        lines = table_text(found).splitlines()
        assert [line[0] for line in lines[1:7]] == list("abcdef")
        assert max(map(len, lines)) <= 100
    row = report["rows"][5]
    value, (low, high) = row["cv18"]["value"], row["cv18"]["interval"]
    line = table_text(report).splitlines()[6]
    assert f"{value:.3f} [{low:.3f}, {high:.3f}]" in line and f"{row['accuracy']:.3f}" in line
    assert table_text(report).splitlines()[7].startswith("theta 9.05 [8.61, 9.52] (ok, cv14)")


def test_a_long_name_does_not_break_the_table(report: Dict) -> None:
    report["rows"][3]["name"] = "A network with a name of fifty letters on debiased"
    assert max(map(len, table_text(report).splitlines())) <= 100
