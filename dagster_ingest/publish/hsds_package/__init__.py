"""Reader `hsds_package`: the HSDS tables as CSV with a descriptor, and each service as nested JSON.

    <published>/<tenant>/<STATE>/hsds_package/      a link; follow it once, then read
        datapackage.json                            descriptor of the tables
        organizations.csv ... url.csv               one file an entity, all 24, sorted by id
        services.jsonl                              one service object a line, sorted by id
        service.schema.json                         JSON schema of one such line
        manifest.json                               version, rows, bytes and sha256 of every file

Services stand in one file of JSON lines and not in a file each: a state has tens of thousands, and a
file of lines is copied, checksummed and swapped as one. A version is a folder of its own and the link
is replaced in one step, so nobody sees half a package. The version before is removed with it: who misses
a file while copying follows the link again. Files that stay the same are hard links from version to
version, so never write into one. For one rollback a package of before is kept that holds nothing of what
has been taken away since (keeping.py).
"""

from dagster_ingest.publish.hsds_package.reader import HsdsPackageReader

__all__ = ["HsdsPackageReader"]
