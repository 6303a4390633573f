//===- EvaluateNode.cpp - The values of nodes -----------------------------===//

#include "Expr/EvaluateNode.h"

#include <cfloat>
#include <cmath>
#include <compare>
#include <limits>
#include <numbers>

namespace actin {

//===----------------------------------------------------------------------===//
// What differs between exact numbers and estimates
//===----------------------------------------------------------------------===//

static bool isTruth(const Real &value) { return !value.isZero(); }

static std::partial_ordering order(const Real &a, const Real &b) {
  switch (a.getValue().compare(b.getValue())) {
  case llvm::APFloat::cmpLessThan:
    return std::partial_ordering::less;
  case llvm::APFloat::cmpEqual:
    return std::partial_ordering::equivalent;
  case llvm::APFloat::cmpGreaterThan:
    return std::partial_ordering::greater;
  case llvm::APFloat::cmpUnordered:
    break;
  }
  return std::partial_ordering::unordered;
}

/// NaN if either is.
static Real smaller(const Real &a, const Real &b) {
  return a.isNaN() || !(b < a || b.isNaN()) ? a : b;
}
static Real larger(const Real &a, const Real &b) {
  return a.isNaN() || !(a < b || b.isNaN()) ? a : b;
}

static Real evaluateLeaf(ExprKind kind, const Real *) {
  return Real(std::log(kind == ExprKind::ExpMax ? DBL_MAX : DBL_MIN));
}
static Real evaluateFunction(ExprKind kind, const Real &x) {
  return evaluateUnary(getFunctionName(kind).str(), x);
}

namespace {
template <typename T> T normalCdf(T x) {
  return T(0.5) * std::erfc(-x * T(std::numbers::sqrt2_v<T> / 2));
}
template <typename T> T normalPdf(T x) {
  return std::exp(T(-0.5) * x * x) *
         T(std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>);
}
template <typename T> T logistic(T x) {
  T z = std::exp(-std::fabs(x));
  return (x > 0 ? T(1) : z) / (1 + z);
}
template <typename T> T softplus(T x) {
  return std::fmax(x, T(0)) + std::log1p(std::exp(-std::fabs(x)));
}

template <typename T> T evaluateFunction(ExprKind kind, T x) {
  switch (kind) {
  case ExprKind::Exp:
    return std::exp(x);
  case ExprKind::Exp2:
    return std::exp2(x);
  case ExprKind::Expm1:
    return std::expm1(x);
  case ExprKind::Log:
    return std::log(x);
  case ExprKind::Log2:
    return std::log2(x);
  case ExprKind::Log10:
    return std::log10(x);
  case ExprKind::Log1p:
    return std::log1p(x);
  case ExprKind::Sqrt:
    return std::sqrt(x);
  case ExprKind::Rsqrt:
    return 1 / std::sqrt(x);
  case ExprKind::Abs:
    return std::fabs(x);
  case ExprKind::Sign:
    return x > 0 ? T(1) : x < 0 ? T(-1) : x;
  case ExprKind::Floor:
    return std::floor(x);
  case ExprKind::Ceil:
    return std::ceil(x);
  case ExprKind::Round:
    return std::nearbyint(x);
  case ExprKind::Sin:
    return std::sin(x);
  case ExprKind::Cos:
    return std::cos(x);
  case ExprKind::Tan:
    return std::tan(x);
  case ExprKind::Asin:
    return std::asin(x);
  case ExprKind::Acos:
    return std::acos(x);
  case ExprKind::Atan:
    return std::atan(x);
  case ExprKind::Sinh:
    return std::sinh(x);
  case ExprKind::Cosh:
    return std::cosh(x);
  case ExprKind::Tanh:
    return std::tanh(x);
  case ExprKind::Asinh:
    return std::asinh(x);
  case ExprKind::Acosh:
    return std::acosh(x);
  case ExprKind::Atanh:
    return std::atanh(x);
  case ExprKind::Erf:
    return std::erf(x);
  case ExprKind::Erfc:
    return std::erfc(x);
  case ExprKind::Sigmoid:
    return logistic(x);
  case ExprKind::Logsigmoid:
    return -softplus(-x);
  case ExprKind::Softplus:
    return softplus(x);
  case ExprKind::Normcdf:
    return normalCdf(x);
  case ExprKind::Normpdf:
    return normalPdf(x);
  default:
    return std::numeric_limits<T>::quiet_NaN();
  }
}

/// d f(x)/dx, where v = f(x).
template <typename T> T differentiateFunction(ExprKind kind, T x, T v) {
  constexpr T ln2 = std::numbers::ln2_v<T>, ln10 = std::numbers::ln10_v<T>;
  switch (kind) {
  case ExprKind::Exp:
    return v;
  case ExprKind::Exp2:
    return v * ln2;
  case ExprKind::Expm1:
    return std::exp(x);
  case ExprKind::Log:
    return 1 / x;
  case ExprKind::Log2:
    return 1 / (x * ln2);
  case ExprKind::Log10:
    return 1 / (x * ln10);
  case ExprKind::Log1p:
    return 1 / (1 + x);
  case ExprKind::Sqrt:
    return T(0.5) / v;
  case ExprKind::Rsqrt:
    return T(-0.5) * v / x;
  case ExprKind::Abs:
    return x > 0 ? T(1) : T(-1);
  case ExprKind::Sin:
    return std::cos(x);
  case ExprKind::Cos:
    return -std::sin(x);
  case ExprKind::Tan:
    return 1 + v * v;
  case ExprKind::Asin:
    return 1 / std::sqrt((1 - x) * (1 + x));
  case ExprKind::Acos:
    return -1 / std::sqrt((1 - x) * (1 + x));
  case ExprKind::Atan:
    return 1 / (1 + x * x);
  case ExprKind::Sinh:
    return std::cosh(x);
  case ExprKind::Cosh:
    return std::sinh(x);
  case ExprKind::Tanh: {
    T z = std::exp(-2 * std::fabs(x));
    return 4 * z / ((1 + z) * (1 + z));
  }
  case ExprKind::Asinh:
    return 1 / std::hypot(T(1), x);
  case ExprKind::Acosh:
    return 1 / std::sqrt((x - 1) * (x + 1));
  case ExprKind::Atanh:
    return 1 / ((1 - x) * (1 + x));
  case ExprKind::Erf:
    return 2 * std::numbers::inv_sqrtpi_v<T> * std::exp(-x * x);
  case ExprKind::Erfc:
    return -2 * std::numbers::inv_sqrtpi_v<T> * std::exp(-x * x);
  case ExprKind::Sigmoid:
    return logistic(x) * logistic(-x);
  case ExprKind::Logsigmoid:
    return logistic(-x);
  case ExprKind::Softplus:
    return logistic(x);
  case ExprKind::Normcdf:
    return normalPdf(x);
  case ExprKind::Normpdf:
    return -x * v;
  default:
    return T(0); // sign, floor, ceil, round.
  }
}

template <typename T> bool isTruth(T value) { return value != T(0); }
template <typename T> std::partial_ordering order(T a, T b) { return a <=> b; }
template <typename T> T smaller(T a, T b) { return std::fmin(a, b); }
template <typename T> T larger(T a, T b) { return std::fmax(a, b); }
template <typename T> T pow(T base, T exponent) {
  return std::pow(base, exponent);
}

/// Of float where T is double, else of double.
template <typename T> T evaluateLeaf(ExprKind kind, const T *) {
  constexpr bool ofFloat = std::is_same_v<T, double>;
  return kind == ExprKind::ExpMax
             ? T(ofFloat ? 88.7228317L : 709.78271289338397L)
             : T(ofFloat ? -87.3365402L : -708.39641853226408L);
}
} // namespace

//===----------------------------------------------------------------------===//
// What is the same
//===----------------------------------------------------------------------===//

template <typename T> static T evaluate(ExprKind kind, llvm::ArrayRef<T> v) {
  switch (kind) {
  case ExprKind::ExpMax:
  case ExprKind::ExpMin:
    return evaluateLeaf(kind, static_cast<const T *>(nullptr));
  case ExprKind::Add:
    return v[0] + v[1];
  case ExprKind::Sub:
    return v[0] - v[1];
  case ExprKind::Mul:
    return v[0] * v[1];
  case ExprKind::Div:
    return v[0] / v[1];
  case ExprKind::Neg:
    return -v[0];
  case ExprKind::Pow:
    return pow(v[0], v[1]);
  case ExprKind::Min:
    return smaller(v[0], v[1]);
  case ExprKind::Max:
    return larger(v[0], v[1]);
  case ExprKind::Clip:
  case ExprKind::Clamp:
    return smaller(larger(v[0], v[1]), v[2]);
  case ExprKind::Where:
    return isTruth(v[0]) ? v[1] : v[2];
  case ExprKind::Less:
    return T(order(v[0], v[1]) < 0);
  case ExprKind::LessEqual:
    return T(order(v[0], v[1]) <= 0);
  case ExprKind::Greater:
    return T(order(v[0], v[1]) > 0);
  case ExprKind::GreaterEqual:
    return T(order(v[0], v[1]) >= 0);
  case ExprKind::Equal:
    return T(order(v[0], v[1]) == 0);
  case ExprKind::NotEqual:
    return T(order(v[0], v[1]) != 0);
  case ExprKind::And:
    return T(isTruth(v[0]) && isTruth(v[1]));
  case ExprKind::Or:
    return T(isTruth(v[0]) || isTruth(v[1]));
  case ExprKind::Not:
    return T(!isTruth(v[0]));
  default:
    return evaluateFunction(kind, v[0]);
  }
}

Real evaluateNode(ExprKind kind, llvm::ArrayRef<Real> v) {
  return evaluate(kind, v);
}

template <typename T> T estimateNode(ExprKind kind, llvm::ArrayRef<T> v) {
  return evaluate(kind, v);
}

template <typename T>
T differentiateNode(ExprKind kind, llvm::ArrayRef<T> v, T value, unsigned k) {
  T x = v[0], y = v.size() > 1 ? v[1] : T(0);
  switch (kind) {
  case ExprKind::Add:
    return T(1);
  case ExprKind::Sub:
    return k == 0 ? T(1) : T(-1);
  case ExprKind::Mul:
    return k == 0 ? y : x;
  case ExprKind::Div:
    return k == 0 ? 1 / y : -value / y;
  case ExprKind::Neg:
    return T(-1);
  case ExprKind::Pow:
    if (k == 1)
      return x > 0 ? value * std::log(x) : T(0);
    return x == T(0) ? T(0) : y * value / x;
  case ExprKind::Min:
  case ExprKind::Max:
    return value == (k == 0 ? x : y) ? T(1) : T(0);
  case ExprKind::Clip:
  case ExprKind::Clamp:
    return value == v[k] ? T(1) : T(0);
  case ExprKind::Where:
    return k == (x != T(0) ? 1u : 2u) ? T(1) : T(0);
  default:
    return isTruthValue(kind) ? T(0) : differentiateFunction(kind, x, value);
  }
}

template double estimateNode(ExprKind, llvm::ArrayRef<double>);
template long double estimateNode(ExprKind, llvm::ArrayRef<long double>);
template double differentiateNode(ExprKind, llvm::ArrayRef<double>, double,
                                  unsigned);
template long double differentiateNode(ExprKind, llvm::ArrayRef<long double>,
                                       long double, unsigned);

//===----------------------------------------------------------------------===//
// Constant formulas
//===----------------------------------------------------------------------===//

/// The value of a node whose operands have been looked at.
std::optional<Real> ConstantEvaluator::combine(NodeId id) {
  constexpr size_t maxEvaluations = 4096;
  const ExprNode &node = graph.getNode(id);
  if (node.kind == ExprKind::Constant)
    return graph.getConstant(id);
  if (node.kind == ExprKind::Argument)
    return std::nullopt;
  llvm::SmallVector<Real, 3> operands;
  for (NodeId operand : node.operands) {
    const std::optional<Real> &value = values[operand];
    if (!value)
      return std::nullopt;
    operands.push_back(*value);
  }
  if (++numEvaluations > maxEvaluations)
    return std::nullopt;
  return evaluateNode(node.kind, operands);
}

std::optional<Real> ConstantEvaluator::evaluate(NodeId root) {
  std::vector<NodeId> pending{root};
  while (!pending.empty()) {
    NodeId id = pending.back();
    size_t numPending = pending.size();
    if (!values.contains(id))
      for (NodeId operand : graph.getNode(id).operands)
        if (!values.contains(operand))
          pending.push_back(operand);
    if (pending.size() != numPending)
      continue;
    if (!values.contains(id)) {
      std::optional<Real> value = combine(id);
      values[id] = std::move(value);
    }
    pending.pop_back();
  }
  return values[root];
}

} // namespace actin
