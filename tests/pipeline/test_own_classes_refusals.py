"""What goes wrong with classes of your own, and with a place for a result, is said in one line."""

from pathlib import Path

import pytest

from truemorph.catalogue import write_catalogue
from truemorph.cli import main
from truemorph.components.bias_estimator.executor import confusion_of
from truemorph.components.classes import class_names
from truemorph.components.errors import InputError
from truemorph.components.files import write_json
from truemorph.components.laws import ConfusionLaw, Observable
from truemorph.components.simulator.sky import simulate
from truemorph.components.trainer.task import _law


@pytest.mark.parametrize("names", [["ring"], ["ring", "Ring"]])
def test_classes_are_two_or_more_and_differ(names: list[str]) -> None:
    with pytest.raises(InputError, match=r"sample.classes: received \[.*\]; give two classes or more, each once"):
        class_names("sample.classes", names)


def test_no_class_is_called_as_a_reason_for_having_no_label() -> None:
    with pytest.raises(InputError, match="rejects without a label are counted under tie; give the class another name"):
        class_names("sample.classes", ["ring", "tie"])


def test_a_confusion_that_takes_more_than_alpha(tmp_path: Path) -> None:
    odds, slopes = ((None, -1.0), (None, None)), [[[0.0], [1.0]], [[0.0], [0.0]]]
    law = ConfusionLaw(("ring", "plain"), (Observable("seeing"),), odds, slopes).get_config()
    content = {"law": law.pop("law"), "law_parameters": law, "theta": None, "status": "ok", "method": "known truth"}
    write_json(tmp_path / "law.json", content)
    with pytest.raises(InputError, match=r"--law .*law.json: takes seeing; a run only gives it alpha"):
        confusion_of(tmp_path / "law.json", ["ring", "plain"], needed=True)


def test_a_law_of_other_classes_than_the_examples() -> None:
    with pytest.raises(
        InputError,
        match="bias_law: the examples have the classes ring, plain, but the law is none; give a law for these",
    ):
        _law({"law": "exponential", "theta": 9.0}, ["ring", "plain"])


def test_a_confusion_goes_with_alpha_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "known.csv").write_text("label,truth,alpha\n")
    words = ["fit-law", str(tmp_path / "known.csv"), "--label", "label", "--truth", "truth", "--alpha", "alpha"]
    words += ["--classes", "ring", "plain", "--observable", "e", "--out", str(tmp_path / "law.json")]
    assert main(words) == 2
    said = "--classes: such a law depends on alpha only; leave out --observable and --kind"
    assert said in capsys.readouterr().err


def test_tiles_are_never_written_over_others(tmp_path: Path) -> None:
    (tmp_path / "sky.hats").mkdir()
    with pytest.raises(InputError, match=r"--out .*sky.hats: already exists; give another name, or remove it"):
        write_catalogue(tmp_path, tmp_path / "sky.hats")


def test_a_link_to_itself_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InputError, match="is a link that leads back to itself; give another --out or remove it first"):
        simulate(tmp_path / "loop", galaxies=3, seed=0)
