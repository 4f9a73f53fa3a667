#!/bin/sh
# Bring a backup back into a stack whose volumes are empty, start it, rebuild every index: deploy/restore.sh FOLDER
# Nothing is overwritten: a stack in which anything is stored is refused (docs/operations.md, Backup and restore).
set -eu
cd "$(dirname "$0")/.."

[ $# -eq 1 ] || { echo "which backup? deploy/restore.sh FOLDER" >&2; exit 2; }
[ -f "$1/backup.json" ] || { echo "$1 holds no finished backup" >&2; exit 1; }
folder=$(cd "$1" && pwd)

echo "starting what stores things; stopping what serves"
docker compose up --detach --wait --wait-timeout "${WAIT:-900}" postgres redis minio milvus
docker compose run --rm --no-deps -T migrate
docker compose stop gateway ingest-worker embedder beat
docker compose run --rm --no-deps -T --user "$(id -u):$(id -g)" \
    --env MARGAY_STORES__DATA_DIR=/tmp/margay --volume "$folder:/backup:ro" gateway restore /backup

echo "starting the rest"
docker compose up --detach --wait --wait-timeout "${WAIT:-900}"
docker compose exec -T gateway sh -euc '
    export MARGAY_API_KEY=$MARGAY_AUTH__BOOTSTRAP_KEY
    margay index list --json |
        python -c "import json, sys; [print(one[\"name\"]) for one in json.load(sys.stdin)[\"items\"]]" |
        while read -r index; do margay index rebuild "$index" < /dev/null; done
'
