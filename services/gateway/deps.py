"""What routes ask for: the ports, the caller, checked path parameters, a page's bounds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from services.core import ids
from services.core.ports import Ports
from services.core.types.access import Caller
from services.gateway.state import Gateway, gateway_of

MAX_PAGE = 1000


# Coroutines, although they wait for nothing: a plain function would cost a hop to a thread each.
async def _gateway(request: Request) -> Gateway:
    return gateway_of(request)


async def _ports(request: Request) -> Ports:
    return gateway_of(request).runtime.ports


async def _caller(request: Request) -> Caller:
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller


GatewayDep = Annotated[Gateway, Depends(_gateway)]
PortsDep = Annotated[Ports, Depends(_ports)]
CallerDep = Annotated[Caller, Depends(_caller)]

IndexName = Annotated[
    str,
    Path(
        pattern=f"^{ids.INDEX_NAME.pattern}$",
        description="Name of the index.",
        examples=["products"],
    ),
]
DocumentId = Annotated[
    str,
    Path(
        pattern=f"^{ids.DOCUMENT_ID.pattern}$",
        description="Id of the document.",
        examples=["mug-1"],
    ),
]
MediaId = Annotated[
    str,
    Path(
        pattern=f"^{ids.MEDIA_ID.pattern}$",
        description="Id of the picture.",
        examples=["med_abcdefghijklmnopqrstuvwxyz234567"],
    ),
]
JobId = Annotated[
    str,
    Path(
        pattern=f"^{ids.JOB_ID.pattern}$",
        description="Id of the job.",
        examples=["job_0197aa0000000123456789abcdef"],
    ),
]
KeyId = Annotated[
    str,
    Path(
        pattern=f"^{ids.KEY_ID.pattern}$",
        description="Id of the key.",
        examples=["key_0197aa0000000123456789abcdef"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most entries to return.")]
Cursor = Annotated[
    str | None,
    Query(pattern=f"^{ids.CURSOR.pattern}$", description="`next_cursor` of the page before."),
]
