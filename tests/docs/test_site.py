"""The site: it builds without a warning, and its pages are quiet, fit their window and can be read by everyone."""

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium, serious, show

import truemorph

WIDTHS = (1280, 390)


class Silent(http.server.SimpleHTTPRequestHandler):
    """Serves files and prints nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built anew."""
    if not shutil.which("properdocs", path=Path(sys.executable).parent):
        pytest.skip("needs properdocs, which is not here; pip install '.[docs]' or make docs")
    if Path(truemorph.__file__).parents[0] == root / "pipeline":
        pytest.skip("needs truemorph installed as a wheel: names are not found in an editable install")
    folder = tmp_path_factory.mktemp("site")
    command = [Path(sys.executable).with_name("properdocs"), "build", "--strict", "--quiet"]
    command += ["-f", root / "mkdocs.yml", "--site-dir", folder]
    done = subprocess.run(list(map(str, command)), cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium."""
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        browser.set_script_timeout(300)
        yield browser


def open_page(driver: Any, address: str, page: str, scheme: str, width: int) -> None:
    """A page as one sees it first, in a window of a width, where the system is light or dark."""
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    show(driver, f"{address}/site.css", width)
    driver.execute_script("localStorage.clear()")
    show(driver, f"{address}/{page}", width)
    expected = {"light": "default", "dark": "slate"}[scheme]
    assert driver.execute_script("return document.body.dataset.mdColorScheme") == expected


def test_the_site_builds_with_every_name(site: Path) -> None:
    text = (site / "api.html").read_text(encoding="utf-8")
    for name in truemorph.__all__:
        assert f'id="truemorph.{name}"' in text, name


@pytest.mark.parametrize("width", [pytest.param(WIDTHS[0], marks=pytest.mark.slow), WIDTHS[1]])
def test_no_page_overflows_complains_or_asks_another_host(driver: Any, site: Path, address: str, width: int) -> None:
    for page in sorted(site.glob("*.html")):
        open_page(driver, address, page.name, "light", width)
        assert driver.execute_script("return document.documentElement.scrollWidth") == width, page.name
        assert driver.get_log("browser") == [], page.name
        asked = driver.execute_script("return performance.getEntriesByType('resource').map(each => each.name)")
        assert all(url.startswith((address, "data:")) for url in asked), (page.name, asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_two_pages(driver: Any, address: str, root: Path, scheme: str) -> None:
    for page in ("index.html", "training-loops.html"):
        open_page(driver, address, page, scheme, WIDTHS[1])
        assert serious(driver, root) == [], page


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(
    driver: Any, site: Path, address: str, root: Path, scheme: str, width: int
) -> None:
    found = {}
    for page in sorted(site.glob("*.html")):
        open_page(driver, address, page.name, scheme, width)
        found[page.name] = serious(driver, root)
    assert {page: these for page, these in found.items() if these} == {}
