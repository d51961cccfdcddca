"""The Python that has FastAPI with pydantic 1: this one, or that of the distribution."""

import subprocess
import sys

NEEDED = "import arrow, fastapi, multipart, pydantic, uvicorn; assert pydantic.VERSION.startswith('1.')"


def old_python():
    """The path of the interpreter; None if none has them."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            if subprocess.run([python, "-c", NEEDED], capture_output=True, check=False).returncode == 0:
                return python
        except OSError:
            pass
    return None
