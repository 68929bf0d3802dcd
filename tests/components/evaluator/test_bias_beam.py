"""The bias as a Beam transform is that of the table held in memory."""

import json
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pandas as pd
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from truemorph.components.errors import raised_by
from truemorph.components.evaluator.beam import MeasureBias
from truemorph.components.evaluator.table_bias import table_bias
from truemorph.components.evaluator.table_passes import Question
from truemorph.components.measures.design import BiasDesign


def measured(question: Question, parts: list[Path], out: Path) -> dict[str, Any]:
    """The one result, which a worker writes to a file that must not be there yet."""
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    elements = pipeline | beam.Create([str(part) for part in parts]) | MeasureBias(question)
    _ = elements | beam.Map(lambda result: out.open("x").write(json.dumps(result)))
    pipeline.run().wait_until_finish()
    return json.loads(out.read_text())


@pytest.fixture
def sky(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    alpha = rng.lognormal(2.4, 0.45, 2000).round(1)
    disk = (rng.random(2000) < 0.5) & (rng.random(2000) > np.exp(-(alpha**2) / (2 * 9.18**2)))
    table = pd.DataFrame({"label": np.where(disk, "disk", "smooth"), "alpha": alpha, "size": rng.normal(size=2000)})
    table.loc[::50, "alpha"] = -9999.0
    table.loc[::70, "label"] = None
    for number, rows in enumerate(np.split(rng.permutation(2000), [300, 1500])):
        table.iloc[rows].to_parquet(tmp_path / f"part-{number}.parquet")
    return tmp_path


@pytest.mark.parametrize(("intrinsic", "depth", "bins"), [((), 0, 10), (("size",), 2, 8), (("size",), 1, 1500)])
def test_the_same_as_in_memory(sky: Path, intrinsic: tuple[str, ...], depth: int, bins: int) -> None:
    expected = table_bias(sky, "label", "alpha", intrinsic, depth=depth or None, bins=bins)
    question = Question(str(sky), "label", ("alpha",), intrinsic, BiasDesign(bins, depth))
    parts = sorted(sky.glob("*.parquet"))
    assert measured(question, parts[::-1], sky / "out.json") == expected


def test_a_table_without_a_complete_row_is_named(sky: Path) -> None:
    pd.DataFrame({"label": ["disk"], "alpha": [np.nan]}).to_parquet(sky / "none.parquet")
    with pytest.raises(Exception, match="alpha") as failed:
        measured(Question("none", "label", ("alpha",), (), BiasDesign(4)), [sky / "none.parquet"], sky / "out.json")
    assert str(raised_by(failed.value)) == "none: no row has a value in each of label, alpha"
