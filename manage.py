"""Run a management command of Ninefold."""
# SPDX-License-Identifier: Apache-2.0

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance.settings.development")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
