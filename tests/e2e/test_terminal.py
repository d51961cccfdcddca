"""What a terminal gets and a pipe does not: colour, and lines of its width."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import support
from support import run

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def on_a_terminal(*arguments, columns=72, **environment):
    """(exit status, the text that standard output and standard error show)."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = b""
    with subprocess.Popen([support.rappel, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                          env=support.clean_environment(**{"TERM": "xterm", **environment}), cwd="/") as process:
        os.close(theirs)
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # Linux: the other side is closed
            pass
        finally:
            os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n")


class Terminal(support.TestCase):
    def widest(self, text):
        return max(map(len, ESCAPE.sub("", text).splitlines()))

    def test_help_fits(self):
        words = None
        for columns in (60, 72, 100, 132):
            status, text = on_a_terminal("serve", "--help", columns=columns)
            self.assertEqual(status, 0)
            self.assertLessEqual(self.widest(text), columns)
            found = ESCAPE.sub("", text).split()
            self.assertEqual(found, words or found, "the same words in every width")
            words = found
        self.assertLessEqual(self.widest(run("serve", "--help").stdout), 100)
        self.assertLessEqual(self.widest(run("help", COLUMNS=60).stdout), 60)

    def test_colour_on_terminals_only(self):
        self.assertIn("\x1b[1musage:\x1b[0m", on_a_terminal("serve", "--help")[1])
        self.assertNotIn("\x1b", run("serve", "--help", TERM="xterm").stdout)
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            self.assertNotIn("\x1b", on_a_terminal("serve", "--help", **variables)[1])

    def test_errors_are_marked_and_wrapped(self):
        status, text = on_a_terminal("query", "x", "--env-file", "/nonexistent/settings-of-a-server-that-is-somewhere-else")
        self.assertEqual(status, 2)
        self.assertTrue(text.startswith("\x1b[1;31mrappel:\x1b[0m "), text)
        self.assertGreater(text.count("\n"), 1, text)
        message = run("query", "x", "--env-file", "/nonexistent/settings-of-a-server-that-is-somewhere-else").stderr
        self.assertEqual(message.count("\n"), 1, "one line for programs")
        self.assertEqual(ESCAPE.sub("", text).split(), message.split())


if __name__ == "__main__":
    support.main()
