#!/bin/sh
# Back the running stack up into a new folder, while it goes on: deploy/backup.sh [FOLDER]
# In it are all documents, media and jobs and the keys' hashes: keep it as you keep the stack's volumes.
set -eu
cd "$(dirname "$0")/.."

folder=${1:-backups/$(date -u +%Y%m%dT%H%M%SZ)}
umask 077
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# Written as whoever calls this, so that the files are theirs.
docker compose run --rm --no-deps -T --user "$(id -u):$(id -g)" \
    --env MARGAY_STORES__DATA_DIR=/tmp/margay --volume "$folder:/backup" gateway backup /backup
echo "$folder"
