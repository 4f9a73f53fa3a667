"""Every setting, in one frozen tree read from the environment (`MARGAY_GROUP__NAME`).

Groups forbid unknown names and `services.core.checks` refuses unknown `MARGAY_` variables, so a
misspelt one is never silently ignored. Each setting is documented in docs/settings.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

PREFIX = "MARGAY_"

MiB = 1024 * 1024
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stores(_Group):
    """Where things lie. Empty URLs mean: embedded, inside `data_dir`."""

    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)
    """SQLAlchemy URL; empty = SQLite in `data_dir`."""
    database_connections: int = Field(default=16, ge=1, le=500)
    """Most connections of one process to PostgreSQL: so many to read, as many to write."""
    milvus_uri: str = ""
    """http(s) address of a Milvus server; empty = Milvus Lite in `data_dir`."""
    milvus_token: SecretStr = SecretStr("")
    media_url: str = ""
    """fsspec URL of the media folder or bucket; empty = `data_dir`/media."""
    s3_endpoint: str = ""
    """Address of the S3 server that an `s3://` media URL lies on; empty = Amazon's."""
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    s3_region: str = ""
    broker_url: str = Field(default="local://", repr=False)
    """`local://` = worker threads in this process; `redis://...` = Celery workers."""

    @property
    def embedded(self) -> bool:
        """Whether one process does everything."""
        return self.broker_url == "local://"

    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/margay.sqlite3"

    def resolved_milvus_uri(self) -> str:
        return self.milvus_uri or f"{self.data_dir.resolve()}/vectors.db"

    def resolved_media_url(self) -> str:
        return self.media_url or f"file://{self.data_dir.resolve()}/media"


class Server(_Group):
    host: str = "127.0.0.1"
    port: Port = 8000
    max_request_bytes: int = Field(default=64 * MiB, ge=1024)
    requests_per_minute: int = Field(default=0, ge=0)
    """Per API key (or address without keys); 0 = no limit."""


