"""Tests that kill processes commit, so their tables are emptied past the append-only triggers."""
# SPDX-License-Identifier: Apache-2.0

from tests.integration.conftest import _append_only_tables_can_be_emptied

__all__ = ["_append_only_tables_can_be_emptied"]
