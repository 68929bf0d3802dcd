"""What a training says while it runs: a bar where it can be drawn over, else a line now and then."""

import sys
import types

import pytest

from truemorph.components import progress
from truemorph.components.trainer.callbacks import Watch


class Galaxies:
    """As many as a Watch asks for."""

    batch_size = 4

    def __len__(self) -> int:
        return 8


@pytest.mark.parametrize("place", ["terminal", "notebook", "file", "quiet notebook"])
def test_a_training_shows_a_bar_on_a_terminal_and_in_a_notebook(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: place == "terminal", raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    if "notebook" in place:
        monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    if "quiet" in place:
        monkeypatch.setenv(progress.QUIET, "1")
    watch = Watch(Galaxies(), epoch=0, epochs=3)  # type: ignore[arg-type]
    watch.on_train_begin()
    for batch in range(2):
        watch.on_train_batch_end(batch, {"loss": 0.5})
    assert watch.bar.disable == (place in ("file", "quiet notebook")) and watch.images == 8
    watch.on_train_end()
    assert ("epoch 1/3" in capsys.readouterr().err) == (place in ("terminal", "notebook"))
