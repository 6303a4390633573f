//===- ConstantDivision.cpp - Division without a division -----------------===//

#include "Lowering/ConstantDivision.h"

#include <cmath>

namespace actin {

bool isDivisorInvertible(const Real &divisor) {
  double magnitude = std::fabs(divisor.toDouble());
  return magnitude > 0x1p-60 && magnitude < 0x1p60;
}

Value divideByConstant(VectorBuilder &b, Value x, const Real &divisor) {
  Real inverse = Real(1.0) / divisor;
  bool f64 = VectorBuilder::isF64(x);
  auto round = [&](const Real &value) {
    return f64 ? value.toDouble() : double(value.toFloat());
  };
  double high = round(inverse);
  if (std::fabs(high) > std::fabs(inverse.toDouble()) ||
      (inverse - Real(high)).isNegative() != inverse.isNegative()) {
    double toward = 0.0;
    if (!(Real(high) == inverse))
      high = f64 ? std::nextafter(high, toward)
                 : std::nextafter(float(high), float(toward));
  }
  double low = round(inverse - Real(high));
  Value head = b.like(x, high);
  return low == 0.0 ? b.mul(x, head) : b.fma(x, head, b.mul(x, b.like(x, low)));
}

} // namespace actin
