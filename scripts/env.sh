#!/bin/sh
# Writes .env from .env.example with fresh secrets: scripts/env.sh [FILE]. What is set already is never changed.
set -eu
cd "$(dirname "$0")/.."
file=${1:-.env}
secrets="ADMIN_KEY POSTGRES_PASSWORD REDIS_PASSWORD MINIO_PASSWORD MILVUS_PASSWORD VLM_KEY GRAFANA_PASSWORD"
umask 077

# 192 bits, in letters and digits that need no quoting in an address, a shell or a settings file.
fresh() { od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n'; }

filled() {
    name=${1%%=*}
    case " $secrets " in
        *" $name "*) printf '%s=%s\n' "$name" "$(fresh)" ;;
        *) printf '%s\n' "$1" ;;
    esac
}

if [ ! -e "$file" ]; then
    while IFS= read -r line; do filled "$line"; done < .env.example > "$file.$$"
    mv "$file.$$" "$file"
    echo "$file is written, with fresh secrets that nobody else can read; next: make up"
    exit 0
fi
# An older .env gets what a newer version asks for, at its end.
added=
while IFS= read -r line; do
    name=${line%%=*}
    case $line in [A-Z]*=*) ;; *) continue ;; esac
    grep -q "^$name=" "$file" && continue
    [ -z "$(tail -c 1 "$file")" ] || echo >> "$file"
    filled "$line" >> "$file"
    added="$added $name"
done < .env.example
chmod 600 "$file"
echo "$file was there and is kept${added:+; added:$added}"
