#!/usr/bin/env python3
"""The old name of `rappel optimize`."""

import old_name

old_name.run("optimize")
