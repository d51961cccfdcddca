# Sourced by the other scripts: messages, errors, and progress of long commands.
# Works with the bash 3.2 of macOS.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

if [ -t 1 ] && [ "${NO_COLOR:-}" = "" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$'\033[1m' dim=$'\033[2m' red=$'\033[31m' plain=$'\033[0m'
else
  bold= dim= red= plain=
fi

step() { printf '%s==> %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '    %s\n' "$*"; }

# fail "what is wrong" "what to do" ["more of it"..]
fail() {
  printf '\n%serror: %s%s\n' "$red" "$1" "$plain" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

# Ctrl-C ends the command in the foreground. Only the outermost script prints the message.
stopped() {
  [ -n "$called" ] || printf '\nStopped. Run the same command again, it continues where it stopped.\n' >&2
  exit 130
}
called=${RAPPEL_CALLED:-}
export RAPPEL_CALLED=1
trap stopped INT

# run_logged LABEL LOG COMMAND..: runs the command in the foreground, so that Ctrl-C reaches it, and writes its output to
# LOG. Shows elapsed time and last line every two seconds on a terminal, every ten seconds elsewhere. Returns the exit
# status of the command.
run_logged() {
  local label=$1 log=$2 status=0 beat
  shift 2
  mkdir -p "$(dirname "$log")"
  : >"$log"
  heartbeat "$label" "$log" $$ &
  beat=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$beat" 2>/dev/null || true
  wait "$beat" 2>/dev/null || true
  [ -t 1 ] && printf '\r\033[K'
  return "$status"
}

heartbeat() {
  local label=$1 log=$2 parent=$3 pause=10 seconds=0 last
  trap 'exit 0' TERM INT
  [ -t 1 ] && pause=2
  while sleep 1 && kill -0 "$parent" 2>/dev/null; do
    seconds=$((seconds + 1))
    [ $((seconds % pause)) -eq 0 ] || continue
    last=$(tail -c 300 "$log" 2>/dev/null | tr '\r' '\n' | tr -cd '\n[:print:]' | grep -v '^ *$' | tail -n 1 | cut -c1-64) || last=
    if [ -t 1 ]; then
      printf '\r\033[K    %s, %d s %s%s%s' "$label" "$seconds" "$dim" "$last" "$plain"
    else
      printf '    %s, %d s: %s\n' "$label" "$seconds" "$last"
    fi
  done
}

# Free kilobytes on the disk of the build.
free_kb() { df -Pk "$root" | awk 'NR == 2 {print $4}'; }

need_disk() {
  local megabytes=$1 what=$2 have
  have=$(($(free_kb) / 1024))
  [ "$have" -ge "$megabytes" ] || fail "only $have MB are free in $root; $what needs about $megabytes MB." \
    "Free some space (or clone to a bigger disk) and run the same command again: it continues where it stopped."
}
