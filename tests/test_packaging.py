"""What an installation carries beside the modules."""

import tomllib
from glob import glob
from pathlib import Path

import pytest

from config import ROOT

OF_THE_MACHINE = {"__pycache__", ".vite"}


@pytest.mark.parametrize("package", ["webapp", "shared"])
def test_all_data_files_are_in_a_wheel(package):
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"][package]
    packed = {name for pattern in patterns for name in glob(pattern, root_dir=ROOT / package, recursive=True)}
    assert data_files(ROOT / package) - packed == set()


def data_files(folder: Path) -> set[str]:
    """The files that are no modules, by their paths in the folder."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix != ".py")
    return {str(file) for file in files if not OF_THE_MACHINE.intersection(file.parts)}
