#!/usr/bin/env bash
# The old name of `rappel setup`; builds rappel first where that has not been done.
here=$PWD
. "$(dirname "$0")/lib.sh"
[ -x build/release/rappel ] || scripts/build release
cd "$here" # whose .env it is
exec "$root/build/release/rappel" setup "$@"
