//===- Operands.h - Arrays for one kernel call ------------------*- C++ -*-===//

#ifndef ACTIN_TOOLS_OPERANDS_H
#define ACTIN_TOOLS_OPERANDS_H

#include "Bindings.h"
#include "Npy.h"

#include <optional>

namespace actin::tool {

/// What a kernel reads, owned.
struct Operands {
  DataType type = DataType::F32;
  std::vector<NpyArray> inputs; ///< In declaration order.
  /// In declaration order, of the compute type; nullopt: the declared default.
  std::vector<std::optional<NpyArray>> parameters;
  std::optional<NpyArray> dout;
};

/// Reads the arrays of `bindings`, which must name one for every input.
/// `doutPath` may be empty: then, if `needsDout`, dout is all ones. A
/// parameter's value is a number or, failing that, a file; it is converted to
/// the compute type. Throws ToolError: unreadable files, inputs or dout whose
/// types or shapes differ, a type that contradicts `requested`.
Operands readOperands(const Activation &activation, const Bindings &bindings,
                      const std::string &doutPath, bool needsDout,
                      std::optional<DataType> requested);

/// The parameter of that name; nullptr if there is none.
const Parameter *findParameter(const Activation &activation,
                               const std::string &name);

/// Channels of a tensor: 1 below rank 2, else the size of the axis (negative
/// axes count from the end). Throws ToolError for an axis that does not exist.
int64_t countChannels(const std::vector<int64_t> &shape, int64_t channelAxis);

} // namespace actin::tool

#endif // ACTIN_TOOLS_OPERANDS_H
