//===- CacheKey.h - What makes two kernels the same -------------*- C++ -*-===//

#ifndef ACTIN_CACHE_CACHEKEY_H
#define ACTIN_CACHE_CACHEKEY_H

#include "actin/Compiler.h"
#include "actin/KernelCall.h"

#include <optional>
#include <string>
#include <string_view>

namespace actin {

using CacheKeyFields = std::vector<std::pair<std::string, std::string>>;

/// Every fact that the machine code depends on; two kernels with equal keys are
/// interchangeable.
struct CacheKey {
  std::string formula; ///< Canonical text of the activation.
  KernelOutputs outputs;
  DataType type = DataType::F32;
  IterationSpace space = IterationSpace::Flat;
  bool streaming = false;
  std::string triple, cpu, features; ///< Resolved; never "native".
  std::vector<std::string> required; ///< Instruction set extensions, sorted.
  MathMode math = MathMode::Accurate;
  StabilizeMode stabilize = StabilizeMode::Auto;

  /// The fields with their names, and the versions of Actin and LLVM.
  CacheKeyFields getFields() const;
  /// The fields as text, one a line. Equal keys and no others give equal texts.
  std::string toString() const;
  /// The fields of a text that `toString` made; nullopt for any other text.
  static std::optional<CacheKeyFields> parseFields(std::string_view text);
};

} // namespace actin

#endif // ACTIN_CACHE_CACHEKEY_H
