# SPDX-License-Identifier: MIT
"""The gate: two builds in lockstep, and what may be said of them."""
