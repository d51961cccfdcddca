#!/usr/bin/env python3
"""Reads files with rappel-extract, a process each, and checks that every process answers or dies by its limits.

    extract_all.py PROGRAM [FILE_OR_FOLDER..]

PROGRAM is rappel-extract, or rappel-extract-office, which reads as a zygote does (extractor/zygote.h): a new one for each file.
For builds with sanitizers, whose reports fail the test; other builds read the same files in e2e_extract. The default is what
there is of the fuzz corpus, testdata/ and the reference data. A process may be stopped after its time; a fault of memory,
undefined behaviour, a leak or an answer without its end is an error."""

import contextlib
import os
import socket
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("RAPPEL_SHARED", ROOT.parent / "shared")).resolve() / "data"
DEFAULT = [ROOT / "fuzz" / "corpus", ROOT / "testdata", SHARED / "files" / "files", SHARED / "hostile"]
SECONDS = 300  # a sanitizer makes a reader ten times slower
MOST_BYTES = 64 << 20
# Leaks are not looked for: a process reads one file and ends. Allocations that fail are the reader's to answer.
OPTIONS = "detect_leaks=0:allocator_may_return_null=0:max_allocation_size_mb=4096:abort_on_error=0:exitcode=99"


def files_below(paths):
    for path in paths:
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def has_end(answer):
    """Whether the stream is a sequence of whole frames with the end as the last one (ingest/content/wire.h)."""
    at, kind = 0, b""
    while at + 5 <= len(answer):
        kind = answer[at:at + 1]
        at += 5 + struct.unpack_from("<I", answer, at + 1)[0]
    return at == len(answer) and kind == b"E"


def read_by_zygote(program, request, environment):
    """(exit status, answer, errors) of the child that a zygote forks for the request."""
    control, its_control = socket.socketpair()
    child, its_child = socket.socketpair()
    with control, child:
        control.settimeout(SECONDS)
        child.settimeout(SECONDS)
        with its_control, its_child:
            zygote = subprocess.Popen(
                [program, "--zygote", "office"], stdin=its_control, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
            )
            socket.send_fds(control, [b"F"], [its_child.fileno()])
        with zygote, contextlib.ExitStack() as end:
            end.callback(zygote.kill)
            answer, status = b"", b""
            with contextlib.suppress(ConnectionError):
                child.sendall(request)
                child.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while part := child.recv(1 << 16):
                    answer += part
                status = control.recv(1)
            with contextlib.suppress(OSError):
                control.shutdown(socket.SHUT_RDWR)
            errors = zygote.stderr.read()
    code = status[0] if status else 1
    return (128 - code if code > 128 else code), answer, errors


def read_alone(program, request, environment):
    done = subprocess.run([program], input=request, capture_output=True, timeout=SECONDS, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


def fault_of(program, file):
    if file.stat().st_size > MOST_BYTES:
        return None
    name = file.name.encode("utf-8", "replace")
    request = b"B" + struct.pack("<I", len(name)) + name + bytes(12) + file.read_bytes()
    environment = {"ASAN_OPTIONS": OPTIONS, "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
    read = read_by_zygote if program.name.endswith("-office") else read_alone
    try:
        code, answer, errors = read(program, request, environment)
    except (subprocess.TimeoutExpired, TimeoutError):
        return "it does not end"
    errors = errors.decode("utf-8", "replace")
    if "Sanitizer" in errors or "runtime error" in errors:
        return errors[:4000]
    if code in (-9, -24):  # SIGKILL, SIGXCPU: its CPU time is used up
        return None
    if code != 0:
        return f"exit status {code}: {errors[:1000]}"
    return None if has_end(answer) else "its answer has no end"


def main():
    program, paths = Path(sys.argv[1]).resolve(), [Path(path) for path in sys.argv[2:]] or DEFAULT
    files = list(files_below(paths))
    faults = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, fault in zip(files, pool.map(lambda file: fault_of(program, file), files)):
            if fault is not None:
                faults += 1
                print(f"{file}: {fault}\n", flush=True)
    print(f"{len(files)} files, {faults} faults")
    return 0 if files and faults == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
