#!/usr/bin/env python3
"""The old name of `rappel compare`."""

import old_name

old_name.run("compare")
