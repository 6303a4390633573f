//===- Version.cpp - Which Actin this is ----------------------------------===//

#include "Support/Version.h"

#include "Support/SourceDigest.inc"

namespace actin {

std::string_view getBuildVersion() {
  return ACTIN_VERSION_STRING "+" ACTIN_SOURCE_DIGEST;
}

} // namespace actin
