"""The configuration: defaults, files, settings, and every message a user can meet."""

import re
from pathlib import Path

import pytest

from truemorph.cli import main
from truemorph.components.errors import InputError
from truemorph.components.trainer.parameters import PAPER_CROP
from truemorph.config import Config, as_dict, keys, load_config
from truemorph.dag import create_pipeline, trainer
from truemorph.sources import Sources


def test_the_defaults_are_the_papers() -> None:
    config = Config()
    assert config.trainer.backbone == "resnet50"
    assert config.trainer.crop == PAPER_CROP == 207 / 424
    assert config.bias_law.theta == "estimate"
    assert config.votes.column == "fraction"
    assert config.evaluator.bins is None
    assert not config.sample.balance


def test_a_file_and_settings_on_top(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('[trainer]\nepochs = 3\nmethods = ["ddb"]\n[bias_law]\ntheta = 11\n[sample]\nbalance = true\n')
    config = load_config(path, ["trainer.epochs=4", "evaluator.intrinsic=redshift,absPetroMag_r", "votes.column=count"])
    assert config.trainer.epochs == 4
    assert config.trainer.methods == ("ddb",)
    assert config.bias_law.theta == 11.0
    assert config.sample.balance
    assert config.evaluator.intrinsic == ("redshift", "absPetroMag_r")
    assert config.votes.column == "count"


def test_every_key_of_the_contract_is_there() -> None:
    expected = """votes.column split.seed sample.balance sample.classes sample.rates bias_law.theta bias_law.kind
        bias_law.observables bias_law.class_on_alpha bias_law.file trainer.backbone
        example_validator.previous_statistics trainer.image_size
        trainer.crop trainer.epochs trainer.batch_size trainer.learning_rate
        trainer.seed trainer.methods trainer.evidence trainer.schedule trainer.patience
        trainer.deterministic trainer.tensorboard trainer.precision trainer.devices trainer.folds trainer.weights
        trainer.rotations trainer.symmetries trainer.zoom evaluator.intrinsic evaluator.bins evaluator.depth
        evaluator.max_bias
        evaluator.min_accuracy evaluator.min_resolution_accuracy
        evaluator.max_share_drift pusher.require_blessing beam.runner beam.workers beam.options
        catalogue.keep"""
    assert set(keys()) == set(expected.split())
    assert set(as_dict(Config())) == {key.split(".")[0] for key in keys()}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("trainer.epoch=3", "trainer.epoch: unknown configuration key; the nearest one is trainer.epochs"),
        ("epochs=3", "unknown configuration key"),
        ("trainer.epochs", "expected KEY=VALUE"),
        ("trainer.epochs=0", "trainer.epochs: received 0; give a whole number >= 1 and <= 2147483647"),
        ("trainer.epochs=2.5", "received 2.5; give a whole number >= 1 and <= 2147483647"),
        ("trainer.epochs=2147483648", "received 2147483648; give a whole number >= 1 and <= 2147483647"),
        pytest.param("trainer.seed=1" + 400 * "0", "received a number of 333 hexadecimal digits; give", id="digits"),
        pytest.param("trainer.crop=1" + 400 * "0", "give a number > 0 and <= 1", id="too large for a float"),
        pytest.param("trainer.seed=" + 5000 * "9", "give a whole number >= 0", id="more than Python reads"),
        pytest.param("trainer.methods=" + 5000 * "[", "choose from network_raw", id="nested"),
        ("trainer.epochs=true", "received True; give a whole number"),
        ("trainer.epochs=many", "received 'many'; give a whole number >= 1 and <= 2147483647"),
        ("trainer.crop=1.5", "received 1.5; give a number > 0 and <= 1"),
        ("trainer.backbone=vgg", "received 'vgg'; give resnet50 | resnet101 | efficientnetv2s | deepgalaxyv2 | small"),
        ("trainer.learning_rate=nan", "received nan; give a number > 0"),
        ("trainer.devices=0", "received 0; give a whole number >= 1 and <= 2147483647 or all"),
        ("trainer.devices=some", "received 'some'; give a whole number >= 1 and <= 2147483647 or all"),
        ("trainer.methods=[]", "received []; give a list of names"),
        ("trainer.methods=naive", "choose from network_raw, network_debiased_labels, ddb, once each"),
        ("trainer.methods=ddb,ddb", "once each"),
        ("bias_law.theta=0", "bias_law.theta: received 0; give a number > 0"),
        ("bias_law.theta=-3.5", "bias_law.theta: received -3.5; give a number > 0"),
        ("bias_law.theta=guess", "received 'guess'; give a number > 0 or estimate"),
        ("bias_law.theta=inf", "received inf"),
        ("sample.balance=1", "received 1; give true or false"),
        ("sample.rates=[2, 1]", "received [2, 1]; give the shares kept of smooth and disk, such as [0.35, 1]"),
        ("votes.column=votes", "give fraction | weighted_fraction | count"),
        ("beam.runner=3", "beam.runner: received 3; give text"),
        ("evaluator.intrinsic=z,z", "give each name once"),
    ],
)
def test_what_cannot_be_set_is_said(setting: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        load_config(settings=[setting])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.toml: cannot read the configuration"):
        load_config(tmp_path / "missing.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[trainer\n")
    with pytest.raises(InputError, match=r"broken\.toml: not valid TOML"):
        load_config(broken)
    unknown = tmp_path / "unknown.toml"
    unknown.write_text("[trainer]\nepoch = 3\n")
    with pytest.raises(InputError, match=r"unknown\.toml: trainer\.epoch: unknown configuration key"):
        load_config(unknown)


def test_weights_must_be_a_file(tmp_path: Path) -> None:
    config = load_config(settings=["trainer.weights=none_notop.h5"])
    with pytest.raises(InputError, match=r"trainer.weights=none_notop.h5: no such file; give a \*_notop.h5 of Keras"):
        trainer(config, "naive", tmp_path / "examples", None, tmp_path / "model")
    path = tmp_path / "some_notop.h5"
    path.touch()
    config = load_config(settings=[f"trainer.weights={path}"])
    assert trainer(config, "naive", tmp_path / "examples", None, tmp_path / "model").inputs["weights"] == path


def test_an_intrinsic_column_that_no_example_has_is_found_before_the_first_step(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "v.csv", tmp_path / "p.csv", tmp_path)
    for name in ("size", "label_raw"):
        config = load_config(settings=[f"evaluator.intrinsic=redshift,{name}"])
        with pytest.raises(InputError, match=f"evaluator.intrinsic: the examples have no column '{name}'; choose from"):
            create_pipeline(config, sources, tmp_path / "out")


def test_init_writes_every_key_and_what_it_writes_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.toml"
    assert main(["init", str(path)]) == 0
    text = path.read_text()
    assert load_config(path) == Config()
    for key in keys().values():
        assert re.search(rf"^# {key.name} = ", text.split(f"[{key.section}]")[1], re.MULTILINE), key
    known = [line for line in text.splitlines() if re.match(r"# \w+ = [^ ]", line)]
    path.write_text(re.sub(r"^# (?=\w+ = [^ ])", "", text, flags=re.MULTILINE))
    assert len(known) > 10 and load_config(path) == Config()
    assert main(["init", str(path)]) == 2
    assert "exists already; give another name, or remove it first" in capsys.readouterr().err
