#!/bin/bash
# check-layering.sh SOURCE_FOLDER
# Fails where a file of lib/ or include/ includes a header that its layer may
# not use. A layer may use itself, the layers above it in this list, and the
# public headers; public headers reach no LLVM or MLIR header.
set -euo pipefail
cd "$1"

layers=(Support Expr Analysis Frontend Activations Dialect Transforms Lowering CodeGen
        Cache Runtime Compiler Verify CAPI)

rank() {
  local i
  for i in "${!layers[@]}"; do
    if [[ ${layers[i]} == "$1" ]]; then
      echo "$i"
      return
    fi
  done
}

status=0
complain() {
  echo "$1: must not include \"$2\": $3" >&2
  status=1
}

# Prints "FILE HEADER" for every #include in the given folder.
includes() {
  grep -rE --include='*.h' --include='*.cpp' --include='*.def' \
    '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' "$1" |
    sed -E 's/^([^:]+):[^"<]*["<]([^">]+)[">].*/\1 \2/'
}

numChecked=0
while read -r file header; do
  numChecked=$((numChecked + 1))
  layer=${file#lib/}
  layer=${layer%%/*}
  own=$(rank "$layer")
  [[ -n $own ]] || complain "$file" "$header" "no such layer '$layer'"
  other=$(rank "${header%%/*}")
  # The dialect's headers are public, and still a layer of their own.
  [[ $header == actin/Dialect/* ]] && other=$(rank Dialect)
  if [[ -n $other && -n $own && $other -gt $own ]]; then
    complain "$file" "$header" "${layers[other]} is below $layer"
  fi
done < <(includes lib)

while read -r file header; do
  numChecked=$((numChecked + 1))
  [[ $file == include/actin/Dialect/* ]] && continue
  case $header in
  llvm/* | llvm-c/* | mlir/* | mlir-c/* | actin/Dialect/* | [A-Z]*/*)
    complain "$file" "$header" "public headers use standard types only"
    ;;
  esac
done < <(includes include)

# The tools and the examples stand outside: they use the public headers. Only
# actin-opt may look inside.
while read -r file header; do
  numChecked=$((numChecked + 1))
  [[ $file == tools/actin-opt/* ]] && continue
  other=$(rank "${header%%/*}")
  [[ -z $other ]] || complain "$file" "$header" "tools use the public API"
done < <(includes tools)

if [[ $numChecked -lt 20 ]]; then
  echo "only $numChecked #includes found: is '$1' the source folder?" >&2
  status=1
fi
exit $status
