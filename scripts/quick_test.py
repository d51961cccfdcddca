#!/usr/bin/env python3
"""The old name of `rappel check`."""

import old_name

old_name.run("check")
