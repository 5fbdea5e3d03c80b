"""Write the files that are made from the HSDS model."""

from dagster_ingest.hsds.generated import write

for path in write():
    print(path)
