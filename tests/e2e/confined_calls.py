"""Runs in place of LibreOffice (test_office.py): tries system calls, and puts their answers in the place of the text of a document.

    confined_calls.py DOCUMENT TEXT COPY
"""

import ctypes
import errno
import os
import platform
import socket
import sys
import threading
import zipfile

CLONE, CLONE3 = {"x86_64": 56, "aarch64": 220}[platform.machine()], 435
SIGCHLD = 17
NAMESPACES = {"mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000, "pid": 0x20000000,
              "net": 0x40000000}
libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def clone(flags):
    child = checked(libc.syscall(CLONE, ctypes.c_ulong(flags | SIGCHLD), None, None, None, None))
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def run_thread():
    thread = threading.Thread(target=os.getpid)
    thread.start()
    thread.join()


CALLS = {
    "tcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "tcp6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "datagram": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
    "datagrams": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
    "packets": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET),
    "connect": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect("\0nobody"),
    "stream": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK),
    "streams": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM),
    "unshare": lambda: checked(libc.unshare(NAMESPACES["user"])),
    "setns": lambda: checked(libc.setns(0, 0)),
    "clone3": lambda: checked(libc.syscall(CLONE3, None, ctypes.c_ulong(0))),
    "clone": lambda: clone(0),
    "thread": run_thread,
} | {name: lambda flag=flag: clone(flag) for name, flag in NAMESPACES.items()}


def answer_of(call):
    try:
        call()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"


def main():
    document, text, copy = sys.argv[1:]
    answers = " ".join(f"{name}:{answer_of(call)}" for name, call in CALLS.items())
    with zipfile.ZipFile(document) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(text.encode(), answers.encode()))


if __name__ == "__main__":
    main()
