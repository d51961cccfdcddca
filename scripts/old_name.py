"""Runs a subcommand of the built rappel, for the scripts that have their names from the system that rappel replaces."""

import os
import shutil
import sys
from pathlib import Path


def run(command):
    built = Path(__file__).resolve().parent.parent / "build" / "release" / "rappel"
    program = str(built) if built.exists() else shutil.which("rappel")
    if program is None:
        sys.exit("rappel is not built: `make quickstart`, or scripts/build release")
    os.execv(program, ["rappel", command, *sys.argv[1:]])
