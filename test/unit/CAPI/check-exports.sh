#!/bin/bash
# check-exports.sh LIBRARY HEADER
# Fails where LIBRARY defines another dynamic symbol than the functions that
# HEADER declares, or lacks one of those, or where it needs LLVM or MLIR.
set -euo pipefail

exported=$(nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' |
  sed 's/@.*//' | sort)
declared=$(tr '\n' ' ' <"$2" | grep -oE 'ACTIN_API [^;]*;' |
  grep -oE '[a-z_]+ *\(' | grep -oE 'actin_[a-z_]+' | sort -u)
if [[ $exported != "$declared" ]]; then
  echo "exported (<) and declared (>) functions differ:" >&2
  diff <(echo "$exported") <(echo "$declared") >&2
  exit 1
fi
[[ $(wc -l <<<"$exported") -ge 30 ]]

if readelf -d "$1" | grep NEEDED | grep -E 'LLVM|MLIR'; then
  echo "$1 must not need the compiler's libraries" >&2
  exit 1
fi
