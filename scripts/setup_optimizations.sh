#!/usr/bin/env bash
# The old name of `rappel setup`; builds rappel first if necessary.
here=$PWD
. "$(dirname "$0")/lib.sh"
[ -x build/release/rappel ] || scripts/build release
cd "$here" # the folder of the .env
exec "$root/build/release/rappel" setup "$@"
