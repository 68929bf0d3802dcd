"""The help of the command line: every command and option is there and says what it is."""

import argparse
import re
from pathlib import Path

import pytest

from truemorph.cli import build_parser, main
from truemorph.config import keys

COMMANDS = ["demo", "simulate", "fetch", "check", "run", "ingest", "estimate-theta", "fit-law", "train"]
COMMANDS += ["evaluate", "export", "predict", "resolution-test", "serve", "bias", "fractions", "catalogue", "table1"]
COMMANDS += ["gallery", "init", "doctor", "completion"]


def subparsers() -> dict[str, argparse.ArgumentParser]:
    actions = build_parser()._actions
    return next(action.choices for action in actions if isinstance(action, argparse._SubParsersAction))


def test_every_command_of_the_contract_is_there_with_an_example() -> None:
    assert list(subparsers()) == COMMANDS
    for name, parser in subparsers().items():
        assert f"Example: truemorph {name}" in parser.format_help()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["chek"], "truemorph: error: unknown command chek (did you mean check?)"),
        (
            ["predict", "--imges", "x", "--out", "p.csv"],
            "truemorph predict: error: unknown --imges (did you mean --images?)",
        ),
        (["table1", "--run", "r", "--josn=1"], "truemorph table1: error: unknown --josn (did you mean --json?)"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words)
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "usage"), [([], "COMMAND ..."), (["help"], "COMMAND ..."), (["help", "run"], "truemorph run [-h]")]
)
def test_help_is_shown_to_those_who_ask_in_other_ways(
    words: list[str], usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    captured = capsys.readouterr()
    assert stopped.value.code == 0 and captured.err == "" and usage in captured.out


def test_every_option_says_what_it_is() -> None:
    for name, parser in subparsers().items():
        assert [action.dest for action in parser._actions if not action.help] == [], name


def test_help_lists_the_keys_that_a_command_obeys() -> None:
    listed = {name: re.findall(r"\b[a-z_]+\.[a-z_]+", subparsers()[name].format_help()) for name in COMMANDS}
    assert set(keys()) <= set(listed["run"]) and set(keys()) <= set(listed["check"])
    assert "trainer.epochs" in listed["train"] and "trainer.methods" not in listed["train"]
    assert "beam.workers" in listed["ingest"] and "evaluator.bins" in listed["evaluate"]
    assert set(keys()) & set(listed["predict"]) == {"beam.runner", "beam.workers", "beam.options"}
    assert "evaluator.max_bias" in listed["export"] and "evaluator.bins" not in listed["export"]
    assert "sample.classes" in listed["ingest"] and "trainer.epochs" not in listed["ingest"]


def test_every_command_takes_json_and_quiet() -> None:
    for name, parser in subparsers().items():
        assert {"--json", "--quiet"} <= set(parser._option_string_actions), name


def test_every_result_can_be_json(root: Path) -> None:
    for name in COMMANDS:
        text = (root / "pipeline" / "cli" / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
        assert "print(" not in text, "a command prints its result with show(parsed, value, text), which heeds --json"
