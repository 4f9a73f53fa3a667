"""Every error we raise on purpose.

MargayError
├── InputError              422   the caller can fix it
│   ├── TooLarge            413
│   ├── UnsupportedMedia    415
│   ├── MediaRefused        422   the file or address is not acceptable; `reason` says why
│   └── BadFilter           422
├── Unauthenticated         401
├── Forbidden               403
├── NotFound                404
├── Conflict                409
├── RateLimited             429
├── InsufficientStorage     507   the disk or the object store is full
├── SettingsError           500   the operator can fix it, before the first request
└── Unavailable             503   worth trying again
    ├── EmbedderDown        503
    ├── Busy                429   too much is waiting for a model already
    ├── RerankerDown        503   a cross-encoder; caught by the cascade
    │   └── RerankerTimeout 503   likewise
    ├── IndexDown           503
    ├── VisionDown          503   caught by the cascade: no search fails because of it
    ├── VisionTimeout       503   likewise
    └── FetchFailed         502   a remote address did not answer as it should
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with one field, named the way the caller wrote it (`documents[3].title`)."""

    field: str
    problem: str


class MargayError(Exception):
    """The family's head: `code` for programs, the message for people."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, *, fields: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = fields


class InputError(MargayError):
    """The request is understood and wrong; the fields say where."""

    status = 422
    code = "invalid_input"
    title = "Invalid input"

    @classmethod
    def at(cls, field: str, problem: str) -> InputError:
        """Make the error for a single field."""
        return cls(f"{field}: {problem}", fields=(FieldProblem(field, problem),))


class TooLarge(InputError):
    status = 413
    code = "too_large"
    title = "Too large"


class UnsupportedMedia(InputError):
    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


class MediaRefused(InputError):
    """A file or address that we do not accept; `reason` is one of the codes in docs/errors.md."""

    code = "media_refused"
    title = "Media refused"

    def __init__(self, detail: str, *, reason: str, fields: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(detail, fields=fields)
        self.reason = reason


class BadFilter(InputError):
    code = "invalid_filter"
    title = "Invalid filter"


class Unauthenticated(MargayError):
    status = 401
    code = "unauthenticated"
    title = "API key missing or unknown"


class Forbidden(MargayError):
    status = 403
    code = "forbidden"
    title = "The API key lacks the scope"


class NotFound(MargayError):
    status = 404
    code = "not_found"
    title = "Not found"


class Conflict(MargayError):
    status = 409
    code = "conflict"
    title = "Conflict"


class RateLimited(MargayError):
    status = 429
    code = "rate_limited"
    title = "Too many requests"
    retryable = True


class InsufficientStorage(MargayError):
    status = 507
    code = "insufficient_storage"
    title = "No space left"
    retryable = True


class SettingsError(MargayError):
    code = "settings_error"
    title = "Settings error"


class Unavailable(MargayError):
    status = 503
    code = "unavailable"
    title = "Temporarily unavailable"
    retryable = True


class EmbedderDown(Unavailable):
    code = "embedder_unavailable"
    title = "Embedder unavailable"


class RerankerDown(Unavailable):
    code = "reranker_unavailable"
    title = "Cross-encoder unavailable"


class RerankerTimeout(RerankerDown):
    code = "reranker_timeout"
    title = "Cross-encoder too slow"


class Busy(Unavailable):
    """The queue before a model is full: nothing was begun."""

    status = 429
    code = "busy"
    title = "Busy"


class IndexDown(Unavailable):
    code = "index_unavailable"
    title = "Vector index unavailable"


class VisionDown(Unavailable):
    code = "vision_unavailable"
    title = "Vision model unavailable"


class VisionTimeout(Unavailable):
    code = "vision_timeout"
    title = "Vision model too slow"


class FetchFailed(Unavailable):
    status = 502
    code = "fetch_failed"
    title = "Remote media could not be fetched"
