//===- CacheKey.h - What makes two kernels the same -------------*- C++ -*-===//

#ifndef ACTIN_CACHE_CACHEKEY_H
#define ACTIN_CACHE_CACHEKEY_H

#include "Lowering/KernelCall.h"
#include "actin/Compiler.h"

#include <string>

namespace actin {

/// Every fact that the machine code depends on; two kernels with equal keys are
/// interchangeable.
struct CacheKey {
  std::string formula; ///< Canonical text of the activation.
  KernelOutputs outputs;
  DataType type = DataType::F32;
  IterationSpace space = IterationSpace::Flat;
  bool streaming = false;
  std::string triple, cpu, features; ///< Resolved; never "native".
  MathMode math = MathMode::Accurate;
  StabilizeMode stabilize = StabilizeMode::Auto;

  /// The fields, named, one a line, with the versions of Actin and LLVM. Equal
  /// keys and no others give equal texts.
  std::string toString() const;
};

} // namespace actin

#endif // ACTIN_CACHE_CACHEKEY_H
