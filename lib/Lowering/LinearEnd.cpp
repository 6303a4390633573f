//===- LinearEnd.cpp - Functions that become linear -----------------------===//

#include "Lowering/LinearEnd.h"

#include <cmath>

namespace actin {

std::optional<LinearEnd>
findLinearEnd(llvm::function_ref<double(double)> function, int sign, double end,
              double tolerance) {
  bool isOpen = std::isinf(end);
  double far = isOpen ? 128 : end, near = 0.75 * far;
  auto evaluate = [&](double x) { return function(sign * x); };
  double farValue = evaluate(far), nearValue = evaluate(near);
  LinearEnd line;
  line.c1 = (farValue - nearValue) / (sign * (far - near));
  line.c0 = farValue - line.c1 * sign * far;
  // What is left of a constant's cancellation.
  if (std::fabs(line.c1 * far) <= 0x1p-40 * std::fabs(farValue))
    line = {0, farValue, 0};
  if (std::fabs(line.c0) <= 0x1p-44 * std::fabs(farValue))
    line.c0 = 0;
  auto isLinear = [&](double x) {
    double value = evaluate(x);
    return std::fabs(value - (line.c0 + line.c1 * sign * x)) <=
           tolerance * std::fabs(value);
  };
  if (!std::isfinite(line.c0) || !std::isfinite(line.c1))
    return std::nullopt;
  for (double x = far; isOpen && x < 0x1p100; x *= 4)
    if (!isLinear(x))
      return std::nullopt;
  for (double x = far; x > 0.25 && isLinear(x); x /= 1.1)
    line.from = x;
  return line.from == 0 || line.from > 0.8 * far ? std::nullopt
                                                 : std::optional(line);
}

} // namespace actin
