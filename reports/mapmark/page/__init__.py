# SPDX-License-Identifier: MIT
"""The parts of the report's page: one module and one template each."""
