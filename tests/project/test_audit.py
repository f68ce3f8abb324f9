"""What `make audit` finds out about installed packages, and that it says what it could not."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

AUDIT = Path(__file__).resolve().parents[2] / ".ci" / "audit.py"
RECORD = {
    "id": "PYSEC-1",
    "modified": "2026-01-31T00:00:00Z",
    "aliases": ["CVE-1"],
    "affected": [
        {
            "package": {"name": "lamp", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.2"}, {"fixed": "1.10"}]}],
            "versions": ["0.5"],
        }
    ],
}
KNOWN = "lamp {}: PYSEC-1 CVE-1, mended in 1.10\n"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A site-packages folder of two packages."""
    for name, version in (("lamp", "1.9"), ("chair", "2.0")):
        install(tmp_path / "packages", name, version)
    return tmp_path / "packages"


def install(packages: Path, name: str, version: str) -> None:
    """Put a package's metadata there, in place of another version's."""
    for old in packages.glob(f"{name}-*"):
        (old / "METADATA").unlink()
        old.rmdir()
    folder = packages / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def audit(packages: Path, *words: object) -> tuple[int, str]:
    """The exit code and what is printed."""
    command = [sys.executable, str(AUDIT), str(packages), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def audit_script() -> ModuleType:
    """The script as a module."""
    spec = spec_from_file_location("audit", AUDIT)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Index(BaseHTTPRequestHandler):
    """An index of advisories that knows one package's."""

    def do_POST(self) -> None:
        """Answer a query of OSV's API."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps({"vulns": [RECORD]} if asked["package"]["name"] == "lamp" else {}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@pytest.fixture
def index() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        server.shutdown()


def test_what_an_index_knows_is_told(installed: Path, index: str) -> None:
    """Asked over HTTP, as osv.dev is."""
    assert audit(installed, "--osv", index) == (1, KNOWN.format("1.9"))


def test_an_index_that_cannot_be_reached_is_no_clean_bill(installed: Path) -> None:
    """It has an exit code of its own, and names what was not looked up."""
    code, said = audit(installed, "--osv", "http://127.0.0.1:9/v1/query")
    assert code == 3
    assert "NOT AUDITED: 2 packages could not be looked up (chair, lamp)" in said
    assert "No known" not in said


def test_a_copy_of_the_records_is_looked_into(installed: Path, tmp_path: Path) -> None:
    """It says how old the copy is. In YAML versions are no numbers: 1.10 is not 1.1."""
    install(installed, "lamp", "1.9")
    affected = "- package: {name: lamp, ecosystem: PyPI}\n  ranges:\n  - type: ECOSYSTEM\n    events:\n"
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "PYSEC-1.yaml").write_text(
        f"id: PYSEC-1\nmodified: 2026-01-31T00:00:00Z\naliases: [CVE-1]\n"
        f"affected:\n{affected}    - introduced: 1.2\n    - fixed: 1.10\n"
    )
    age = "1 advisories, the newest of 2026-01-31; later ones are not known here.\n"
    assert audit(installed, "--advisories", tmp_path / "records") == (1, age + KNOWN.format("1.9"))


@pytest.mark.parametrize(
    ("version", "concerned"),
    [("0.5", True), ("0.6", False), ("1.2", True), ("1.9", True), ("1.10", False), ("odd", False)],
)
def test_a_record_is_about_what_it_lists_and_what_lies_within(version: str, concerned: bool) -> None:
    """From what introduced it until what mended it."""
    assert audit_script().concerns(RECORD, "lamp", version) is concerned
