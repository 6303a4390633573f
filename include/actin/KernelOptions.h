//===- KernelOptions.h - What a kernel computes, and how --------*- C++ -*-===//

#ifndef ACTIN_KERNELOPTIONS_H
#define ACTIN_KERNELOPTIONS_H

#include "actin/Tensor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace actin {

/// What one kernel computes; any combination, in one pass over memory.
struct KernelOutputs {
  /// The value y.
  bool forward = true;
  /// Names of inputs and parameters whose gradient is wanted. An input's is
  /// elementwise, dout * dy/dname; a parameter's is the sum of dout *
  /// dy/dname over all elements (scalar) or over one channel.
  std::vector<std::string> gradients;
  /// Names of inputs whose second derivative d2y/dname2 is wanted
  /// (elementwise, not multiplied by dout).
  std::vector<std::string> seconds;

  bool operator==(const KernelOutputs &) const = default;
};

enum class MathMode : uint8_t { Accurate, Fast };
enum class StabilizeMode : uint8_t { Auto, Off };

struct CompileOptions {
  DataType type = DataType::F32;
  /// `native` (resolved when compiling), `x86-64-v2`, `x86-64-v3`,
  /// `x86-64-v4`, or a CPU name that LLVM knows.
  std::string target = "native";
  MathMode math = MathMode::Accurate;
  StabilizeMode stabilize = StabilizeMode::Auto;

  bool operator==(const CompileOptions &) const = default;
};

} // namespace actin

#endif // ACTIN_KERNELOPTIONS_H
