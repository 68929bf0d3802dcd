"""create_pipeline: the components of a run, in order."""

from pathlib import Path
from typing import Any, Protocol

from truemorph.components.artifacts.pushed import PUSHED
from truemorph.components.base import Component, Parameters, Paths, Spec
from truemorph.components.errors import InputError
from truemorph.components.files import hash_json
from truemorph.components.methods import DDB, network
from truemorph.components.trainer.parameters import NAMES as PARAMETERS
from truemorph.config import Config, as_dict
from truemorph.own_classes import own_classes
from truemorph.sources import Sources
from truemorph.version import __version__


def create_pipeline(config: Config, sources: Sources, out: Path, truth: Path | None = None) -> list[Component]:
    """The whole pipeline over some sources.

    Args:
        config: all settings.
        sources: the upstream files.
        out: the output folder.
        truth: for a benchmark only: a table of true classes, by which the report is scored at the end.

    Returns:
        The components, each after those whose outputs it reads.
    """
    examples, law = out / "examples", out / "bias_law.json"
    report = out / ("unscored" if truth else "report")
    folders = [network(method).folder for method in config.trainer.methods]
    models = {folder: out / "models" / folder for folder in folders}
    steps = [
        example_gen(config, sources, out),
        example_validator(config, examples, out),
        bias_estimator(config, examples, law),
    ]
    steps += [trainer(config, name, examples, law, path) for name, path in models.items()]
    predictions = out / "predictions.parquet"
    kept = kept_columns(config, sources, out)
    steps += [kept] if kept else []
    steps.append(bulk_inferrer(config, examples, law, models, predictions, kept.outputs["kept"] if kept else None))
    steps.append(evaluator(config, examples, predictions, law, out / "rejects.csv", models, report, sources.votes))
    if DDB.folder in models:
        steps.append(pusher(config, models[DDB.folder], report, law, out))
    if truth:
        steps.append(scorer(report, predictions, truth, out / "report"))
    return steps


def example_gen(config: Config, sources: Sources, out: Path) -> Component:
    """The step from sources to Examples."""
    from truemorph.components.example_gen import executor

    classes = own_classes(config)
    named: dict[str, Any] = {"classes": list(classes)} if classes else {}
    return component(
        executor,
        inputs=sources.paths(),
        outputs={"examples": out / "examples", "rejects": out / "rejects.csv"},
        votes_column=config.votes.column,
        balance=config.sample.balance,
        split_seed=config.split.seed,
        runner=config.beam.runner,
        workers=config.beam.workers,
        options=list(config.beam.options),
        **sources.settings(),
        **named,
    )


def example_validator(config: Config, examples: Path, out: Path) -> Component:
    """The step that holds the Examples against the schema, and against an earlier dataset where one is given."""
    from truemorph.components.example_validator import executor
    from truemorph.components.example_validator.previous import KEY, find_previous

    inputs = {"examples": examples}
    if config.example_validator.previous_statistics is not None:
        previous = find_previous(Path(config.example_validator.previous_statistics).absolute())
        if out in previous.parents:
            raise InputError(f"{KEY}: {previous} lies in --out itself; give an earlier dataset, or another --out")
        inputs["previous_statistics"] = previous
    return component(executor, inputs=inputs, outputs={"statistics": out / "validation"})


def bias_estimator(config: Config, examples: Path, law: Path) -> Component:
    """The step that estimates the law of mislabelling; refuses a theta that its kind cannot have."""
    from truemorph.components.bias_estimator import executor

    theta = executor.check_parameters(config.bias_law.kind, config.bias_law.theta)
    executor.check_observables(config.bias_law.observables, config.bias_law.kind, theta)
    inputs, needed = {"examples": examples}, DDB.key in config.trainer.methods
    if config.bias_law.file is not None:
        inputs["law"] = Path(config.bias_law.file).absolute()
    if classes := own_classes(config):
        executor.confusion_of(inputs.get("law"), classes, needed)
    elif "law" in inputs:
        executor.given_law(inputs["law"])
    return component(
        executor,
        inputs=inputs,
        outputs={"bias_law": law},
        kind=config.bias_law.kind,
        theta=config.bias_law.theta,
        observables=None if config.bias_law.observables is None else list(config.bias_law.observables),
        class_on_alpha=config.bias_law.class_on_alpha,
        rates=list(config.sample.rates) if config.sample.rates else None,
        needed=needed,
    )


