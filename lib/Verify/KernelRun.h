//===- KernelRun.h - All kernels of an activation on some numbers *- C++
//-*-===//
//
// In: inputs. Out: every output, each the result of the kernel that a user
// would have it from.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_KERNELRUN_H
#define ACTIN_VERIFY_KERNELRUN_H

#include "actin/Compiler.h"

#include <cstddef>
#include <memory>

namespace actin {

enum class OutputRole : uint8_t {
  Value,
  InputGradient,
  ParameterGradient,
  SecondDerivative,
};

struct OutputSpec {
  OutputRole role = OutputRole::Value;
  std::string argument; ///< What it is derived by.

  /// "value", "gradient x", "second derivative x".
  std::string getName() const;
};

/// y, the gradients of the inputs, of the parameters, and the second
/// derivatives.
std::vector<OutputSpec> listOutputs(const Activation &activation,
                                    bool withParameters, bool withSeconds);

/// The type of an output's elements in kernels of `type`.
DataType getOutputType(const OutputSpec &output, DataType type);

/// Compiled code for a list of outputs. Thread-safe.
class KernelSet {
public:
  /// Value and derivatives each from a kernel of its own, or (`fused`) all from
  /// one, which cannot have gradients of parameters. Errors: `compile`'s.
  static Expected<KernelSet> compile(Compiler &compiler,
                                     const Activation &activation,
                                     const std::vector<OutputSpec> &outputs,
                                     const CompileOptions &options, bool fused);

private:
  friend class KernelRun;
  struct Entry {
    Kernel kernel;
    KernelOutputs outputs;
    /// For each result, forward, gradients, seconds: the number of the output.
    std::vector<size_t> results;
    bool ofSingleElements = false; ///< It sums over elements.
  };

  DataType type = DataType::F32;
  size_t numInputs = 0;
  std::vector<OutputSpec> outputs;
  std::vector<Entry> entries;
};

/// Buffers for up to `capacity` elements, and calls on them. Not thread-safe.
class KernelRun {
public:
  /// `kernels` must outlive this.
  KernelRun(const KernelSet &kernels, size_t capacity,
            const std::vector<double> &parameters);

  std::byte *getInput(size_t index) { return inputs[index].data(); }
  const std::byte *getOutput(size_t index) const {
    return results[index].data();
  }
  void setInput(size_t index, size_t element, double value);
  double getResult(size_t output, size_t element) const;

  /// All kernels on the first `count` elements.
  Expected<void> run(size_t count);

private:
  Expected<void> run(const KernelSet::Entry &entry, size_t first, size_t count);

  const KernelSet &kernels;
  std::vector<std::vector<std::byte>> inputs, parameters, results;
  std::vector<std::byte> ones;
};

} // namespace actin

#endif // ACTIN_VERIFY_KERNELRUN_H
