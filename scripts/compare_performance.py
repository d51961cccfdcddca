#!/usr/bin/env python3
"""The former name of `rappel compare`."""

import old_name

old_name.run("compare")
