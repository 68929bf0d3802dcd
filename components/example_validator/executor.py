"""ExampleValidator: statistics of the examples, held against the schema."""

from truemorph.components.artifacts.manifest import class_names
from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.errors import InputError
from truemorph.components.example_validator.anomalies import as_json, find_anomalies
from truemorph.components.example_validator.previous import KEY, drifts_from_previous, read_previous
from truemorph.components.example_validator.statistics import read_splits, summarize
from truemorph.components.files import write_json
from truemorph.schemas.examples import example_schema

SPEC = Spec(
    "ExampleValidator",
    inputs=("examples", "previous_statistics"),
    outputs=("statistics",),
    optional=("previous_statistics",),
)


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
    """Write statistics.json and anomalies.json into the output folder.

    Raises:
        InputError: if a feature that must be there is missing, of a wrong type, not finite or out of its domain, or
            one drifts from split to split or from the previous dataset.
    """
    previous = read_previous(inputs["previous_statistics"]) if "previous_statistics" in inputs else None
    splits, schema = read_splits(inputs["examples"]), example_schema(len(class_names(inputs["examples"])))
    anomalies = find_anomalies(splits, schema)
    if previous is not None:
        anomalies += drifts_from_previous(splits, schema, previous)
    errors = [anomaly for anomaly in anomalies if anomaly.severity == "error"]
    if errors:
        first = errors[0]
        more = f" ({len(errors) - 1} more anomalies)" if len(errors) > 1 else ""
        remedy = "ingest the sources again with this version"
        if first.kind == "drift_from_previous":
            remedy = f"check what is new in the sources; if the change is intended, leave {KEY} out"
        raise InputError(
            f"{inputs['examples']}: feature '{first.feature}' of split {first.split} {first.why}{more}; {remedy}"
        )
    folder = outputs["statistics"]
    for name, content in (("statistics", summarize(splits)), ("anomalies", as_json(anomalies))):
        write_json(folder / f"{name}.json", content)
