//===- ExactFormula.cpp - The exact value of a formula at a point ---------===//

#include "Verify/ExactFormula.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace actin {

static constexpr mpfr_prec_t leastPrecision = 96, maxPrecision = 8192;

/// Bounds closer than 2^-this ulp are one number.
static constexpr int spareBits = 12;

/// Powers of two that stand for infinity: far beyond every double, and small
/// enough that their exponentials have digits.
static constexpr long infinities[] = {1200, 2400};
/// In place of those: infinity itself.
static constexpr long trueInfinity = 0;

ExactFormula::ExactFormula(const Expr &body, DataType type)
    : graph(body.getGraph()), root(body.getId()), type(type),
      order(graph->listReachable(root)), values(root + 1) {}

static void encloseArgument(Enclosure &result, double argument, long infinity) {
  result.isLimit = std::isinf(argument);
  if (result.isLimit && infinity != trueInfinity) {
    result.lower.setPowerOfTwo(infinity);
    if (argument < 0)
      result.lower.negate();
    result.upper = result.lower;
    result.state = Enclosure::State::Bounded;
    return;
  }
  encloseConstant(result, Real(argument));
}

/// Whether the bounds are within a small part of the last place of `type`.
bool ExactFormula::isNarrow(const Enclosure &result) const {
  const NumberFormat &format = getNumberFormat(type);
  if (result.lower.isInfinite() || result.upper.isInfinite())
    return result.isPoint();
  BigReal width, negative = result.lower;
  negative.negate();
  add(width, result.upper, negative, MPFR_RNDU);
  if (!width.isRegular())
    return true;
  int64_t magnitude = format.minExponent;
  for (const BigReal *bound : {&result.lower, &result.upper})
    if (bound->isRegular())
      magnitude = std::max(magnitude, bound->getExponent() - 1);
  return width.getExponent() <= magnitude - (format.precision - 1) - spareBits;
}

/// Whether the whole of `result` is beyond the largest number of `type`.
static bool isOverflow(const Enclosure &result, DataType type) {
  auto isBeyond = [&](const BigReal &bound) {
    return bound.isInfinite() ||
           (bound.isRegular() &&
            bound.getExponent() > getNumberFormat(type).maxExponent + 1);
  };
  return result.lower.getSign() == result.upper.getSign() &&
         isBeyond(result.lower) && isBeyond(result.upper);
}

ExactResult ExactFormula::toResult(const Enclosure &result) const {
  ExactResult exact;
  if (result.state == Enclosure::State::Undefined)
    exact.kind = ExactResult::Kind::Undefined;
  if (!result.isBounded())
    return exact;
  if (isOverflow(result, type)) {
    exact.kind = ExactResult::Kind::Number;
    exact.value.high = std::copysign(INFINITY, result.lower.getSign());
    return exact;
  }
  if (!isNarrow(result))
    return exact;
  exact.kind = ExactResult::Kind::Number;
  exact.value.high = result.lower.toDouble(MPFR_RNDN);
  if (!std::isfinite(exact.value.high))
    return exact;
  BigReal negative, rest;
  negative.set(-exact.value.high, MPFR_RNDN);
  add(rest, result.lower, negative, MPFR_RNDN);
  exact.value.low = rest.toDouble(MPFR_RNDN);
  return exact;
}

ExactResult ExactFormula::evaluateOnce(llvm::ArrayRef<double> arguments,
                                       long infinity) {
  ComputeType compute = getComputeType(type) == DataType::F64
                            ? ComputeType::F64
                            : ComputeType::F32;
  llvm::SmallVector<const Enclosure *, 3> operands;
  for (NodeId id : order) {
    const ExprNode &node = graph->getNode(id);
    Enclosure &value = values[id];
    if (node.kind == ExprKind::Argument) {
      encloseArgument(value, arguments[node.index], infinity);
    } else if (node.kind == ExprKind::Constant) {
      encloseConstant(value, graph->getConstant(id));
    } else if (node.kind == ExprKind::ExpMax || node.kind == ExprKind::ExpMin) {
      encloseConstant(value, getExpLimit(node.kind, compute));
    } else {
      operands.clear();
      for (NodeId operand : node.operands)
        operands.push_back(&values[operand]);
      enclose(value, node.kind, operands);
    }
  }
  return toResult(values[root]);
}

ExactResult ExactFormula::evaluateAt(llvm::ArrayRef<double> arguments,
                                     long infinity) {
  // Neighbouring points need about the same precision.
  mpfr_prec_t start = std::max(leastPrecision, precision / 2);
  for (mpfr_prec_t p = start; p <= maxPrecision; p *= 2) {
    if (p != precision)
      for (NodeId id : order)
        values[id].setPrecision(p);
    precision = p;
    ExactResult result = evaluateOnce(arguments, infinity);
    if (result.kind != ExactResult::Kind::Undecided)
      return result;
  }
  return {};
}

/// Whether `argument` leaves no doubt that an infinity is far larger, and its
/// reciprocal far smaller.
static bool isModerate(double argument) {
  double magnitude = std::fabs(argument);
  return std::isinf(argument) || argument == 0 ||
         (magnitude > 0x1p-4 && magnitude < 0x1p4);
}

/// True for a product of 0 and infinity, or the like: infinite next to the
/// argument that is 0.
bool ExactFormula::isInfiniteBesideZero(llvm::ArrayRef<double> arguments) {
  if (!llvm::is_contained(arguments, 0.0))
    return false;
  return llvm::any_of(std::array<double, 2>{-0x1p-3, 0x1p-3}, [&](double near) {
    llvm::SmallVector<double> moved(arguments);
    llvm::replace(moved, 0.0, near);
    ExactResult result = evaluateAt(moved, trueInfinity);
    return result.isNumber() && std::isinf(result.value.high);
  });
}

ExactResult ExactFormula::evaluate(llvm::ArrayRef<double> arguments) {
  ExactResult result = evaluateAt(arguments, trueInfinity);
  if (llvm::none_of(arguments, [](double x) { return std::isinf(x); }))
    return result;
  if (result.isNumber() && !std::isinf(result.value.high) &&
      isInfiniteBesideZero(arguments)) {
    result.kind = ExactResult::Kind::Undefined;
    return result;
  }
  if (result.isNumber())
    return result;
  // No limit, or one of the kind 0 * inf: what far numbers agree upon.
  result.kind = ExactResult::Kind::Undefined;
  if (!llvm::all_of(arguments, isModerate))
    return result;
  ExactResult first = evaluateAt(arguments, infinities[0]);
  ExactResult second = evaluateAt(arguments, infinities[1]);
  bool agree =
      first.isNumber() && second.isNumber() &&
      roundTo(first.value.high, type) == roundTo(second.value.high, type);
  return agree ? second : result;
}

} // namespace actin
