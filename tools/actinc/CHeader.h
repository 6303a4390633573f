//===- CHeader.h - The C header of an object --------------------*- C++ -*-===//

#ifndef ACTIN_TOOLS_CHEADER_H
#define ACTIN_TOOLS_CHEADER_H

#include "actin/Compiler.h"

#include <string>
#include <vector>

namespace actin::tool {

/// A function of the object, and where its formula came from.
struct HeaderFunction {
  ObjectFunction function;
  bool isStandard = false; ///< An activation of the standard library.
};

/// A header in clean C89 and C++ that declares `functions`; their shapes,
/// units, aliasing and accuracy are in its comments.
std::string makeHeader(const std::vector<HeaderFunction> &functions,
                       const ObjectOptions &options);

} // namespace actin::tool

#endif // ACTIN_TOOLS_CHEADER_H
