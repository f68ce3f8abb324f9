"""What is built holds the whole package and nothing else."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.heavy


def build(folder: Path, *options: str) -> Path:
    """Build `folder` into `folder/dist` with the installed setuptools, no network needed."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), *options]
    result = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "dist"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, links kept, free of what earlier builds left."""
    folder = tmp_path_factory.mktemp("build") / "trace2skill"
    skip = shutil.ignore_patterns(
        ".*", "__pycache__", "*.egg-info", "build", "dist", "demo-library", "examples"
    )
    shutil.copytree(ROOT, folder, symlinks=True, ignore=skip)
    return folder


@pytest.fixture(scope="module")
def dist(tree: Path) -> Path:
    """The sdist, and the wheel built from it."""
    return build(tree)


def contents(wheel: Path) -> set[str]:
    """The files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def package_files(root: Path) -> set[str]:
    """Every file of the package in a checkout, seen through the links."""
    folders = os.walk(root / "src" / "trace2skill", followlinks=True)
    return {
        (Path(folder) / name).relative_to(root / "src").as_posix()
        for folder, _, names in folders
        for name in names
    }


def test_the_wheel_holds_every_file_of_the_package(tree: Path, dist: Path) -> None:
    """Each module, schema, prompt and type marker is there, under `trace2skill` and nowhere else."""
    (wheel,) = dist.glob("*.whl")
    files = {name for name in contents(wheel) if ".dist-info/" not in name}
    assert files == package_files(tree)


def test_the_licence_ships(dist: Path) -> None:
    """The wheel and the sdist carry the licence."""
    (wheel,) = dist.glob("*.whl")
    (sdist,) = dist.glob("*.tar.gz")
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in contents(wheel))
    with tarfile.open(sdist) as archive:
        assert f"{sdist.name.removesuffix('.tar.gz')}/LICENSE" in archive.getnames()


def test_a_wheel_straight_from_the_checkout_is_the_same(tree: Path, dist: Path, tmp_path: Path) -> None:
    """Building from the checkout and from the sdist gives the same files."""
    (from_sdist,) = dist.glob("*.whl")
    copy = tmp_path / "trace2skill"
    shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns("dist", "*.egg-info"))
    (straight,) = build(copy, "--wheel").glob("*.whl")
    assert contents(straight) == contents(from_sdist)
