"""Fail when something a user can set, call or meet is not documented."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from typer.main import get_command

from services.cli.main import app as command_line
from services.core import errors
from services.core.settings import PREFIX, Settings
from services.gateway.main import openapi_document

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
REASON = re.compile(r"""(?:reason=|ItemError\(\s*(?:code=)?|code=)"([a-z_]+)\"""")


def main() -> int:
    """Print what is missing, and where it should stand; 1 if anything is."""
    missing = [
        *_absent(settings(), DOCS / "settings.md"),
        *_absent(codes(), DOCS / "errors.md"),
        *_absent(targets(), ROOT / "README.md", DOCS / "install.md", DOCS / "operations.md"),
        *_absent(endpoints(), DOCS / "api.md"),
        *_absent(commands(), DOCS / "cli.md"),
        *broken_links(),
    ]
    for line in missing:
        sys.stderr.write(f"{line}\n")
    return bool(missing)


def settings(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[str]:
    """Every environment variable that is read."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def codes() -> Iterator[str]:
    """Every error code of the family, and every reason code that an item or a refusal can carry."""
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.MargayError):
            yield value.code
    for source in sorted((ROOT / "services").rglob("*.py")):
        yield from REASON.findall(source.read_text("utf-8"))


def targets() -> Iterator[str]:
    """Every make target with a description."""
    for line in (ROOT / "Makefile").read_text("utf-8").splitlines():
        if (match := re.match(r"([a-z-]+):.*## ", line)) is not None:
            yield f"make {match[1]}"


def endpoints() -> Iterator[str]:
    """Every operation, as `METHOD /path`."""
    for path, operations in openapi_document()["paths"].items():
        for method in operations:
            yield f"{method.upper()} {path}"


def commands() -> Iterator[str]:
    """Every command, as `margay group command`."""
    root = get_command(command_line)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        yield from (f"margay {name} {sub}" for sub in inner) if inner else (f"margay {name}",)


def broken_links() -> Iterator[str]:
    """Relative links of the documentation that lead nowhere."""
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8")):
            if not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)}: the link to {target} leads nowhere"


def _absent(names: Iterator[str], *pages: Path) -> Iterator[str]:
    text = "\n".join(page.read_text("utf-8") for page in pages if page.exists())
    where = " or ".join(str(page.relative_to(ROOT)) for page in pages)
    for name in dict.fromkeys(names):
        if not re.search(rf"(?<![\w/]){re.escape(name)}(?![\w/])", text):
            yield f"{name} is not documented in {where}"


if __name__ == "__main__":
    sys.exit(main())
