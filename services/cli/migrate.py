"""`margay migrate`: bring the database to this version's schema, and end."""

from __future__ import annotations

from services.cli.output import console
from services.cli.serve import settings_from


def migrate() -> None:
    """Bring the database to this version's schema before anything else starts."""
    # The database's library takes a while to import, which every other command would wait for.
    from services.core.db.schema import bring_up_to_date

    stores = settings_from().stores
    if not stores.database_url:
        stores.data_dir.mkdir(parents=True, exist_ok=True)
    done = bring_up_to_date(stores.resolved_database_url())
    if done.before == done.after:
        told = f"schema {done.after} already"
    elif done.before is None:
        told = f"new, now with schema {done.after}"
    else:
        told = f"brought from schema {done.before} to {done.after}"
    console.print(f"{done.place}: {told}", markup=False, soft_wrap=True)
