#!/bin/sh
# Install the system packages that Python packages cannot bring, or say what to install.
#   system-packages.sh runtime|tests PYTHON
# `runtime` ends with 1 when Pango is missing and cannot be installed from here;
# `tests` never fails: tests that need an absent program skip and say so.
# SPDX-License-Identifier: Apache-2.0
set -u
what=$1
python=${2:-python3}

have_pango() {
  "$python" - <<'PY' 2>/dev/null
import ctypes.util, sys
# The names that WeasyPrint looks for, on Linux and on macOS.
need = (("pango-1.0", "pango-1.0-0"), ("pangoft2-1.0", "pangoft2-1.0-0"), ("harfbuzz-subset", "harfbuzz-subset-0"))
sys.exit(not all(any(map(ctypes.util.find_library, names)) for names in need))
PY
}

have_fonts() { [ -d /usr/share/fonts ] && find /usr/share/fonts -name 'DejaVuSansCondensed.ttf' 2>/dev/null | grep -q . || [ "$(uname)" = Darwin ]; }

have_all() {
  if [ "$what" = runtime ]; then have_pango && have_fonts; return; fi
  command -v pdfsig >/dev/null && command -v qpdf >/dev/null && { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null
}

have_all && exit 0

if command -v apt-get >/dev/null; then
  runtime="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-dejavu-extra"
  tests="chromium poppler-utils qpdf"
  install="apt-get install -y --no-install-recommends"
  update="apt-get update -qq"
elif command -v dnf >/dev/null; then
  runtime="pango harfbuzz dejavu-sans-fonts dejavu-serif-fonts dejavu-sans-mono-fonts"
  tests="chromium poppler-utils qpdf"
  install="dnf install -y"
  update=true
elif command -v apk >/dev/null; then
  runtime="pango harfbuzz-subset font-dejavu"
  tests="chromium poppler-utils qpdf"
  install="apk add"
  update=true
elif command -v brew >/dev/null; then
  runtime="pango"
  tests="poppler qpdf"
  install="brew install"
  update=true
else
  runtime="Pango 1.44 or newer with HarfBuzz, and the DejaVu fonts"
  tests="Chromium, poppler's pdfsig and qpdf"
  install=""
fi
eval "packages=\$$what"

if [ -n "$install" ] && { [ "$(id -u)" = 0 ] || [ "${install%% *}" = brew ]; }; then
  echo "Installing system packages: $packages"
  # shellcheck disable=SC2086 # the lists are words
  { $update && DEBIAN_FRONTEND=noninteractive $install $packages; } >/dev/null 2>&1
fi
have_all && exit 0
if [ -n "$install" ]; then
  echo "Missing system packages. Please run as administrator:  $install $packages" >&2
else
  echo "Missing system packages. Please install: $packages" >&2
fi
[ "$what" = tests ] && echo "(tests that need them will be skipped)" >&2 && exit 0
exit 1
