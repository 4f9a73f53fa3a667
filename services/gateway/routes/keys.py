"""API keys: made, listed and removed by an admin; the secret is shown once."""

from __future__ import annotations

from fastapi import Response

from services.core import ids
from services.core.errors import Conflict, InputError, NotFound
from services.core.types.access import ApiKey, Scope
from services.gateway.auth import hash_of
from services.gateway.deps import GatewayDep, KeyId, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.keys import KeyIn, KeyOut, NewKeyOut

router = make_router("/v1/keys", tag="keys")


@router.post("", status_code=201, openapi_extra=needs(Scope.ADMIN))
def create_key(body: KeyIn, ports: PortsDep, gateway: GatewayDep) -> NewKeyOut:
    """Make a key. From the first key on, every request needs one, on loopback too."""
    now = ports.clock()
    if body.expires_at is not None and body.expires_at <= now:
        raise InputError.at("expires_at", "lies in the past")
    secret = ids.new_secret("mgy")
    key = ApiKey(
        id=ids.new_id("key"),
        name=body.name,
        secret_sha256=hash_of(secret),
        scopes=frozenset(body.scopes),
        created_at=now,
        expires_at=body.expires_at,
    )
    bootstrap = bool(ports.settings.auth.bootstrap_key.get_secret_value())
    with ports.database.work() as work:
        if not bootstrap and not _lasting_admins([*work.keys.all(), key]):
            raise InputError.at(
                "scopes",
                "must include admin, without an expiry, for the first key: it makes the others",
            )
        work.keys.add(key)
    gateway.door.shut()
    return NewKeyOut(**KeyOut.of(key).model_dump(), secret=secret)


@router.get("", openapi_extra=needs(Scope.ADMIN))
def list_keys(ports: PortsDep) -> Page[KeyOut]:
    """List the keys, without their secrets."""
    with ports.database.read() as work:
        keys = work.keys.all()
    return Page[KeyOut](items=[KeyOut.of(key) for key in keys])


@router.delete(
    "/{key_id}",
    status_code=204,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def delete_key(key_id: KeyId, ports: PortsDep) -> Response:
    """Remove a key; it stops working at once."""
    bootstrap = bool(ports.settings.auth.bootstrap_key.get_secret_value())
    with ports.database.work() as work:
        rest = [key for key in work.keys.all() if key.id != key_id]
        if rest and not bootstrap and not _lasting_admins(rest):
            raise Conflict(
                "this is the last admin key that does not expire; make another one first"
            )
        work.keys.remove(key_id)
    return Response(status_code=204)


def _lasting_admins(keys: list[ApiKey]) -> list[ApiKey]:
    return [key for key in keys if Scope.ADMIN in key.scopes and key.expires_at is None]
