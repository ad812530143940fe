#!/usr/bin/env python3
"""Plays the browser for auth_checks.py: follows the address that it is given to its end, as somebody who is logged in."""

import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1], timeout=20) as page:
    page.read()
