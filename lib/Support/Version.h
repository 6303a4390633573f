//===- Version.h - Which Actin this is --------------------------*- C++ -*-===//

#ifndef ACTIN_SUPPORT_VERSION_H
#define ACTIN_SUPPORT_VERSION_H

#include <string_view>

namespace actin {

/// "0.1.0+5f2c…": the version, and a digest of the sources that this library
/// was built from. Two builds that say the same compile a formula to the same
/// code.
std::string_view getBuildVersion();

} // namespace actin

#endif // ACTIN_SUPPORT_VERSION_H
