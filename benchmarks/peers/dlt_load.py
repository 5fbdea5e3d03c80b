"""dlt, its Arrow path: CSV files of text columns to a DuckDB file. Arguments: file or folder, work folder."""

import os
import sys
from pathlib import Path

path, work = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
os.environ["DLT_DATA_DIR"] = str(work / "dlt")

import dlt  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.csv as pc  # noqa: E402


def batches(file: Path):
    with file.open("rb") as head:
        names = head.readline().decode().strip().split(",")
    texts = pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    blocks = pc.ReadOptions(block_size=32 << 20)
    for batch in pc.open_csv(file, read_options=blocks, convert_options=texts):
        yield pa.Table.from_batches([batch])


files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
pipeline = dlt.pipeline(
    "bench",
    pipelines_dir=str(work / "pipelines"),
    destination=dlt.destinations.duckdb(str(work / "dlt.duckdb")),
    dataset_name="bench",
)
resources = [
    dlt.resource(batches(f), name=f.stem.replace("-", "_"), write_disposition="replace") for f in files
]
pipeline.run(resources, loader_file_format="parquet")
