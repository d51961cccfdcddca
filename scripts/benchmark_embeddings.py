#!/usr/bin/env python3
"""The former name of `rappel bench`."""

import old_name

old_name.run("bench")
