"""Brings a model's files from the hub into its folder: whole, checked and pinned, or not at all."""

from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from models import hub, lock, registry, staging
from models.base import ModelError
from models.card import Source
from models.lock import Lock
from models.options import LoadOptions
from models.registry import Known
from models.staging import Wanted, Watch

PAPERS = ("README*", "LICENSE*", "LICENCE*", "NOTICE*")
"""What says whose the weights are and what one may do with them."""
SENTENCE_TRANSFORMERS_PICK = (
    *PAPERS,
    "*.json", "*.jinja", "*.model", "*.txt", "*.safetensors",
    "!onnx/*", "!openvino/*", "!original/*",
)  # fmt: skip
ONNX_PICK = (
    *PAPERS,
    "config.json", "*processor_config.json", "tokenizer.json", "tokenizer_config.json*",
    "special_tokens_map.json*", "onnx/text_model.onnx*", "onnx/vision_model.onnx*",
)  # fmt: skip
"""The parts of the hub's layout that an ONNX dual encoder reads, in float32."""
SAFE = (".safetensors", ".onnx", ".pth")
"""Weights that load without running what is pickled in them (`.pth` with `weights_only`)."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """Where the model lies now; `changed` is False when all of it was there already."""

    folder: Path
    lock: Lock
    changed: bool


def pull(
    name: str,
    options: LoadOptions,
    *,
    revision: str | None = None,
    endpoint: str | None = None,
    pause_s: float = 1.0,
    watch: Watch = lambda *_: None,
) -> Pulled:
    """Make a model complete in `options.folder`. Doing it twice changes nothing.

    A revision that is a branch is resolved once and pinned by the lock; `revision` asks for
    another. A pull that was cut or killed goes on where it stopped. Raises `ModelError`; a model
    that was there before stays as it was until the new one is whole.
    """
    known = registry.find(name)
    sources = _sources(known, revision=revision)
    if options.folder is None:
        raise ModelError(f"{name}: no folder of pulled models is given")
    target = options.folder / known.folder_name()
    stage = staging.folder(target)
    expected = {} if known.card is None or revision is not None else known.card.files
    try:
        stage.mkdir(parents=True, exist_ok=True)
        with FileLock(stage.with_name(f"{stage.name}.lock"), timeout=0):
            locked = lock.read(target)
            if locked is not None:
                sources = _pinned(sources, locked, fresh=revision is not None)
                if _complete(target, locked, sources, expected):
                    staging.discard(stage)
                    return Pulled(target, locked, changed=False)
            wanted = _look_up(known, sources, expected=expected, endpoint=endpoint)
            staging.check_room(wanted, stage, target)
            staging.gather(wanted, stage, target, endpoint=endpoint, pause_s=pause_s, watch=watch)
            whole = staging.finish(known.usual_name(), wanted, stage, target)
            return Pulled(target, whole, changed=True)
    except Timeout as error:
        raise ModelError(f"{name} is being pulled by another process") from error
    except OSError as error:
        raise ModelError(f"{name}: {target}: {error.strerror or error}") from error


def _sources(known: Known, *, revision: str | None) -> tuple[Source, ...]:
    """Where the files come from. Raises `ModelError` for what no hub has."""
    if known.card is not None:
        if known.card.shipped():
            raise ModelError(f"{known.name} came with this installation; there is nothing to pull")
        sources = known.card.sources
    elif known.hub_id():
        onnx = known.name.startswith(registry.ONNX_PREFIX)
        sources = (Source(known.rest, "main", ONNX_PICK if onnx else SENTENCE_TRANSFORMERS_PICK),)
    else:
        raise ModelError(f"{known.rest} is no hub id (owner/name), so it cannot be pulled")
    if revision is None:
        return sources
    asked = replace(sources[0], revision=revision)
    if known.card is not None and known.card.trust_remote_code and not asked.pinned():
        raise ModelError(f"{known.name} runs code of its repository: name a full commit")
    return (asked, *sources[1:])


def _pinned(sources: tuple[Source, ...], locked: Lock, *, fresh: bool) -> tuple[Source, ...]:
    """Branches replaced by the commits that an earlier pull found, unless asked for anew."""
    commits = {origin.repository: origin.revision for origin in locked.sources}
    return tuple(
        source
        if source.pinned() or (fresh and place == 0)
        else replace(source, revision=commits.get(source.repository, source.revision))
        for place, source in enumerate(sources)
    )


def _complete(
    target: Path, locked: Lock, sources: tuple[Source, ...], expected: dict[str, str]
) -> bool:
    """Whether the folder holds just what is asked for, every byte of it."""
    have = [(each.repository, each.revision) for each in locked.sources]
    if have != list(dict.fromkeys((each.repository, each.revision) for each in sources)):
        return False
    digests = locked.digests()
    return not lock.verify(target, locked) and all(
        digests.get(path) == digest for path, digest in expected.items()
    )


def _look_up(
    known: Known,
    sources: tuple[Source, ...],
    *,
    expected: dict[str, str],
    endpoint: str | None,
) -> dict[str, Wanted]:
    """Every file by the path it will have."""
    wanted: dict[str, Wanted] = {}
    for source in sources:
        snapshot = hub.look_up(source, endpoint=endpoint)
        for file in snapshot.files:
            if file.path in wanted:
                raise ModelError(f"{known.name}: two sources have a file {file.path}")
            wanted[file.path] = Wanted(snapshot, file, expected.get(file.path))
    if not any(path.endswith(SAFE) for path in wanted):
        kind = "safetensors" if known.extra else "onnx/text_model.onnx"
        raise ModelError(
            f"{sources[0].repository} has no {kind}; "
            "weights that would have to be unpickled are not loaded"
        )
    return wanted
