#!/bin/bash
# check-package.sh BUILD_FOLDER C_COMPILER CXX_COMPILER MLIR_DIR
# Installs the build under a temporary prefix, and builds and runs programs
# outside of the tree against it: by CMake, by pkg-config, after a move of the
# prefix, and without the compiler library.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 cc=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ACTIN_CACHE=off

cmake --install "$build" --prefix "$work/first" >/dev/null
# Nothing may point back into the tree, or to the prefix.
mv "$work/first" "$work/prefix"
cp -r "$here/consumer" "$work/source"

echo "== by CMake"
cmake -S "$work/source" -B "$work/build" -DCMAKE_C_COMPILER="$cc" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DMLIR_DIR="$4" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON >/dev/null
cmake --build "$work/build" >/dev/null
"$work/build/consumer_c"
"$work/build/consumer_cpp"
"$work/build/consumer_mlir" | grep -q "arith.maximumf\|arith.select"

echo "== by pkg-config"
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
read -ra flags <<<"$(pkg-config --define-prefix --cflags --libs actin)"
"$cc" -std=c89 -pedantic -Wall -Wextra -Werror "$work/source/consumer.c" \
  "${flags[@]}" -lm -Wl,-rpath,"$work/prefix/lib" -o "$work/consumer"
"$work/consumer"
[[ $(pkg-config --modversion actin) == 0.1.* ]]

echo "== the installed command"
"$work/prefix/bin/actin" grad gelu >/dev/null

echo "== formulas in a library, made ahead of time"
# compile_ahead NAME FLAGS...: configures, builds in $work/NAME.
compile_ahead() {
  local folder=$work/$1
  shift
  cmake -S "$here/ahead" -B "$folder" -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "$@" >/dev/null
  cmake --build "$folder" >/dev/null
}
compile_ahead native -DCMAKE_C_COMPILER="$cc"
"$work/native/ahead"
if command -v aarch64-linux-gnu-gcc >/dev/null &&
  command -v qemu-aarch64 >/dev/null; then
  compile_ahead cross -DCMAKE_SYSTEM_NAME=Linux \
    -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc
  qemu-aarch64 -L /usr/aarch64-linux-gnu "$work/cross/ahead"
else
  echo "not cross-compiled: aarch64-linux-gnu-gcc or qemu-aarch64 is missing"
fi

echo "== without the compiler library"
rm "$work"/prefix/lib/libactin-compiler.so.*
if "$work/consumer" 2>"$work/message"; then
  echo "a kernel was compiled without a compiler" >&2
  exit 1
fi
grep -q "compiler library cannot be loaded" "$work/message"
if cmake -S "$work/source" -B "$work/again" -DCMAKE_C_COMPILER="$cc" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$work/prefix" \
  >"$work/message" 2>&1; then
  echo "the component Compiler was found" >&2
  exit 1
fi
grep -q "there is no .*libactin-compiler.so" "$work/message"
