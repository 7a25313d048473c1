#!/bin/sh
# First process of a container: the name of an app (`registry`, `transfer` …) starts that service; `prepare` makes the replica
# set, its users and the topics. An address that holds a password comes as a file, so that it stands in no configuration.
set -eu

from_file() {
  eval "file=\${$1_FILE:-}"
  if [ -n "$file" ]; then
    value=$(cat "$file")
    export "$1=$value"
  fi
}
from_file XUEJI_MONGO_URL
from_file XUEJI_REDIS_URL
from_file XUEJI_SMTP_URL

if [ "$1" = prepare ]; then
  exec node scripts/engines.mjs prepare
fi
exec node --enable-source-maps --disable-warning=TimeoutNegativeWarning "dist/apps/$1/src/main.js"
