# SPDX-License-Identifier: MIT
"""Runs mapmark's programs, keeps what they measured and reports it."""

__version__ = "0.1.0"
