"""Who searches or acts, as far as we want to know: a bot or not, and whether to be left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.insight.events.bots import named_bot


@dataclass(frozen=True, slots=True)
class Visitor:
    """`private`: the browser sends Do Not Track or Global Privacy Control."""

    bot: bool = False
    private: bool = False


# A coroutine, although it waits for nothing: a plain function would cost a hop to a thread.
async def visitor_of(request: Request) -> Visitor:
    """Read it off the headers; nothing of them is kept."""
    headers = request.headers
    return Visitor(
        bot=named_bot(headers.get("user-agent", "")),
        private=headers.get("dnt") == "1" or headers.get("sec-gpc") == "1",
    )


VisitorDep = Annotated[Visitor, Depends(visitor_of)]
