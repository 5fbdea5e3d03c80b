"""The Dagster UI as a person opens it: the asset graph, and the checks of a blocked partition.

With DAGSTER_INGEST_PICTURES set to a folder, the two pages are kept there as pictures.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ROOT = Path(__file__).parents[2]
DEV = (str(Path(sys.executable).parent / "dagster"), "dev", "-w", "workspace.yaml")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"
    ),
]


@pytest.fixture
def ui(world):
    """Address of `dagster dev` over an installation in which gulf's AL is blocked."""
    world.deliver(1, "gulf")
    assert world.write("gulf", "AL").success
    world.deliver(2, "gulf")
    assert not world.write("gulf", "AL").success
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (world.settings.home / "dev.log").open("w")
    server = subprocess.Popen(
        [
            str(Path(sys.executable).parent / "dagster"),
            "dev",
            "-w",
            "workspace.yaml",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
        ],
        cwd=ROOT,
        env={**os.environ, **world.settings.environment(), "DAGSTER_INGEST_TENANTS": ""},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield _wait_for(f"http://127.0.0.1:{port}", server, log.name)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(timeout=30)
        log.close()


def _wait_for(address: str, server: subprocess.Popen, log: str) -> str:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert server.poll() is None, Path(log).read_text()
        try:
            with urllib.request.urlopen(f"{address}/server_info", timeout=5):
                return address
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"dagster dev did not answer in time:\n{Path(log).read_text()}")


@pytest.fixture
def page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def test_the_graph_and_the_checks_of_a_blocked_partition_can_be_seen(ui, page):
    page.set_viewport_size({"width": 1600, "height": 1600})  # the list draws only what is in view
    page.goto(f"{ui}/locations")
    page.get_by_text("gulf@writers").first.wait_for()
    page.get_by_text("gulf@readers").first.wait_for()
    assert page.get_by_text("Loaded").count() == page.get_by_text("module_name:").count()

    page.set_viewport_size({"width": 1600, "height": 1000})
    page.goto(f"{ui}/asset-groups")
    for tenant in ("gulf", "keystone", "prairie"):
        page.get_by_text(tenant, exact=True).first.wait_for()

    page.goto(f"{ui}/assets/gulf/raw/wellsky_services?view=lineage&lineageScope=downstream")
    for table in ("wellsky_services", "taxonomy_term", "required_document"):
        page.get_by_text(table).first.wait_for()
    _picture(page, "graph")

    page.goto(f"{ui}/assets/gulf/raw/wellsky_services?view=checks")
    page.get_by_text("blocked: 38 of 80 rows").first.wait_for()
    assert page.get_by_text("Failed").count() > 0
    assert page.get_by_text("AL", exact=True).count() > 0
    _picture(page, "checks")


def _picture(page, name: str) -> None:
    folder = os.environ.get("DAGSTER_INGEST_PICTURES")
    if folder:
        page.wait_for_timeout(4000)  # the graph's layout settles after its nodes are there
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
