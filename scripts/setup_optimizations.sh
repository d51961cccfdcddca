#!/usr/bin/env bash
# The old name of `rappel setup`; builds rappel first where that has not been done.
. "$(dirname "$0")/lib.sh"
[ -x build/release/rappel ] || scripts/build release
exec build/release/rappel setup "$@"
