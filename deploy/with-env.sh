#!/bin/sh
# Run a command with the variables of $ENV_FILE (NAME=value lines, # comments), if one is named.
# SPDX-License-Identifier: Apache-2.0
set -eu
if [ -n "${ENV_FILE:-}" ]; then
  [ -r "$ENV_FILE" ] || { echo "cannot read ENV_FILE=$ENV_FILE" >&2; exit 2; }
  case "$ENV_FILE" in */*) ;; *) ENV_FILE="./$ENV_FILE" ;; esac
  set -a
  . "$ENV_FILE"
  set +a
fi
exec "$@"
