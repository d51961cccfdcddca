#!/usr/bin/env python3
"""The former name of `rappel process_json`."""

import old_name

old_name.run("process_json")
