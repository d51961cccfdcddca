"""The zygote of rappel-extract: one child per file, which dies alone; nothing of one file is in another's process; no process
outlives the one that started it. Speaks to the program as src/ingest/extract/zygote.cc does."""

import os
import signal
import socket
import struct
import subprocess
import sys
import unittest
from pathlib import Path

import support
from support import is_gone, wait_for
from test_extract import docx

WAIT = 60


def head(kind, name="", password=""):
    return kind + b"".join(struct.pack("<I", len(text)) + text for text in (name.encode(), b"", b"", password.encode()))


def request(bytes_, name="", password=""):
    return head(b"B", name, password) + bytes_


# In place of rappel-extract: cuts the file that it is asked to read, and says that its child died of that.
CUTTER = """#!{python}
import os, signal, socket, sys
if "--zygote" not in sys.argv:
    sys.exit(1)
control = socket.socket(fileno=0)
while True:
    kind, (descriptor,), _, _ = socket.recv_fds(control, 1, 1)
    child = socket.socket(fileno=descriptor)
    socket.recv_fds(child, 1, 1)
    while child.recv(1 << 16):
        pass
    os.truncate({file!r}, 100)
    child.close()
    control.send(bytes([128 + signal.SIGBUS]))
"""


class Zygote:
    def __init__(self, program="rappel-extract"):
        self.control, theirs = socket.socketpair()
        self.control.settimeout(WAIT)
        self.process = subprocess.Popen([Path(support.rappel).parent / program, "--zygote", "text/plain"], stdin=theirs,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={})
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.control.close()
        self.process.kill()
        self.process.wait()

    def open(self):
        """The socket of a new child, which waits for its file."""
        ours, theirs = socket.socketpair()
        ours.settimeout(WAIT)
        socket.send_fds(self.control, [b"F"], [theirs.fileno()])
        theirs.close()
        return ours

    def status(self):
        return self.control.recv(1)[0]

    def read(self, *arguments, **more):
        """Status and answer of a whole file."""
        with self.open() as file:
            file.sendall(request(*arguments, **more))
            file.shutdown(socket.SHUT_WR)
            answer = everything(file)
            return self.status(), answer

    def child(self):
        return wait_for(lambda: children(self.process.pid))[0]


def everything(file):
    answer = b""
    while part := file.recv(1 << 16):
        answer += part
    return answer


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


