#!/bin/sh
# The GPU check on a machine that has neither the repository's tools nor Node, from an unpacked bundle:
#   sh scripts/gpu-check.sh <folder of the bundle> <folder for results> [options of scripts/gpu-check.mjs]
# Bundles are made by `npm run gpu-check -- --bundle`; each piece of one is unpacked by its own unpack.sh.
set -eu
bundle=$(cd "$1" && pwd)
out=$2
shift 2
export DENSENODE_CACHE="$bundle/cache" DENSENODE_WORDNET="$bundle/wordnet"
PATH="$bundle/node/bin:$PATH"
exec "$bundle/node/bin/node" "$bundle/densenode/scripts/gpu-check.mjs" --out "$out" "$@"