def trainer(config: Config, name: str, examples: Path, law: Path | None, model: Path) -> Component:
    """The step that fits one network; name is that of its folder."""
    from truemorph.components.trainer import executor

    learner = network(name)
    settings, inputs = config.trainer.filled(), {"examples": examples}
    if law and learner.through_law:
        inputs["bias_law"] = law
    if settings.weights:
        inputs["weights"] = Path(settings.weights).absolute()
        if not inputs["weights"].is_file():
            raise InputError(f"trainer.weights={settings.weights}: no such file; give a *_notop.h5 of Keras")
    parameters = {key: getattr(settings, key) for key in PARAMETERS}
    if settings.folds == 1:
        del parameters["folds"]  # so that a training of before there were folds is still finished
    if not learner.through_law:
        parameters["evidence"] = "labels"
    return component(
        executor,
        f"Trainer.{name}",
        inputs=inputs,
        outputs={"model": model},
        loss=learner.loss,
        labels=learner.labels,
        **parameters,
    )


def kept_columns(config: Config, sources: Sources, out: Path) -> Component | None:
    """The step that takes columns of the sources through to the catalogue, if any are asked for."""
    from truemorph.components.example_gen import kept
    from truemorph.components.example_gen.ingest_sources import open_sources

    if not config.catalogue.keep:
        return None
    tables = {name: path for name, path in sources.paths().items() if name in kept.SPEC.inputs}
    given: dict[str, Any] = {"columns": dict(sources.columns), "votes_column": config.votes.column}
    kept.places_of(open_sources(**{**tables, **given}), config.catalogue.keep)
    outputs = {"kept": out / "kept.parquet"}
    return component(kept, inputs=tables, outputs=outputs, keep=list(config.catalogue.keep), **given)


def bulk_inferrer(
    config: Config, examples: Path, law: Path, models: dict[str, Path], predictions: Path, kept: Path | None = None
) -> Component:
    """The step that predicts every example with every model; kept: columns of the sources that go through."""
    from truemorph.components.bulk_inferrer import executor

    return component(
        executor,
        inputs={"examples": examples, "bias_law": law, **models, **({"kept": kept} if kept else {})},
        outputs={"predictions": predictions, "readme": predictions.with_name("README.md")},
        batch_size=config.trainer.filled().batch_size,
    )


def evaluator(
    config: Config,
    examples: Path,
    predictions: Path,
    law: Path,
    rejects: Path,
    models: dict[str, Path],
    report: Path,
    positions: Path | None = None,
) -> Component:
    """The step that measures bias and accuracy and writes the report; positions: a table with ids, ra and dec."""
    from truemorph.components.evaluator import executor
    from truemorph.components.examples.features import FEATURES

    settings = config.evaluator
    unknown = [name for name in settings.intrinsic or () if FEATURES.get(name) != "float"]
    if unknown:
        floats = ", ".join(name for name, kind in FEATURES.items() if kind == "float")
        raise InputError(f"evaluator.intrinsic: the examples have no column {unknown[0]!r}; choose from {floats}")
    inputs = {"examples": examples, "predictions": predictions, "bias_law": law, "rejects": rejects, **models}
    return component(
        executor,
        inputs=inputs | ({"positions": positions} if positions else {}),
        outputs={"report": report},
        intrinsic=list(settings.intrinsic) if settings.intrinsic else None,
        bins=settings.bins,
        depth=settings.depth,
        provenance={
            "truemorph": __version__,
            "configuration": as_dict(config),
            "configuration_hash": hash_json(as_dict(config)),
        },
    )


def pusher(config: Config, model: Path, report: Path, law: Path, out: Path) -> Component:
    """The step that blesses the debiased model and pushes it as a SavedModel."""
    from truemorph.components.pusher import executor

    return component(
        executor,
        inputs={"model": model, "report": report, "bias_law": law},
        outputs={"pushed": out / PUSHED, "serving": out / "serving"},
        max_bias=config.evaluator.max_bias,
        min_accuracy=config.evaluator.min_accuracy,
        min_resolution_accuracy=config.evaluator.min_resolution_accuracy,
        max_share_drift=config.evaluator.max_share_drift,
        require_blessing=config.pusher.require_blessing,
        destination=str((out / "serving").resolve()),
    )


def scorer(report: Path, predictions: Path, truth: Path, scored: Path) -> Component:
    """The step that adds the accuracy against truth to a report."""
    from truemorph import scoring

    return component(
        scoring, inputs={"report": report, "predictions": predictions, "truth": truth}, outputs={"report": scored}
    )


class Executor(Protocol):
    """A module that has a component's spec and does its work."""

    SPEC: Spec

    def execute(self, inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
        """Read the inputs, write the outputs."""


def component(
    executor: Executor, id: str = "", *, inputs: dict[str, Path], outputs: dict[str, Path], **parameters: Any
) -> Component:
    """The component of an executor, bound to paths and parameters."""
    return Component(executor.SPEC, executor.execute, inputs, outputs, parameters, id)
