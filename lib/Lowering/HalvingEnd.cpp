//===- HalvingEnd.cpp - What functions vanish as --------------------------===//

#include "Lowering/HalvingEnd.h"

#include <cmath>

namespace actin {

double HalvingEnd::getFactor(double x) const {
  if (!tail)
    return scale;
  double y = scale * std::exp2(-std::fabs(x) / step);
  return scale *
         (x + tail->shift + y * (tail->squareSlope * x + tail->squareConstant));
}

namespace {
/// Sees a function at whole steps.
struct EndFinder {
  llvm::function_ref<double(double)> function;
  double step;
  int sign;
  double tolerance;

  static constexpr int far = 100;

  double getPlace(int n) const { return sign * n * step; }
  double getGrown(int n) const { return std::ldexp(function(getPlace(n)), n); }
  HalvingEnd findLeading() const;
  void addSquare(HalvingEnd &end) const;
  bool holds(const HalvingEnd &end, int from) const;
};
} // namespace

HalvingEnd EndFinder::findLeading() const {
  double limit = getGrown(far);
  double slope =
      (limit - getGrown(far / 2)) / (getPlace(far) - getPlace(far / 2));
  if (std::fabs(slope * getPlace(far)) <= tolerance * std::fabs(limit))
    return {step, limit, std::nullopt};
  double shift = limit / slope - getPlace(far);
  return {step, slope, Pieces::Tail{std::fabs(shift) < 0x1p-30 ? 0.0 : shift}};
}

/// Where y^2 shows, but y^3 hardly.
void EndFinder::addSquare(HalvingEnd &end) const {
  auto getSquare = [&](int n) {
    double y = std::ldexp(end.scale, -n);
    return (function(getPlace(n)) / y - getPlace(n) - end.tail->shift) / y;
  };
  constexpr int near = 20, further = 24;
  double value = getSquare(near);
  double slope =
      (getSquare(further) - value) / (getPlace(further) - getPlace(near));
  end.tail->squareSlope = slope;
  end.tail->squareConstant = value - slope * getPlace(near);
}

bool EndFinder::holds(const HalvingEnd &end, int from) const {
  // A root must not be near.
  if (end.tail && !(sign * (getPlace(from) + end.tail->shift) > step))
    return false;
  for (int n = from; n <= far; ++n) {
    double factor = end.getFactor(getPlace(n));
    if (!(std::fabs(getGrown(n) - factor) <= tolerance * std::fabs(factor)))
      return false;
  }
  return true;
}

std::optional<HalvingEnd>
findHalvingEnd(llvm::function_ref<double(double)> function, double step,
               int sign, int from, double tolerance) {
  EndFinder finder{function, step, sign, tolerance};
  HalvingEnd end = finder.findLeading();
  if (end.tail && !finder.holds(end, from))
    finder.addSquare(end);
  if (!finder.holds(end, from))
    return std::nullopt;
  if (end.tail)
    end.tail = {float(end.tail->shift), float(end.tail->squareSlope),
                float(end.tail->squareConstant)};
  return end;
}

} // namespace actin
