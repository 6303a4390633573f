//===- Audit.h - What can go wrong in a formula as it is written *- C++ -*-===//
//
// For every sub-expression: which values it takes over all finite inputs of the
// compute type, and whether evaluating it as written would overflow, underflow
// or cancel; for every clamp, what it changes.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_AUDIT_H
#define ACTIN_AUDIT_H

#include "actin/Expr.h"

namespace actin {

struct AuditOptions {
  bool isF64 = false;             ///< The compute type; else f32.
  std::vector<double> parameters; ///< One a parameter, finite.
};

enum class HazardKind : uint8_t {
  Overflow,     ///< Finite operands, a result beyond the type's largest number.
  Underflow,    ///< A result below the smallest normal number.
  Cancellation, ///< The operands' rounding errors are blown up.
  Pole,
  Undefined, ///< An argument outside of a function's domain.
};

/// Found at a sampled input, so that it does happen; `at` is the place nearest
/// to 0, for a cancellation the worst one.
struct Hazard {
  HazardKind kind;
  std::vector<double> at; ///< The inputs.
  double bitsLost = 0;    ///< Cancellation.
};

struct AuditedNode {
  SourceLocation location;
  std::string text;
  /// Proven to hold every value; ends beyond f64 are infinite.
  double lower, upper;
  std::vector<Hazard> hazards;
};

/// What one bound of a clamp does, over the sampled inputs; those at infinity
/// (as limits) count where no finite one is changed.
struct ClampEffect {
  int numActive = 0;  ///< Inputs beyond the bound.
  int numChanged = 0; ///< Whose result is off by more than 2 ulp for that.
  // Where numChanged > 0, the change nearest to 0 and the largest in ulp:
  std::vector<double> firstAt, worstAt;
  double worstClamped = 0, worstExact = 0; ///< Results, with and without.
  double worstUlps = 0;
};

/// What is proven of it: Compiler::listRewrites.
struct AuditedClamp {
  SourceLocation location;
  std::string text;
  ClampEffect lower, upper;
};

struct AuditReport {
  std::vector<AuditedNode> nodes; ///< Operands before their users.
  std::vector<AuditedClamp> clamps;
  bool isComplete = true; ///< False where the formula is too long to list.
};

/// Takes some seconds at the most. Errors: parameters that do not fit.
Expected<AuditReport> audit(const Activation &activation,
                            const AuditOptions &options);

} // namespace actin

#endif // ACTIN_AUDIT_H
