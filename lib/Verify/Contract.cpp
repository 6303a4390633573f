//===- Contract.cpp - How exact a kernel must be, and is ------------------===//

#include "Verify/Contract.h"

#include "actin/Elements.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace actin {

const NumberFormat &getNumberFormat(DataType type) {
  static constexpr NumberFormat f32 = {24, -126, 127}, f64 = {53, -1022, 1023},
                                f16 = {11, -14, 15}, bf16 = {8, -126, 127};
  switch (type) {
  case DataType::F64:
    return f64;
  case DataType::F16:
    return f16;
  case DataType::BF16:
    return bf16;
  case DataType::F32:
    break;
  }
  return f32;
}

double getUlp(double value, DataType type) {
  const NumberFormat &format = getNumberFormat(type);
  int exponent = value == 0 ? format.minExponent : std::ilogb(value);
  exponent = std::clamp(exponent, format.minExponent, format.maxExponent);
  return std::ldexp(1.0, exponent - format.precision + 1);
}

static double getLargest(DataType type) {
  const NumberFormat &format = getNumberFormat(type);
  return std::ldexp(2 - std::ldexp(1.0, 1 - format.precision),
                    format.maxExponent);
}

double roundTo(double value, DataType type) {
  if (type == DataType::F64)
    return value;
  std::byte element[8];
  storeElement(element, type, value);
  return loadElement(element, type);
}

bool overflows(double value, DataType type) {
  if (type == DataType::F64)
    return std::isinf(value);
  double largest = getLargest(type);
  return std::fabs(value) >= largest + getUlp(largest, type) / 2;
}

Deviation measure(double actual, const ExactValue &exact, DataType type) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (std::isnan(actual))
    return {infinity, 0, Fault::NaN};
  double largest = getLargest(type);
  if (overflows(exact.high, type)) {
    // The number after the largest is what is wanted.
    double towards = std::copysign(1.0, exact.high) * actual;
    if (std::isinf(actual))
      return towards > 0 ? Deviation()
                         : Deviation{infinity, 0, Fault::Infinity};
    return {(largest - towards) / getUlp(largest, type) + 1, 0, Fault::None};
  }
  if (std::isinf(actual))
    return {infinity, 0, Fault::Infinity};
  double absolute = std::fabs(actual - exact.high - exact.low);
  return {absolute / getUlp(exact.high, type), absolute, Fault::None};
}

ErrorBound getContractBound(ContractRow row, bool isValue,
                            const CompileOptions &options) {
  DataType type = options.type;
  double halfUlp = std::ldexp(1.0, type == DataType::F64 ? -53 : -24);
  ErrorBound bound;
  if (options.math == MathMode::Fast) {
    bound.ulps = 4;
    bound.absolute = 2 * halfUlp;
    return bound;
  }
  bool isNarrow = type == DataType::F16 || type == DataType::BF16;
  bound.ulps = isNarrow ? 0.51 : row == ContractRow::Named ? 2 : 4;
  if (row == ContractRow::Other) {
    bound.conditioned = 4 * halfUlp;
    bound.roundingUlps = isNarrow ? 0.5 : 0;
  }
  if (!isValue) {
    bound.absolute = type == DataType::F16    ? 0x1p-12
                     : type == DataType::BF16 ? 0x1p-9
                                              : halfUlp;
    bound.absoluteNextToRootOnly = true;
  }
  return bound;
}

bool isWithin(const Deviation &deviation, const ErrorBound &bound,
              double condition) {
  if (deviation.fault != Fault::None)
    return false;
  if (deviation.ulps <= bound.ulps ||
      (!bound.absoluteNextToRootOnly && deviation.absolute > 0 &&
       deviation.absolute <= bound.absolute))
    return true;
  if (bound.conditioned == 0 || deviation.absolute == 0)
    return false;
  double rounding = bound.roundingUlps * deviation.absolute / deviation.ulps;
  return deviation.absolute <= rounding + bound.conditioned * condition;
}

} // namespace actin
