"""Our errors as values of a message, and back as the same classes."""

from __future__ import annotations

import re
from typing import Final

from services.core import errors
from services.core.embedding.reading import Broken, fields_of, list_of, text_of, texts_of
from services.core.errors import EmbedderDown, FieldProblem, InputError, MargayError, MediaRefused
from services.core.types.documents import Json

CLASSES: Final = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, MargayError)
}

_PLACE: Final = re.compile(r"^(contents\[)(\d+)\]")


def write(error: MargayError) -> Json:
    """The error as JSON; a class that only one process knows goes as its nearest known one."""
    kind = next(each.__name__ for each in type(error).__mro__ if each.__name__ in CLASSES)
    value: dict[str, Json] = {
        "kind": kind,
        "detail": error.detail,
        "fields": [[each.field, each.problem] for each in error.fields],
    }
    if isinstance(error, MediaRefused):
        value["reason"] = error.reason
    return value


def read(value: Json) -> MargayError:
    """The error that was written. One we do not know, or do not understand, is EmbedderDown."""
    try:
        return _read(value)
    except Broken as broken:
        return EmbedderDown(f"the embedder refused in words we do not know: {broken}")


def again(error: MargayError) -> MargayError:
    """An equal error that another caller can be given: one raised twice mixes up its tracebacks."""
    return read(write(error))


def moved(error: InputError, *, by: int) -> MargayError:
    """The refusal of a part of a call that begins at content number `by` of the whole."""
    value = write(error)
    if by == 0 or not isinstance(value, dict):
        return error

    def shifted(text: str) -> str:
        return _PLACE.sub(lambda found: f"{found[1]}{int(found[2]) + by}]", text)

    value["fields"] = [[shifted(each.field), each.problem] for each in error.fields]
    value["detail"] = shifted(error.detail)
    return read(value)


def _read(value: Json) -> MargayError:
    given = fields_of(value, "error", {"kind", "detail", "fields"}, optional={"reason"})
    kind, detail = text_of(given["kind"], "error.kind"), text_of(given["detail"], "error.detail")
    found = CLASSES.get(kind)
    if found is None:
        raise Broken(f"{kind[:64]!r}: {detail}")
    problems = list_of(given["fields"], "error.fields")
    fields = tuple(FieldProblem(*texts_of(each, "error.fields", count=2)) for each in problems)
    if found is MediaRefused:
        reason = text_of(given.get("reason"), "error.reason")
        return MediaRefused(detail, reason=reason, fields=fields)
    return found(detail, fields=fields)
