"""Settings: `development` (embedded), `test`, `production`; typed readers in `env`."""
# SPDX-License-Identifier: Apache-2.0
