#!/usr/bin/env python3
"""The former name of `rappel optimize`."""

import old_name

old_name.run("optimize")
