//===- LeavesF64.cpp - Where f64 is not wide enough -----------------------===//

#include "Lowering/LeavesF64.h"

#include "Lowering/ErrorBudget.h"
#include "Lowering/LoweredValues.h"
#include "Lowering/OperationForms.h"
#include "Lowering/SampledFunction.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace actin {

namespace {

/// Holds a function's values to the range of f64.
class HeldFunction {
public:
  using Place = SampledFunction<long double>::Place;
  using Number = long double; ///< Of more range than f64.

  explicit HeldFunction(mlir::func::FuncOp kernel)
      : function(kernel), keepsTails(hasSeveralInputs(kernel)) {}

  bool losesResult() {
    for (Place place : listPlaces()) {
      function.evaluateAt(place, [](unsigned, Number value) { return value; });
      llvm::SmallVector<Number> exact = getResults();
      function.evaluateAt(place, [&](unsigned node, Number value) {
        return hold(node, value);
      });
      for (auto [result, held] : llvm::zip_equal(exact, getResults()))
        if (!isClose(held, result))
          return true;
    }
    return false;
  }

private:
  std::vector<Place> listPlaces() const {
    // Exponentials leave the range of f64 from 745 on, and that of `Number`
    // from 11,000 on; powers and their quotients do so at the ends.
    static constexpr Number magnitudes[] = {
        0x1p-149L, 0x1p-100L, 13.7L,   190.0L, 400.0L,
        730.0L,    1600.0L,   5600.0L, 1e20L,  3.4e38L};
    // Of several inputs one may grow where another one vanishes.
    static constexpr Number others[] = {1, -1, 2300, -2300};
    size_t numOthers = function.getInputs().size() > 1 ? 4 : 2;
    std::vector<Place> places;
    for (unsigned input : function.getInputs())
      for (Number magnitude : magnitudes)
        for (Number sign : {1, -1})
          for (size_t k = 0; k != numOthers; ++k)
            places.push_back(
                {input, sign * magnitude, others[k], k % 2 == 0 ? 1.0L : 3.0L});
    return places;
  }

  llvm::SmallVector<Number> getResults() const {
    llvm::SmallVector<Number> results;
    for (const auto &result : function.getResults())
      results.push_back(function.getValue(result.node));
    return results;
  }

  /// As f64 has it. An infinity beside 0 is a large number, as the lowering
  /// makes it; of two nothing is left.
  Number hold(unsigned index, Number value) const {
    const auto &node = function.getNode(index);
    if (std::isnan(value))
      return node.kind == ExprKind::Mul && !hasNaNOperand(node) ? Number(0)
                                                                : value;
    Number magnitude = std::fabs(value);
    if (keepsTails && isPositiveTail(node.value))
      return std::min(std::max(value, Number(leastWideTail)),
                      Number(largestWideGrowth));
    constexpr Number infinity = std::numeric_limits<Number>::infinity();
    Number held =
        magnitude > f64Format.largest ? infinity
        : magnitude < Number(f64Format.smallestNormal) * f64Format.unitRoundoff
            ? Number(0)
            : magnitude;
    return std::copysign(held, value);
  }

  bool hasNaNOperand(const SampledFunction<Number>::Node &node) const {
    return llvm::any_of(
        llvm::ArrayRef(node.operands).take_front(node.numOperands),
        [&](unsigned operand) {
          return std::isnan(function.getValue(operand));
        });
  }

  /// As numbers of f32; no statement where `exact` is beyond all numbers.
  static bool isClose(Number held, Number exact) {
    if (!std::isfinite(exact))
      return true;
    if (std::fabs(exact) > f32Format.largest)
      return std::fabs(held) > f32Format.largest;
    return std::fabs(held - exact) <=
           std::max(std::fabs(exact) / 1024, Number(f32Format.smallestNormal));
  }

  SampledFunction<Number> function;
  bool keepsTails;
};

} // namespace

bool leavesF64(mlir::func::FuncOp kernel) {
  return HeldFunction(kernel).losesResult();
}

} // namespace actin
