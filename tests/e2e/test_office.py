"""Old Office formats: a stand-in for LibreOffice that converts, fails, hangs or crashes, and the real one where it is installed."""

import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
import unittest
from pathlib import Path

import support
from support import is_gone, wait_for
from test_extract import BODY, docx

WAIT = 60
FREE, END = 0xffffffff, 0xfffffffe


def compound_file(stream):
    """An OLE file with one stream of this name."""
    header = bytearray(512)
    header[0:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHHH", header, 24, 0x3e, 3, 0xfffe, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 40, 0, 1, 1, 0, 4096, END, 0, END, 0)
    struct.pack_into("<109I", header, 76, 0, *[FREE] * 108)
    table = struct.pack("<128I", 0xfffffffd, END, *[FREE] * 126)

    def entry(name, kind, child, start, size):
        data = bytearray(128)
        text = (name + "\0").encode("utf-16-le")
        data[:len(text)] = text
        struct.pack_into("<HBB", data, 64, len(text), kind, 1)
        struct.pack_into("<III", data, 68, FREE, FREE, child)
        struct.pack_into("<IQ", data, 116, start, size)
        return bytes(data)

    return bytes(header) + table + entry("Root Entry", 5, 1, END, 0) + entry(stream, 2, FREE, END, 0) + bytes(256)


class Office(support.TestCase):
    def setUp(self):
        super().setUp()
        self.temporary = self.folder / f"tmp-{self._testMethodName}"
        self.temporary.mkdir()
        self.document = self.folder / "report.doc"
        self.document.write_bytes(compound_file("WordDocument") + self._testMethodName.encode())
        self.converted = self.folder / "converted.docx"
        self.converted.write_bytes(docx(BODY))

    def program(self, script):
        """A program that gets the arguments of soffice: $out is where its result belongs."""
        path = self.temporary.parent / f"soffice-{self._testMethodName}"
        path.write_text('#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\nout=$2/document.docx\n' + script)
        path.chmod(0o755)
        return path

    def extract(self, program, document=None):
        return subprocess.run([support.rappel, "extract", document or self.document, "--libreoffice", program], capture_output=True,
                              text=True, timeout=600, env={**os.environ, "TMPDIR": str(self.temporary)})

    def assert_clean(self):
        self.assertEqual(list(self.temporary.iterdir()), [])

    def assert_refused(self, script, words):
        shown = self.extract(self.program(script))
        self.assertEqual((shown.returncode, shown.stdout), (1, ""))
        self.assertIn(words, shown.stderr)
        self.assert_clean()

    def real(self):
        program = shutil.which("soffice") or shutil.which("libreoffice")
        if program is None:
            self.skipTest("LibreOffice is not installed: it converts old Office formats")
        return program

    def test_converted_document_is_read(self):
        # The program can read what lies beside it, and nothing else of the user's files.
        shown = self.extract(self.program(f'cat "{self.converted}" > "$out"\n'))
        self.assertEqual((shown.returncode, shown.stderr, shown.stdout.strip()), (0, "", BODY))
        self.assert_clean()

    def test_without_libreoffice_the_type_is_named(self):
        shown = self.extract("off")
        self.assertEqual(shown.returncode, 1)
        self.assertIn("it is an old Word document (.doc); install LibreOffice to read it, or save it as DOCX", shown.stderr)

    def test_faults_of_the_program(self):
        self.assert_refused("exit 0\n", "LibreOffice cannot convert the document")
        self.assert_refused("kill -SEGV $$\n", f"LibreOffice crashed or used too much (signal {int(signal.SIGSEGV)})")
        self.assert_refused('ln -s /etc/passwd "$out"\n', "LibreOffice cannot convert the document")
        self.assert_refused('rmdir "$(dirname "$out")"; ln -s /etc "$(dirname "$out")"\n', "LibreOffice cannot convert the document")
        shown = self.extract("/nowhere/soffice")
        self.assertIn("LibreOffice cannot be started: check that /nowhere/soffice runs", shown.stderr)
        self.assert_clean()

    def start(self, script):
        """rappel with a program that waits, and the folder of the conversion once the program has said that it runs."""
        running = subprocess.Popen([support.rappel, "extract", self.document, "--libreoffice", self.program(script)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(self.temporary)})
        self.addCleanup(running.communicate)
        self.addCleanup(running.kill)
        wait_for(lambda: list(self.temporary.glob("*/out/pid")))
        return running, int(wait_for(lambda: next(self.temporary.glob("*/out/pid")).read_text().strip()))

    HANGS = 'setsid sleep 600 & echo $! > "$(dirname "$out")/pid"; sleep 600\n'

    @unittest.skipUnless(sys.platform == "linux", "the sandbox is Linux's")
    def test_nothing_is_left_when_it_is_stopped(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            running, process = self.start(self.HANGS)
            running.send_signal(how)
            wait_for(lambda pid=process: is_gone(pid))
            wait_for(lambda: not list(self.temporary.iterdir()))

    @unittest.skipUnless(sys.platform == "linux", "the sandbox is Linux's")
    def test_folder_of_a_killed_conversion_is_removed_by_the_next(self):
        running, process = self.start(self.HANGS)
        converting = [pid for pid in children_named(running.pid, "rappel-extract") if "--convert" in command_of(pid)]
        self.assertEqual(len(converting), 1)
        os.kill(converting[0], signal.SIGKILL)
        running.communicate(timeout=WAIT)
        os.kill(process, signal.SIGKILL)
        self.assertEqual(len(list(self.temporary.iterdir())), 1)
        self.extract(self.program("exit 0\n"))
        self.assert_clean()

    @unittest.skipUnless(sys.platform == "linux", "the sandbox is Linux's")
    def test_program_is_confined(self):
        if "Landlock" not in subprocess.run([Path(support.rappel).parent / "rappel-extract", "--protection"], capture_output=True,
                                            text=True, timeout=WAIT, check=True).stdout.split("missing")[0]:
            self.skipTest("this machine has no Landlock")
        secret = Path(support.ROOT) / "README.md"
        probe = self.folder / "probe.py"
        probe.write_text(f"for path in ({str(secret)!r}, '/proc/1/environ', '/etc/passwd'):\n"
                         "    try: open(path).close(); print(path)\n"
                         "    except OSError: pass\n"
                         f"try: open({str(self.folder / 'written')!r}, 'w'); print('written')\n"
                         "except OSError: pass\n"
                         "print('end')\n")
        script = f'[ "$(/usr/bin/python3 -I "{probe}")" = end ] && cat "{self.converted}" > "$out"\n'
        shown = self.extract(self.program(script))
        self.assertEqual((shown.returncode, shown.stdout.strip()), (0, BODY), shown.stderr)
        self.assertFalse((self.folder / "written").exists())

    @unittest.skipUnless(sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64"), "the filter of calls is Linux's")
    def test_program_has_streams_of_its_own_alone_and_no_namespaces(self):
        probe = shutil.copy(Path(__file__).parent / "confined_calls.py", self.folder)
        shown = self.extract(self.program(f'/usr/bin/python3 -I "{probe}" "{self.converted}" "{BODY}" "$out"\n'))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        answers = dict(answer.split(":") for answer in shown.stdout.split())
        done = {name: answers.pop(name, None) for name in ("stream", "streams", "clone", "thread")}
        self.assertEqual(set(done.values()), {"done"}, done)
        self.assertEqual(answers.pop("clone3"), "ENOSYS", "its flags are in memory, and glibc uses clone then")
        self.assertEqual(answers, dict.fromkeys(answers, "EACCES"))
        self.assertLessEqual({"datagram", "datagrams", "unshare", "user", "net", "connect", "tcp"}, set(answers))

    def test_real_libreoffice(self):
        program = self.real()
        source, profile = self.folder / "source", self.folder / "profile"
        source.mkdir()
        (source / "otters.docx").write_bytes(docx(BODY))
        (source / "table.csv").write_text("name,weight\notter,12\nbadger,14\n")
        for name, old in (("otters.docx", "doc"), ("table.csv", "xls")):
            subprocess.run([program, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", old, "--outdir", source,
                            source / name], capture_output=True, timeout=300, check=True)
        shown = self.extract(program, source / "otters.doc")
        self.assertEqual((shown.returncode, shown.stdout.strip()), (0, BODY), shown.stderr)
        shown = self.extract(program, source / "table.xls")
        self.assertIn("otter\t12\nbadger\t14", shown.stdout)
        self.assert_clean()


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")


def children_named(pid, name):
    tasks = Path(f"/proc/{pid}/task").iterdir()
    found = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [child for child in found if Path(f"/proc/{child}/comm").read_text().startswith(name)]


if __name__ == "__main__":
    support.main()