@unittest.skipUnless(sys.platform == "linux", "the sandbox is Linux's")
class ZygoteTest(support.TestCase):
    def tables(self, count):
        folder = self.folder / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.csv").write_text("name,number\notter,1\n")
        return folder

    def test_reader_dies_before_the_server_when_memory_is_short(self):
        if not Path("/proc/self/oom_score_adj").exists():
            self.skipTest("this system has no oom_score_adj")
        with Zygote() as zygote, zygote.open():
            self.assertEqual(Path(f"/proc/{zygote.child()}/oom_score_adj").read_text().strip(), "1000")

    def test_files_are_read_one_after_another(self):
        with Zygote() as zygote:
            for row in ("otter", "badger", "heron"):
                status, answer = zygote.read(f"name,number\n{row},1\n".encode(), "a.csv")
                self.assertEqual(status, 0)
                self.assertIn(f"{row}\t1".encode(), answer)
            status, answer = zygote.read(b"name,number\n" + b"otter,1\n" * 40_000, "large.csv")
            self.assertEqual((status, answer.count(b"otter\t1")), (0, 40_000))
            self.assertEqual(children(zygote.process.pid), [], "no zombie stays")

    def test_file_in_a_descriptor_is_mapped_from_its_place(self):
        table = b"name,number\n" + b"otter,1\n" * 100_000
        path = self.folder / "part"
        path.write_bytes(b"x" * 5000 + table + b"badger,2\n")
        for more, found in ((0, True), (10, False)):
            with Zygote() as zygote, zygote.open() as file, open(path, "rb") as opened:
                whole = head(b"D", "a.csv") + struct.pack("<QQ", 5000, len(table) + more)
                socket.send_fds(file, [whole[:1]], [opened.fileno()])
                file.sendall(whole[1:])
                file.shutdown(socket.SHUT_WR)
                answer = everything(file)
                self.assertEqual(zygote.status(), 0)
                self.assertEqual(answer.count(b"otter\t1"), 100_000 if found else 0)
                self.assertNotIn(b"badger", answer)
                self.assertEqual(b"cut short" in answer, not found)

    def test_file_that_is_cut_while_it_is_read_is_named(self):
        path = self.folder / "cut.csv"
        path.write_bytes(b"name,number\n" + b"otter,1\n" * 200_000)
        program = self.folder / "cutter"
        program.write_text(CUTTER.format(python=sys.executable, file=str(path)))
        program.chmod(0o700)
        done = subprocess.run([support.rappel, "extract", path], capture_output=True, text=True, timeout=WAIT,
                              env={**os.environ, "RAPPEL_EXTRACT": str(program)})
        self.assertEqual(done.returncode, 1)
        self.assertIn("another program cut it while it was read", done.stderr)

    def test_damaged_document_goes_to_a_zygote_with_libarchive(self):
        cut = docx("The otter swims.")[:-30]
        for program in ("rappel-extract", "rappel-extract-office"):
            with Zygote(program) as zygote:
                for whole in (docx("The otter swims."), cut):
                    status, answer = zygote.read(whole, "a.docx")
                    self.assertEqual(status, 0)
                    self.assertEqual(b"The otter swims." in answer, whole is not cut)
                    self.assertEqual(b"wants_library" in answer, whole is cut)
        path = self.folder / "cut.docx"
        path.write_bytes(cut)
        done = subprocess.run([support.rappel, "extract", path], capture_output=True, text=True, timeout=WAIT)
        self.assertIn("The otter swims.", done.stdout)
        self.assertIn("the file is damaged", done.stderr)

    def test_zygotes_map_no_library_that_their_files_do_without(self):
        libraries = {"rappel-extract": ("libarchive", "libgmime", "libpdfium"),
                     "rappel-extract-office": ("libarchive", "libgmime", "libpdfium", "libicu", "libgumbo", "libuchardet")}
        for program, absent in libraries.items():
            with Zygote(program) as zygote:
                self.assertEqual(zygote.read(docx("The otter swims."), "a.docx")[0], 0)
                try:
                    maps = Path(f"/proc/{zygote.process.pid}/maps").read_text()
                except PermissionError:
                    self.skipTest("no /proc/PID/maps for this user")
                self.assertEqual([name for name in absent if name in maps], [])

    def test_killed_child_costs_its_file_alone(self):
        with Zygote() as zygote:
            with zygote.open():
                os.kill(zygote.child(), signal.SIGKILL)
                self.assertEqual(zygote.status(), 128 + signal.SIGKILL)
            self.assertEqual(zygote.read(b"a,b\n1,2\n", "a.csv")[0], 0)

    def test_child_dies_with_its_zygote(self):
        with Zygote() as zygote, zygote.open() as file:
            child = zygote.child()
            zygote.process.kill()
            self.assertEqual(everything(file), b"")
            wait_for(lambda: is_gone(child))

    def test_zygote_and_child_end_when_the_control_is_closed(self):
        with Zygote() as zygote, zygote.open():
            child = zygote.child()
            zygote.control.close()
            self.assertEqual(zygote.process.wait(WAIT), 1)
            wait_for(lambda: is_gone(child))
        with Zygote() as zygote:
            zygote.control.close()
            self.assertEqual(zygote.process.wait(WAIT), 0)

    def test_nothing_of_a_file_stays_in_the_zygote(self):
        with Zygote() as zygote:
            zygote.read(b"a,b\nwolverine,2\n" * 100, "wolverine.csv", password="wolverine-password")
            pid = zygote.process.pid
            self.assertNotIn(b"wolverine", Path(f"/proc/{pid}/environ").read_bytes())
            try:
                memory = open(f"/proc/{pid}/mem", "rb", 0)
            except PermissionError:
                self.skipTest("no /proc/PID/mem for this user")
            with memory:
                for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                    area, rights = line.split()[:2]
                    if rights.startswith("rw"):
                        start, end = (int(address, 16) for address in area.split("-"))
                        memory.seek(start)
                        self.assertNotIn(b"wolverine", memory.read(end - start), line)

    def test_child_has_the_socket_of_its_file_alone(self):
        inherited, other = socket.socketpair()
        inherited.set_inheritable(True)
        with Zygote() as zygote, zygote.open():
            child = zygote.child()
            try:
                wait_for(lambda: os.readlink(f"/proc/{child}/fd/0") == os.readlink(f"/proc/{child}/fd/1"))
                opened = sorted(os.listdir(f"/proc/{child}/fd"))
            except PermissionError:
                self.skipTest("no /proc/PID/fd for this user")
            self.assertEqual(opened, ["0", "1", "2"])
        inherited.close()
        other.close()

    def test_rappel_leaves_no_process_when_it_is_killed(self):
        rappel = subprocess.Popen([support.rappel, "extract", self.tables(3000)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        zygote = wait_for(lambda: children_of_threads(rappel.pid))[0]
        rappel.kill()
        rappel.wait()
        wait_for(lambda: is_gone(zygote))

    def test_rappel_starts_another_zygote_when_one_is_killed(self):
        rappel = subprocess.Popen([support.rappel, "extract", self.tables(1000)], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        zygote = wait_for(lambda: children_of_threads(rappel.pid))[0]
        os.kill(zygote, signal.SIGKILL)
        out, err = rappel.communicate(timeout=600)
        self.assertEqual((rappel.returncode, err), (0, ""))
        self.assertEqual(out.count("otter\t1"), 1000)


def children_of_threads(pid):
    """Children of any thread of the process that have become rappel-extract."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        found = [int(child) for task in tasks for child in (task / "children").read_text().split()]
        return [child for child in found if Path(f"/proc/{child}/comm").read_text().startswith("rappel-extract")]
    except (FileNotFoundError, ProcessLookupError):
        return []


if __name__ == "__main__":
    support.main()
