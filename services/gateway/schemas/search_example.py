"""A search's answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from services.gateway.schemas.media import media_url, thumbnail_url

_MEDIA = "med_abcdefghijklmnopqrstuvwxyz234567"
ANSWER: Final[dict[str, Any]] = {
    "query_id": "qry_019aa5d0c1e20123456789abcdef",
    "hits": [
        {
            "id": "mug-1",
            "rank": 1,
            "score": 0.731,
            "document": {
                "id": "mug-1",
                "title": "Navy mug with stripes",
                "description": "Stoneware, 350 ml.",
                "sku": "MUG-350-NS",
                "images": [
                    {
                        "id": _MEDIA,
                        "url": media_url(_MEDIA),
                        "thumbnail_url": thumbnail_url(_MEDIA),
                    }
                ],
                **{"audio": [], "video": [], "files": []},
                "attributes": {"price": 12.5, "colour": "navy"},
                "derived": {"pattern": ["striped"]},
                "signals": {"popularity": 0.4},
                "expires_at": None,
            },
            "matched": {
                "modality": "combined",
                "view": "mug-1:combined:0",
                "media_id": _MEDIA,
                "start_s": None,
                "end_s": None,
                "page": None,
            },
            "first_stage": {"rank": 3, "score": 0.731},
            "rerank": {"rank": 1, "reason": "A navy mug with stripes.", "terms": {}},
        }
    ],
    "rerank": [
        {
            "stage": "vlm",
            "status": "applied",
            "took_ms": 812.0,
            "detail": "its two looks agree by 0.94",
            "repairs": {},
        }
    ],
    "facets": {
        "colour": [{"value": "navy", "count": 12}, {"value": "white", "count": 9}],
        "price": {"min": 4.5, "max": 60, "ranges": [{"from": None, "to": 20, "count": 15}]},
    },
    "understood": None,
    "experiment": {"name": "words-first", "variant": "words", "failure": None},
    "suggestions": None,
    "sorted": None,
    "no_match": False,
    "degraded": False,
    "degraded_reasons": [],
    "timings_ms": {"embed": 2.1, "retrieve": 4.0, "hydrate": 0.6, "total": 7.2},
    "next_cursor": None,
}
