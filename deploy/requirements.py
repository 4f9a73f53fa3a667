"""Print what an image installs before our code: dependencies of the project and its extras.

`python requirements.py pyproject.toml stack torch --without pyarrow milvus-lite`
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main() -> None:
    """Print one requirement a line, in the words of pyproject.toml."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pyproject", type=Path)
    parser.add_argument("extras", nargs="*")
    parser.add_argument("--without", nargs="*", default=[])
    asked = parser.parse_args()
    project = tomllib.loads(asked.pyproject.read_text("utf-8"))["project"]
    left_out = {normal(name) for name in asked.without}
    kept = [each for each in wanted(project, asked.extras) if normal(each) not in left_out]
    sys.stdout.write("\n".join(kept) + "\n")


def wanted(project: dict[str, Any], extras: list[str]) -> Iterator[str]:
    """The requirements of the project and of these extras."""
    yield from project["dependencies"]
    for extra in extras:
        yield from project["optional-dependencies"][extra]


def normal(requirement: str) -> str:
    """The name that a requirement begins with, as indexes compare names."""
    name = re.match(r"[\w.-]+", requirement)
    if name is None:
        raise ValueError(f"{requirement!r} begins with no name")
    return re.sub(r"[-_.]+", "-", name[0]).lower()


if __name__ == "__main__":
    main()