class Auth(_Group):
    bootstrap_key: SecretStr = SecretStr("")
    """An admin key given from outside; at least 24 characters. Without any key: loopback only."""

    @field_validator("bootstrap_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 24:
            raise ValueError("must have at least 24 characters (try: openssl rand -hex 24)")
        return value


class MediaLimits(_Group):
    max_image_bytes: int = Field(default=20 * MiB, ge=1024)
    max_image_pixels: int = Field(default=50_000_000, ge=1)
    max_image_frames: int = Field(default=500, ge=1)
    max_audio_bytes: int = Field(default=50 * MiB, ge=1024)
    max_video_bytes: int = Field(default=200 * MiB, ge=1024)
    max_recording_s: float = Field(default=600.0, gt=0)
    """Longest sound or video of a document."""
    max_query_recording_s: float = Field(default=30.0, gt=0, le=120)
    """Longest sound or video to search with."""
    max_streams: int = Field(default=8, ge=1)
    max_pdf_bytes: int = Field(default=50 * MiB, ge=1024)
    max_pdf_pages: int = Field(default=200, ge=1, le=5000)
    stored_image_pixels: int = Field(default=1024, ge=64, le=4096)
    """Longest side of the picture we keep."""
    thumbnail_pixels: int = Field(default=384, ge=32, le=1024)
    fetch_timeout_s: float = Field(default=15.0, gt=0)
    fetch_max_redirects: int = Field(default=4, ge=0, le=20)
    fetch_allowed_ports: tuple[Port, ...] = (80, 443)
    query_media_ttl_s: int = Field(default=3600, ge=60)
    """How long an uploaded query picture can be referred to by its media id."""

    @field_validator("fetch_allowed_ports", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value


class Ingest(_Group):
    import_roots: tuple[Path, ...] = ()
    """Folders (comma-separated) that `POST .../imports` may read; empty = none."""
    max_documents_per_request: int = Field(default=10_000, ge=1)
    max_images_per_document: int = Field(default=16, ge=1, le=64)
    max_recordings_per_document: int = Field(default=4, ge=1, le=64)
    """Sounds, and as many videos."""
    max_files_per_document: int = Field(default=4, ge=1, le=64)
    batch_items: int = Field(default=64, ge=1, le=1024)
    """Items prepared or embedded in one step."""
    prepare_threads: int = Field(default=2, ge=1, le=64)
    max_attempts: int = Field(default=5, ge=1)
    """Tries for errors that may pass (a fetch that timed out), with growing pauses."""
    lease_s: float = Field(default=60.0, gt=0)
    """A worker that has not renewed its claim of items for so long is taken for dead."""
    sweep_every_s: float = Field(default=30.0, gt=0)
    keep_former_s: float = Field(default=86_400.0, ge=0)
    """How long the collection that a rebuild replaces is kept for a rollback; 0 = not at all."""

    @field_validator("import_roots", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value


class Search(_Group):
    max_limit: int = Field(default=100, ge=1, le=1000)
    max_offset: int = Field(default=10_000, ge=0, le=16_000)
    max_parts: int = Field(default=8, ge=1, le=32)
    max_text_characters: int = Field(default=2_000, ge=1)
    exact_below_rows: int = Field(default=300, ge=0)
    """A filter that leaves fewer view rows than this is answered by exact scoring."""
    recall_probe_every_s: float = Field(default=300.0, ge=0)
    """How often it is looked at whether searches by vector find what is nearest; 0 = never."""


class Rerank(_Group):
    cross_encoders: tuple[str, ...] = ()
    """Models that read query and candidate together (comma-separated), the default first."""
    vlm_url: str = ""
    """Base address of an OpenAI-compatible server with a vision model; empty = none."""
    vlm_model: str = "microsoft/Phi-3-vision-128k-instruct"
    vlm_key: SecretStr = SecretStr("")
    vlm_concurrency: int = Field(default=8, ge=1, le=256)
    """Questions under way at once; a further one is answered `unavailable`."""
    grid_cell_pixels: int = Field(default=300, ge=120, le=600)

    @field_validator("cross_encoders", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))

    @field_validator("vlm_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https:// (such as http://vllm:8000/v1)")
        return value


class Events(_Group):
    """What is kept of searches and of what came of them."""

    log_searches: bool = True
    """Whether searches are logged at all; without, nothing is learned of clicks."""
    log_text: bool = True
    """Whether the words of a search are logged (shortened, without what looks like a person's)."""
    keep_days: float = Field(default=90.0, gt=0, le=3650)
    buffer: int = Field(default=10_000, ge=1, le=1_000_000)
    """Searches that may wait to be logged; what is more is not, and counted."""
    learn_every_s: float = Field(default=3600.0, ge=0)
    """How often clicks are learned from; 0 = never."""


class Models(_Group):
    default_embedder: str = "pocket"
    embedders: tuple[str, ...] = ()
    """Further embedders that indexes and callers may name (comma-separated)."""
    folder: Path | None = None
    """Where pulled models lie; None = `models` in the data folder."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    threads: int = Field(default=0, ge=0)
    """Threads of one forward pass on the processor; 0 = the runtime's own choice."""
    batch: int = Field(default=32, ge=1, le=1024)
    """Most contents in one forward pass."""
    batch_tokens: int = Field(default=16_384, ge=256)
    """Most tokens (of text, patches and sound) in one forward pass."""
    max_wait_ms: float = Field(default=2.0, ge=0, le=1000)
    """How long a query waits for others to share its forward pass."""
    queue_contents: int = Field(default=4096, ge=1)
    """Contents waiting for one model; a call that would not fit is answered 429 at once."""
    idle_unload_s: float = Field(default=0.0, ge=0)
    """A model that nobody used for so long leaves the memory; 0 = never. The default stays."""

    @field_validator("embedders", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value

    @field_validator("precision", mode="before")
    @classmethod
    def _never_half(cls, value: object) -> object:
        if value in ("float16", "fp16", "half"):
            raise ValueError(
                "float16 is refused: activations of some models overflow in it (EmbeddingGemma's "
                "do) and their vectors are NaN; use bfloat16, or float32"
            )
        return value

    def names(self) -> tuple[str, ...]:
        """Every embedder that may be named, the default first."""
        return tuple(dict.fromkeys((self.default_embedder, *self.embedders, "pocket")))


class Workers(_Group):
    """Celery workers and those who wait for them; without a broker only the limits count."""

    ingest_processes: int = Field(default=2, ge=1, le=64)
    query_threads: int = Field(default=8, ge=1, le=256)
    """Tasks of `embed.query` that one embedder works on at once; they share forward passes."""
    index_threads: int = Field(default=2, ge=1, le=16)
    """Batches that one embedder has in hand: one is written while another is embedded."""
    query_timeout_s: float = Field(default=10.0, gt=0, le=600)
    """How long a search waits for the embedder before it goes on with words alone."""
    slice_s: float = Field(default=10.0, gt=0, le=600)
    """A task that works longer makes way for others and is sent again."""
    due_every_s: float = Field(default=2.0, ge=0.2)
    """How often tasks that are due, or were never sent, are looked for."""
    max_crashes: int = Field(default=3, ge=1, le=20)
    """An item that was in hand when so many workers died has failed."""
    max_failures: int = Field(default=5, ge=1, le=100)
    """A job whose task ended in an error of ours so often in a row has failed."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where an embedder shows its figures to Prometheus; 0 = nowhere."""


class Insight(_Group):
    """Judged queries and what is measured with them."""

    max_queries: int = Field(default=10_000, ge=1, le=100_000)
    """Queries of one query set."""


class Watch(_Group):
    """Whether what is searched and found is still as it was."""

    every_s: float = Field(default=300.0, ge=0)
    """How often it is looked at; 0 = never, and nothing is gathered."""
    window_s: float = Field(default=86_400.0, ge=3_600)
    """What counts as now: the searches of so long."""
    baseline_s: float = Field(default=604_800.0, ge=0)
    """What is gathered first, for so long, is what all later is held against."""
    probe_sets: tuple[str, ...] = ()
    """Query sets (comma-separated, one for an index) that are asked again and again."""
    probe_every_s: float = Field(default=3_600.0, ge=0)
    """How often they are asked; 0 = never."""

    @field_validator("probe_sets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


class Settings(_Group):
    """The whole tree; `services.core.checks.load_settings` reads it from the environment."""

    stores: Stores = Stores()
    server: Server = Server()
    auth: Auth = Auth()
    media: MediaLimits = MediaLimits()
    ingest: Ingest = Ingest()
    search: Search = Search()
    models: Models = Models()
    rerank: Rerank = Rerank()
    events: Events = Events()
    workers: Workers = Workers()
    insight: Insight = Insight()
    watch: Watch = Watch()

    def models_folder(self) -> Path:
        """Where pulled models lie."""
        return self.models.folder or self.stores.data_dir / "models"
