# arm64-packages.sh - sourced: Debian's packages for 64-bit Arm in a folder, on
# a machine of any architecture. Nothing is installed; root is not needed.

# unpackArm64 FOLDER PACKAGE...: these, and all that they depend on, unpacked
# into FOLDER/sysroot. What is there already is not fetched again.
unpackArm64() {
  local folder=$1 archive
  shift
  mkdir -p "$folder"/apt/{lists,archives}/partial "$folder/sysroot"
  folder=$(cd "$folder" && pwd)
  if [[ -e $folder/packages && $(<"$folder/packages") == "$*" ]]; then
    return
  fi
  touch "$folder/apt/status"
  cat >"$folder/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Dir::State "$folder/apt";
Dir::State::lists "$folder/apt/lists";
Dir::State::status "$folder/apt/status";
Dir::Cache "$folder/apt";
Dir::Cache::archives "$folder/apt/archives";
Debug::NoLocking "true";
END
  APT_CONFIG=$folder/apt.conf apt-get -qq update
  APT_CONFIG=$folder/apt.conf apt-get -qq -y --download-only install "$@"
  for archive in "$folder"/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$archive" |
      tar -x -C "$folder/sysroot" --keep-directory-symlink \
        --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*'
  done
  # Links to this machine's root are made to the other's.
  find "$folder/sysroot" -type l -lname '/*' -printf '%l\t%p\n' |
    while IFS=$'\t' read -r target link; do
      ln -sfnr "$folder/sysroot$target" "$link"
    done
  echo "$*" >"$folder/packages"
}
