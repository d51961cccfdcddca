"""Runs a subcommand of rappel. Used by the scripts that keep the names of the replaced Python service."""

import os
import shutil
import sys
from pathlib import Path


def run(command):
    built = Path(__file__).resolve().parent.parent / "build" / "release" / "rappel"
    program = str(built) if built.exists() else shutil.which("rappel")
    if program is None:
        sys.exit("cannot run rappel: it is not built; run `make quickstart` or scripts/build release")
    os.execv(program, ["rappel", command, *sys.argv[1:]])
