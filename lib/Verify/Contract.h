//===- Contract.h - How exact a kernel must be, and is ----------*- C++ -*-===//
//
// The one place that knows the accuracy contract. In: a result and the exact
// value. Out: how far they are apart, and whether that is allowed.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_VERIFY_CONTRACT_H
#define ACTIN_VERIFY_CONTRACT_H

#include "actin/KernelOptions.h"
#include "actin/Verify.h"

namespace actin {

/// Of IEEE shape: exponents of the smallest and largest normal number, bits of
/// the significand.
struct NumberFormat {
  int precision, minExponent, maxExponent;
};
const NumberFormat &getNumberFormat(DataType type);

/// high + low, high the nearest double; infinite beyond the type's range.
struct ExactValue {
  double high = 0, low = 0;
};

/// The distance between neighbours of `value` in `type`.
double getUlp(double value, DataType type);
/// The nearest number of `type`.
double roundTo(double value, DataType type);
/// Whether `value` becomes an infinity in `type`.
bool overflows(double value, DataType type);

enum class Fault : uint8_t {
  None,
  NaN,      ///< Where a number belongs.
  Infinity, ///< Where a finite number belongs.
};

/// How far a result is from the exact value, which is no NaN. An infinity
/// counts as the number after the largest.
struct Deviation {
  double ulps = 0;     ///< Infinite for a fault.
  double absolute = 0; ///< 0 where either is infinite.
  Fault fault = Fault::None;
};
Deviation measure(double actual, const ExactValue &exact, DataType type);

/// The bound for one kind of output. `isValue`: y itself, not a derivative.
ErrorBound getContractBound(ContractRow row, bool isValue,
                            const CompileOptions &options);

/// Whether the bound's ulps or its part for ill-conditioned places allow the
/// deviation; `condition` is |f(x)| + sum of |x df/dx|, at least 0.
bool isWithin(const Deviation &deviation, const ErrorBound &bound,
              double condition = 0);

} // namespace actin

#endif // ACTIN_VERIFY_CONTRACT_H
