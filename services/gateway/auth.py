"""Who calls: a key from a header, or, on loopback and before any key exists, nobody in particular.

A secret has 256 random bits, so its SHA-256 is kept and looked up; a slow hash would add nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from starlette.requests import HTTPConnection

from services.core.errors import Forbidden, SettingsError, Unauthenticated
from services.core.ports import Database, Ports
from services.core.settings import Settings
from services.core.types.access import ApiKey, Caller, Scope
from services.gateway import keyless
from services.gateway.open_door import OpenDoor

EVERYTHING: Final = frozenset(Scope)
BOOTSTRAP_KEY_ID: Final = "bootstrap"


def authenticate(connection: HTTPConnection, ports: Ports, door: OpenDoor) -> Caller:
    """Find out who asks. Raises Unauthenticated, or Forbidden for a suspicious browser request."""
    if door.is_open():
        keyless.check(connection)
        return Caller(key_id=None, scopes=EVERYTHING)
    secret = secret_of(connection)
    caller = None if secret is None else _holder(secret, ports)
    if caller is not None:
        return caller
    with ports.database.read() as work:
        keys_asked_for = any_key(ports.settings, work.keys.all())
    if keys_asked_for and secret is not None:
        raise Unauthenticated("the API key is not known")
    if keys_asked_for:
        raise Unauthenticated(
            "send an API key: 'Authorization: Bearer <key>' or 'X-API-Key: <key>'"
        )
    door.open()
    # A key that comes although none is asked for is let pass: clients that insist on sending
    # one (OpenAI's does) work on loopback too.
    keyless.check(connection)
    return Caller(key_id=None, scopes=EVERYTHING)


def authorise(caller: Caller, any_of: Sequence[Scope]) -> None:
    """Raise Forbidden unless the caller holds one of these scopes; admin implies every other."""
    if Scope.ADMIN in caller.scopes or caller.scopes.intersection(any_of):
        return
    names = " or ".join(scope.value for scope in any_of)
    raise Forbidden(f"this needs a key with the scope {names}")


def secret_of(connection: HTTPConnection) -> str | None:
    """Read the key that a request carries, if any. Raises Unauthenticated for another scheme."""
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated("the Authorization header must read 'Bearer <key>'")
        return secret.strip()
    return connection.headers.get("x-api-key")


def hash_of(secret: str) -> str:
    """Return the hexadecimal SHA-256 under which a secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def any_key(settings: Settings, stored: Sequence[ApiKey]) -> bool:
    """Tell whether this installation asks for keys; expired ones count, so none opens a door."""
    return bool(stored) or bool(settings.auth.bootstrap_key.get_secret_value())


def check_reachable(settings: Settings, database: Database) -> None:
    """Raise SettingsError for a server that strangers could reach and that asks for no key."""
    if keyless.is_loopback(settings.server.host):
        return
    with database.read() as work:
        if not any_key(settings, work.keys.all()):
            raise SettingsError(
                f"MARGAY_SERVER__HOST is {settings.server.host}, which others can reach, and there "
                "is no API key: set MARGAY_AUTH__BOOTSTRAP_KEY (openssl rand -hex 24)"
            )


def _holder(secret: str, ports: Ports) -> Caller | None:
    bootstrap = ports.settings.auth.bootstrap_key.get_secret_value()
    if bootstrap and hmac.compare_digest(hash_of(secret), hash_of(bootstrap)):
        return Caller(key_id=BOOTSTRAP_KEY_ID, scopes=EVERYTHING)
    with ports.database.read() as work:
        key = work.keys.by_secret(hash_of(secret))
    if key is None:
        return None
    if key.expires_at is not None and key.expires_at <= ports.clock():
        raise Unauthenticated("the API key has expired")
    return Caller(key_id=key.id, scopes=key.scopes)
