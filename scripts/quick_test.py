#!/usr/bin/env python3
"""The former name of `rappel check`."""

import old_name

old_name.run("check")
