# SPDX-License-Identifier: MIT
"""Gates a candidate build against a baseline."""
