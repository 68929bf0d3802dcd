"""`truemorph bias` on ten million rows of Parquet: what it holds in memory, measured from outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROWS, BATCH = 10_000_000, 1_000_000
LIMIT = 4 * 2**30


def write(path: Path, rows: int) -> None:
    """A catalogue with biased labels as words, alpha and three intrinsic columns, a batch at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    with pq.ParquetWriter(
        path,
        pa.schema(
            [("label", pa.string()), *((name, pa.float64()) for name in ("alpha", "radius", "magnitude", "redshift"))]
        ),
    ) as file:
        for _ in range(0, rows, BATCH):
            alpha = rng.lognormal(2.4, 0.45, BATCH)
            seen = (rng.random(BATCH) < 0.5) & (rng.random(BATCH) > np.exp(-(alpha**2) / (2 * 9.18**2)))
            columns = [np.where(seen, "disk", "smooth"), alpha, *rng.normal(size=(3, BATCH))]
            file.write_table(pa.table(columns, schema=file.schema))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs wait4 to see what a process held")
def test_ten_million_rows_fit_four_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "sky.parquet"
    write(path, ROWS)
    command = [sys.executable, "-m", "truemorph", "bias", str(path), "--label", "label", "--alpha", "alpha", "--json"]
    command += ["--intrinsic", "radius", "magnitude", "redshift"]
    with (tmp_path / "out.json").open("wb") as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    result = json.loads((tmp_path / "out.json").read_text())
    peak = usage.ru_maxrss * 1024
    print(f"{result['rows']} rows: peak {peak / 2**30:.2f} GiB, {usage.ru_utime + usage.ru_stime:.0f} s of processor")
    assert (result["rows"], result["n"], result["status"]) == (ROWS, ROWS, "ok")
    assert result["interval"][0] > result["noise_band"][1]
    assert peak < LIMIT
