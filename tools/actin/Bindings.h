//===- Bindings.h - NAME=VALUE flags against a signature --------*- C++ -*-===//
//
// --in x=x.npy, --param beta=1.5, --grad x=dx.npy, --second x=d2x.npy: split,
// checked against the activation's inputs and parameters, put in order.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TOOLS_BINDINGS_H
#define ACTIN_TOOLS_BINDINGS_H

#include "actin/Expr.h"

#include <string>
#include <vector>

namespace actin::tool {

struct Binding {
  std::string name;
  std::string value;
};

/// The flags as given.
struct BindingFlags {
  std::vector<std::string> inputs;
  std::vector<std::string> parameters;
  std::vector<std::string> gradients;
  std::vector<std::string> seconds;
};

/// The flags against the signature of one activation.
struct Bindings {
  std::vector<std::string> inputs;     ///< A path an input, all or none.
  std::vector<std::string> parameters; ///< A value a parameter; empty: default.
  std::vector<Binding> gradients;      ///< As given.
  std::vector<Binding> seconds;
};

/// Throws ToolError (bad command line): a flag without '=', a name that the
/// activation does not have or that is given twice, an input without an array
/// while another has one, with arrays a parameter without a value or default.
/// Where `allowBareNames`, a gradient may be asked for by its name alone.
Bindings bind(const BindingFlags &flags, const Activation &activation,
              bool allowBareNames);

/// The numbers that --param flags give, the default for the others. Throws
/// ToolError (bad command line): as above, a value that is no finite number, a
/// parameter without a value or default.
std::vector<double> bindNumbers(const std::vector<std::string> &flags,
                                const Activation &activation);

} // namespace actin::tool

#endif // ACTIN_TOOLS_BINDINGS_H
