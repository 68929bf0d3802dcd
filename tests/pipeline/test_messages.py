"""Every error that a user can meet is matched by a test: what a message says in all cases stands in some test."""

import ast
import re
from pathlib import Path

import pytest

FOLDERS = ("components", "pipeline")
LEAST = 11
"""Letters that the first piece of a message needs to be known by; a shorter one is looked for with the next."""
SAMPLES = {
    "; give others, or --labels raw": "labels of the training galaxies are 'disk'; give others, or --labels raw",
    "; choose cv14 or fractions": "--method: received 'guess'",
    " file; give a folder or a .zip of images": "--images .*empty: holds no .* file",
    "observed : received ; give ": "observed 0: received 'spiral'; give smooth or disk",
    "-- : ": "--votes .*nothing.csv: does not exist; give an existing",
    " are NaN; drop those rows first": "labels: 1 of 2 are NaN",
    "; give a number from 0 to 30": "--depth: received -1; give a number from 0",
    "; keep one or name it ": "columns petrorad_r and PetroRad_R both fit petroRad_r; keep one",
    "' of split ": "of split train {why}",
    ": cannot tell what kind of table this is; give it the ending ": "cannot tell what kind.*",
    ": no column '": "no column 'zzz'; the table has dr7objid",
    ": received ; give ": "bias_law.theta: received 0; give a number > 0",
    ": received ; ": "once each",
}
"""Messages of short pieces: one piece, or all in a row, and the words by which a test knows the message."""
DELEGATED = {"components/server/model.py"}
"""Where the whole message is made elsewhere: by `why_refused`, which is tested."""


def pieces(message: ast.expr) -> list[str]:
    """The constant parts of a message, in order; of a choice, those of both ends."""
    if isinstance(message, ast.Constant):
        return [str(message.value)]
    if isinstance(message, ast.JoinedStr):
        return [piece for value in message.values for piece in pieces(value)]
    if isinstance(message, ast.FormattedValue):
        return pieces(message.value) if isinstance(message.value, ast.IfExp) else []
    if isinstance(message, ast.BinOp):
        return pieces(message.left) + pieces(message.right)
    if isinstance(message, ast.IfExp):
        return pieces(message.body) + pieces(message.orelse)
    return []


def errors(root: Path) -> dict[str, list[str]]:
    """Place and constant parts of every InputError."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "InputError":
                    parts = [part for argument in node.args for part in pieces(argument)]
                    found[f"{path.relative_to(root).as_posix()}:{node.lineno}"] = parts
    return found


def plain(text: str) -> str:
    """Text without what regular expressions and line breaks within literals add."""
    return re.sub(r"\s+", " ", re.sub(r"""\\(?=[^\w])|["']\s*\n\s*[rf]*["']""", "", text))


@pytest.fixture(scope="module")
def said_in_tests(root: Path) -> str:
    """All test files but this one."""
    return "\n".join(
        plain(path.read_text(encoding="utf-8"))
        for path in sorted((root / "tests").rglob("*.py"))
        if path != Path(__file__)
    )


def opening(parts: list[str]) -> list[str]:
    """The first piece of a message, cut at sentence marks; the next ones too, as long as they are short together."""
    found: list[str] = []
    for part in parts:
        for piece in re.split(r"[;:,]\s|[;:,]$|\s\(|\)", plain(part)):
            if len("".join(found)) < LEAST and re.search("[A-Za-z]", piece):
                found.append(piece.strip(" '\".-"))
    return found


def is_matched(parts: list[str], said: str) -> bool:
    """Whether the first piece of a message stands in the tests."""
    sample = next((SAMPLES[key] for key in ("".join(parts), *parts) if key in SAMPLES), None)
    if sample is not None:
        return plain(sample) in said
    return bool(opening(parts)) and all(piece in said for piece in opening(parts))


def test_every_error_message_is_matched_by_a_test(root: Path, said_in_tests: str) -> None:
    found = errors(root)
    assert len(found) > 60
    assert {place.split(":")[0] for place, parts in found.items() if not parts} == DELEGATED
    missing = {place: parts for place, parts in found.items() if parts and not is_matched(parts, said_in_tests)}
    assert missing == {}


def test_every_error_message_says_what_to_do(root: Path) -> None:
    """At least two parts, what was found and what to do: the second after a semicolon, comma or colon."""
    for place, parts in errors(root).items():
        assert not parts or re.search(r"[;,:]", "".join(parts)), f"{place}: {parts}"


def test_a_message_whose_first_piece_stands_in_no_test_would_be_found() -> None:
    message = ast.parse('InputError(f"{path}: is made of cheese; give {wanted} of stone or wood")', mode="eval").body
    assert isinstance(message, ast.Call)
    parts = pieces(message.args[0])
    assert parts == [": is made of cheese; give ", " of stone or wood"]
    assert opening(parts) == ["is made of cheese"]
    assert opening([": is ", "; give ", " of stone or wood"]) == ["is", "give", "of stone or wood"]
    assert not is_matched(parts, "is made of stone; give one of stone or wood")
    assert is_matched(parts, plain('match=r"is made\\ of "\n    "cheese"'))
