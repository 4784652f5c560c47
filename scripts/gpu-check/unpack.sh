#!/bin/sh
# Unpacks one piece of a bundle: sh unpack.sh <folder>. Pieces are unpacked in order into the same folder. An archive that is spread
# over pieces waits in <folder>/parts until its last one has come.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
to=$1
mkdir -p "$to/parts"
cp "$here"/*.tar.xz.[0-9]* "$to/parts/"

decompress() {
  if command -v xz >/dev/null 2>&1; then
    xz -dc "$1"
  else
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer, 1 << 20)' "$1"
  fi
}

cd "$to/parts"
pids=
while read -r sum name; do
  [ -n "$sum" ] || continue
  # Only the last piece has changed, and is unpacked again: what began in an earlier one is there already.
  [ -f "$name.00" ] || { echo "$name: without the pieces before this one; left as it is" && continue; }
  (
    cat "$name".[0-9]* >"$name"
    rm "$name".[0-9]*
    echo "$sum  $name" | sha256sum -c --quiet -
    decompress "$name" | tar -xf - --no-same-owner -C ..
    rm "$name"
  ) &
  pids="$pids $!"
done <"$here/complete.sha256"
status=0
for pid in $pids; do wait "$pid" || status=1; done
[ "$status" -eq 0 ] && echo "$(basename "$here") is unpacked in $to: $(ls .. | tr '\n' ' ')"
exit "$status"
