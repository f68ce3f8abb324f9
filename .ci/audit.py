"""Whether installed packages have known vulnerabilities; what could not be looked up is said.

    python .ci/audit.py SITE_PACKAGES                        asks pypi.org; of what that did not tell, osv.dev
    python .ci/audit.py SITE_PACKAGES --advisories FOLDER    looks into a copy of OSV records, without network

Exit code 0: all were looked up, and nothing is known. 1: something is. 3: not all could be looked up, and
of the others nothing is known. Needs pip-audit, and PyYAML for records in YAML (pypa/advisory-database).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

OURS = {"trace2skill"}
"""Installed from a checkout, so no index knows it."""
NONE_KNOWN, SOME_KNOWN, NOT_LOOKED_UP = 0, 1, 3

Record = dict[str, Any]


def main() -> int:
    """Ask, print, and give the exit code."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("packages", help="the site-packages folder to look at")
    options.add_argument("--advisories", type=Path, help="a folder of OSV records, JSON or YAML")
    options.add_argument("--osv", help="the address of an OSV API to ask instead")
    given = options.parse_args()
    if given.advisories:
        with served(records(given.advisories)) as address:
            return told(*audited(given.packages, ["--vulnerability-service", "osv", "--osv-url", address]))
    if given.osv:
        return told(*audited(given.packages, ["--vulnerability-service", "osv", "--osv-url", given.osv]))
    known, missed = audited(given.packages, ["--vulnerability-service", "pypi"])
    if missed:
        further, still = audited(given.packages, ["--vulnerability-service", "osv"])
        known, missed = known | further, missed & still
    return told(known, missed)


def told(known: set[tuple[str, str]], missed: set[str]) -> int:
    """Print what was found, and what was not looked up; the exit code."""
    for package, names in sorted(known):
        print(f"{package}: {names}")  # noqa: T201 - its output
    if missed:
        shown = ", ".join(sorted(missed)[:5]) + (", ..." if len(missed) > 5 else "")
        print(f"NOT AUDITED: {len(missed)} packages could not be looked up ({shown}).")  # noqa: T201
        print("Reach pypi.org or osv.dev, or give a copy of their records: --advisories FOLDER.")  # noqa: T201
    if known:
        return SOME_KNOWN
    if not missed:
        print("No known vulnerabilities.")  # noqa: T201
    return NOT_LOOKED_UP if missed else NONE_KNOWN


def audited(packages: str, service: list[str]) -> tuple[set[tuple[str, str]], set[str]]:
    """What pip-audit says: the vulnerabilities of each package, and which it could not look up."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--path",
            packages,
            "--progress-spinner",
            "off",
            *service,
        ]
        command += ["--format", "json", "--output", str(report), "--cache-dir", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        if not report.exists():  # it stops at the first package for which there is no answer
            print((done.stderr.strip().splitlines() or ["pip-audit failed"])[-1][:200], file=sys.stderr)  # noqa: T201
            return set(), {each.name for each in distributions(path=[packages])} - OURS
        found = json.loads(report.read_text())["dependencies"]
    missed = {each["name"] for each in found if "skip_reason" in each} - OURS
    known = {
        (f"{each['name']} {each['version']}", f"{' '.join([bad['id'], *bad['aliases']])}, {_mended(bad)}")
        for each in found
        for bad in each.get("vulns", ())
    }
    return known, missed


def _mended(vulnerability: Record) -> str:
    versions = vulnerability["fix_versions"]
    return f"mended in {' '.join(versions)}" if versions else "not mended"


# A copy of OSV records, as an OSV API on loopback: pip-audit asks it as it would ask osv.dev.


def records(folder: Path) -> dict[str, list[Record]]:
    """The records of PyPI's packages in a folder, by package; prints how many, and of when the newest is."""
    by_package: dict[str, list[Record]] = defaultdict(list)
    newest, count = "", 0
    for path in sorted(each for each in folder.rglob("*") if each.suffix in {".json", ".yaml"}):
        record = _read(path)
        if not isinstance(record, dict) or "affected" not in record:
            continue
        count, newest = count + 1, max(newest, str(record.get("modified", "")))
        for name in {part["package"]["name"] for part in _of_pypi(record)}:
            by_package[canonicalize_name(name)].append(record)
    if not count:
        raise SystemExit(f"{folder} holds no OSV records")
    print(f"{count} advisories, the newest of {newest[:10]}; later ones are not known here.")  # noqa: T201
    return by_package


def _read(path: Path) -> object:
    if path.suffix == ".json":
        return json.loads(path.read_text())
    import yaml

    return yaml.load(path.read_text(), Loader=yaml.CBaseLoader)  # noqa: S506 - text alone: versions are no numbers


def _of_pypi(record: Record) -> list[Record]:
    return [part for part in record["affected"] if part.get("package", {}).get("ecosystem") == "PyPI"]


def concerns(record: Record, name: str, version: str) -> bool:
    """Whether a record is about a version: listed, or in a range (https://ossf.github.io/osv-schema)."""
    parts = [part for part in _of_pypi(record) if canonicalize_name(part["package"]["name"]) == name]
    if any(version in part.get("versions", ()) for part in parts):
        return True
    ranges = [each for part in parts for each in part.get("ranges", ()) if each["type"] == "ECOSYSTEM"]
    return any(_within(each["events"], version) for each in ranges)


def _within(events: list[dict[str, str]], version: str) -> bool:
    try:
        asked, within = Version(version), False
        for event in sorted(events, key=lambda each: Version(next(iter(each.values())))):
            kind, at = next(iter(event.items()))
            if kind == "introduced" and asked >= Version(at):
                within = True
            elif (kind == "fixed" and asked >= Version(at)) or (
                kind == "last_affected" and asked > Version(at)
            ):
                within = False
    except InvalidVersion:
        return False
    return within


@contextmanager
def served(by_package: dict[str, list[Record]]) -> Iterator[str]:
    """Answer OSV's queries on loopback; the address."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            name, version = canonicalize_name(asked["package"]["name"]), asked["version"]
            found = [each for each in by_package.get(name, ()) if concerns(each, name, version)]
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing of each request."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
