# prepare.sh - sourced by quickstart and check: installs what the build needs,
# configures Release into build/, builds. Debian 12 with apt; root or sudo.
# In: BUILD_TARGETS (array; empty: everything). Out: a built build/.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

packages=(build-essential cmake ninja-build clang-22 llvm-22-dev libmlir-22-dev
  mlir-22-tools llvm-22-tools libclang-rt-22-dev ccache libmpfr-dev libtbb-dev
  libcli11-dev nlohmann-json3-dev libxxhash-dev libexpected-dev libgtest-dev
  libgmock-dev libbenchmark-dev pkg-config libllvm19 qemu-user
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross)

step() {
  printf '\n== %s\n' "$*"
}

missingPackages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null |
      grep -q '^install ok installed$' || echo "$package"
  done
}

installPackages() {
  local missing asRoot=()
  mapfile -t missing < <(missingPackages)
  if [[ ${#missing[@]} -eq 0 ]]; then
    return
  fi
  step "Installing ${missing[*]}"
  if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "need root or sudo to install: ${missing[*]}" >&2
      return 1
    fi
    asRoot=(sudo)
  fi
  "${asRoot[@]}" apt-get update
  "${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

configure() {
  step "Configuring $repository/build"
  cmake -G Ninja -S "$repository" -B "$repository/build" \
    -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22
}

build() {
  step "Building"
  cmake --build "$repository/build" ${1:+--target "$@"}
}
