#!/bin/sh
# What `make up`, `down`, `logs` and `smoke` do with Docker Compose; whatever is missing is said in a sentence.
set -eu
cd "$(dirname "$0")/.."

fail() { printf '\nmargay: %s\n' "$*" >&2; exit 1; }

command -v docker > /dev/null ||
    fail "Docker is not installed. Get Docker Engine 25 or newer with Compose: https://docs.docker.com/engine/install/ (or try Margay without it: make demo)"
version=$(docker compose version --short 2> /dev/null) ||
    fail "this Docker has no 'docker compose'. Install the Compose plugin, 2.26 or newer: https://docs.docker.com/compose/install/"
case ${version#v} in
    0.* | 1.* | 2.[0-9].* | 2.1[0-9].* | 2.2[0-5].*) fail "Docker Compose is $version; 2.26 or newer is needed" ;;
esac
engine=$(docker version --format '{{.Server.Version}}' 2> /dev/null) ||
    fail "Docker's engine does not answer. Start it, or ask for access to it (sudo usermod -aG docker $(id -un), then log in again)"
[ "${engine%%.*}" -ge 25 ] 2> /dev/null || fail "Docker's engine is $engine; 25 or newer is needed"
[ -e .env ] || fail "there is no .env yet; run: make env"

healthy() { docker compose up --detach --wait --wait-timeout "${WAIT:-900}"; }

what=$1
shift
case $what in
    up)
        docker compose build
        # Compose takes a container that died once for a failure, though it is started again: look twice.
        healthy || healthy || {
            docker compose ps --all
            fail "not everything is healthy; see: make logs SERVICE=..., and docs/operations.md"
        }
        echo "Margay serves on http://$(docker compose port gateway 8000); try it: make smoke"
        ;;
    down) docker compose --profile '*' down "$@" ;;
    logs) docker compose --profile '*' logs --follow --tail 100 "$@" ;;
    smoke) docker compose run --rm --no-deps smoke ;;
    *) fail "$what is none of up, down, logs, smoke" ;;
esac
