//===- CHeader.h - The C header of a compiled kernel ------------*- C++ -*-===//

#ifndef ACTIN_TOOLS_CHEADER_H
#define ACTIN_TOOLS_CHEADER_H

#include "actin/Compiler.h"

#include <string>

namespace actin::tool {

/// What a header declares.
struct HeaderSpec {
  const Activation &activation;
  const KernelOutputs &outputs;
  DataType type;
  std::string function; ///< Of the helper; the kernel is `function`_kernel.
  std::string target;   ///< For the comment.
};

/// A header in clean C89 and C++: the struct that the kernel is called with,
/// the kernel, and a helper for contiguous arrays of one channel.
std::string makeHeader(const HeaderSpec &spec);

} // namespace actin::tool

#endif // ACTIN_TOOLS_CHEADER_H
