#!/usr/bin/env python3
"""The former name of `rappel process_zip`."""

import old_name

old_name.run("process_zip")
