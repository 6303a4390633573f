//===- SampledFunction.cpp - A function evaluated with its adjoints -------===//

#include "Lowering/SampledFunction.h"

#include "Dialect/Act/ExprKinds.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace actin {

template <typename T>
void SampledFunction<T>::addArguments(mlir::func::FuncOp function) {
  for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i) {
    auto role = function.getArgAttrOfType<mlir::StringAttr>(i, "act.role");
    llvm::StringRef name = role ? role.getValue() : "input";
    double value = 1.0;
    if (auto attr = function.getArgAttrOfType<act::RealAttr>(i, "act.default"))
      value = attr.getValue().toDouble();
    Argument argument{unsigned(nodes.size()), name == "input",
                      name == "parameter" || name == "channel", value};
    if (argument.isInput)
      inputs.push_back(argument.node);
    arguments.push_back(argument);
    Node node;
    node.kind = ExprKind::Argument;
    node.value = function.getArgument(i);
    node.isArgument = true;
    nodes.push_back(node);
  }
}

template <typename T>
void SampledFunction<T>::addOperation(
    mlir::Operation &op, llvm::DenseMap<mlir::Value, unsigned> &indices) {
  Node node;
  node.kind = act::getExprKind(&op).value_or(ExprKind::Constant);
  node.numOperands = op.getNumOperands();
  node.value = op.getResult(0);
  for (unsigned k = 0; k != node.numOperands; ++k)
    node.operands[k] = indices.lookup(op.getOperand(k));
  indices[node.value] = nodes.size();
  nodes.push_back(node);
}

template <typename T> static T toNumber(const Real &real) {
  T high = real.toDouble();
  if (!std::isfinite(high))
    return high;
  return high + T(real.lowPart());
}

/// The sample grid of one input, in ascending order of interest.
static const std::vector<double> &getGrid() {
  static const std::vector<double> grid = [] {
    std::vector<double> points = {0.0};
    for (double sign : {1.0, -1.0}) {
      for (int exponent = -126; exponent <= 126; exponent += 6)
        points.push_back(sign * std::ldexp(1.37, exponent));
      for (double dense = 0.11; dense < 16; dense *= 1.17)
        points.push_back(sign * dense);
      for (double wide = 17; wide < 120; wide += 7.3)
        points.push_back(sign * wide);
      // Intermediates overflow before the largest arguments do.
      for (double large : {0.9e38, 1.6e38, 2.2e38, 2.9e38, 0x1.fffffep127})
        points.push_back(sign * large);
    }
    return points;
  }();
  return grid;
}

template <typename T>
SampledFunction<T>::SampledFunction(mlir::func::FuncOp function) {
  addArguments(function);
  llvm::DenseMap<mlir::Value, unsigned> indices;
  for (unsigned i = 0, e = nodes.size(); i != e; ++i)
    indices[nodes[i].value] = i;
  mlir::Block &block = function.getBody().front();
  for (mlir::Operation &op : block.without_terminator())
    addOperation(op, indices);
  mlir::Operation *terminator = block.getTerminator();
  for (unsigned i = 0, e = terminator->getNumOperands(); i != e; ++i) {
    auto role = function.getResultAttrOfType<mlir::StringAttr>(i, "act.role");
    results.push_back({indices.lookup(terminator->getOperand(i)),
                       role && role.getValue() != "forward"});
  }
  values.resize(nodes.size());
  adjoints.resize(nodes.size());
  for (unsigned i = 0, e = nodes.size(); i != e; ++i)
    if (auto constant =
            nodes[i].value.template getDefiningOp<act::ConstantOp>())
      values[i] = toNumber<T>(constant.getValue().getValue());
  bool hasParameters = llvm::any_of(
      arguments, [](const Argument &argument) { return argument.isParameter; });
  numSamples =
      getGrid().size() * (hasParameters ? 3 : 1) * (inputs.size() > 1 ? 4 : 1);
}

/// Parameters are sampled at, above and below their defaults.
static double parameterAt(double defaultValue, size_t set, size_t number) {
  double base = defaultValue == 0.0 ? 0.75 : defaultValue;
  if (set == 0)
    return defaultValue;
  return set == 1 ? base * (1.71 + 0.13 * number) : base * 0.317;
}

template <typename T> void SampledFunction<T>::evaluate(size_t index) {
  const std::vector<double> &grid = getGrid();
  size_t round = index / grid.size(), position = index % grid.size();
  size_t set = round % 3, stride = 0, number = 0;
  for (const Argument &argument : arguments) {
    T &value = values[argument.node];
    if (argument.isParameter) {
      value = parameterAt(argument.defaultValue, set, number++);
    } else if (argument.isInput) {
      // Further inputs walk the grid at another pace in each round, so that
      // pairs of large, small and moderate values all occur.
      size_t pace = 1 + stride * (2 + 5 * round);
      value = grid[(position * pace + 53 * stride * (1 + round)) % grid.size()];
      ++stride;
    } else {
      value = T(1);
    }
  }
  for (unsigned i = arguments.size(), e = nodes.size(); i != e; ++i)
    if (nodes[i].kind != ExprKind::Constant)
      values[i] = evaluateNode(nodes[i]);
}

/// One input at a time is extreme; the others are 1, then -1. Parameters are at
/// their defaults, then at thrice that: a product overflows earlier.
static constexpr double extremes[] = {std::numeric_limits<double>::infinity(),
                                      0x1.fffffep127, 1e30, 1e19, 1e10};

template <typename T> size_t SampledFunction<T>::getNumExtremes() const {
  return inputs.size() * std::size(extremes) * 2 * 2;
}

template <typename T>
void SampledFunction<T>::evaluateExtreme(
    size_t index, llvm::function_ref<T(unsigned, T)> hold) {
  size_t number = index % inputs.size();
  size_t rest = index / inputs.size();
  T extreme = extremes[rest % std::size(extremes)];
  rest /= std::size(extremes);
  for (const Argument &argument : arguments)
    values[argument.node] = argument.isParameter
                                ? T(argument.defaultValue) * (rest / 2 ? 3 : 1)
                                : T(argument.isInput && rest / 2 ? -1 : 1);
  values[inputs[number]] = rest % 2 ? -extreme : extreme;
  for (unsigned i = arguments.size(), e = nodes.size(); i != e; ++i)
    if (nodes[i].kind != ExprKind::Constant)
      values[i] = hold(i, evaluateNode(nodes[i]));
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
} // namespace

template <typename T> T SampledFunction<T>::evaluateNode(const Node &n) const {
  auto operand = [&](unsigned k) { return values[n.operands[k]]; };
  switch (n.kind) {
  case ExprKind::ExpMax:
    return T(std::is_same_v<T, double> ? 88.7228317L : 709.78271289338397L);
  case ExprKind::ExpMin:
    return T(std::is_same_v<T, double> ? -87.3365402L : -708.39641853226408L);
  case ExprKind::Add:
    return operand(0) + operand(1);
  case ExprKind::Sub:
    return operand(0) - operand(1);
  case ExprKind::Mul:
    return operand(0) * operand(1);
  case ExprKind::Div:
    return operand(0) / operand(1);
  case ExprKind::Neg:
    return -operand(0);
  case ExprKind::Pow:
    return std::pow(operand(0), operand(1));
  case ExprKind::Min:
    return std::fmin(operand(0), operand(1));
  case ExprKind::Max:
    return std::fmax(operand(0), operand(1));
  case ExprKind::Clip:
  case ExprKind::Clamp:
    return std::fmin(std::fmax(operand(0), operand(1)), operand(2));
  case ExprKind::Where:
    return operand(0) != T(0) ? operand(1) : operand(2);
  case ExprKind::Less:
    return operand(0) < operand(1);
  case ExprKind::LessEqual:
    return operand(0) <= operand(1);
  case ExprKind::Greater:
    return operand(0) > operand(1);
  case ExprKind::GreaterEqual:
    return operand(0) >= operand(1);
  case ExprKind::Equal:
    return operand(0) == operand(1);
  case ExprKind::NotEqual:
    return operand(0) != operand(1);
  case ExprKind::And:
    return operand(0) != T(0) && operand(1) != T(0);
  case ExprKind::Or:
    return operand(0) != T(0) || operand(1) != T(0);
  case ExprKind::Not:
    return operand(0) == T(0);
  default:
    return evaluateFunction(n.kind, operand(0));
  }
}

template <typename T>
T SampledFunction<T>::partial(const Node &n, T value, unsigned k) const {
  T x = values[n.operands[0]];
  T y = n.numOperands > 1 ? values[n.operands[1]] : T(0);
  switch (n.kind) {
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
    return value == values[n.operands[k]] ? T(1) : T(0);
  case ExprKind::Where:
    return k == (x != T(0) ? 1u : 2u) ? T(1) : T(0);
  default:
    return isTruthValue(n.kind) ? T(0)
                                : differentiateFunction(n.kind, x, value);
  }
}

template <typename T>
void SampledFunction<T>::sweepAdjoints(unsigned resultNode) {
  std::fill(adjoints.begin(), adjoints.end(), T(0));
  adjoints[resultNode] = T(1);
  for (unsigned i = resultNode + 1; i-- > 0;) {
    const Node &node = nodes[i];
    T adjoint = adjoints[i];
    if (adjoint == T(0) || node.isLeaf())
      continue;
    for (unsigned k = 0; k != node.numOperands; ++k) {
      T slope = partial(node, values[i], k);
      if (slope != T(0))
        adjoints[node.operands[k]] += adjoint * slope;
    }
  }
}

template <typename T>
T SampledFunction<T>::getErrorHalfUlps(const Node &node) const {
  switch (node.kind) {
  case ExprKind::Neg:
  case ExprKind::Abs:
  case ExprKind::Sign:
  case ExprKind::Floor:
  case ExprKind::Ceil:
  case ExprKind::Round:
  case ExprKind::Min:
  case ExprKind::Max:
  case ExprKind::Clip:
  case ExprKind::Clamp:
  case ExprKind::Where:
    return T(0);
  case ExprKind::Add:
  case ExprKind::Sub:
  case ExprKind::Div:
  case ExprKind::Sqrt:
    return T(1);
  case ExprKind::Pow: // A square is one multiplication.
    return nodes[node.operands[1]].kind == ExprKind::Constant &&
                   values[node.operands[1]] == T(2)
               ? T(1)
               : T(2);
  case ExprKind::Mul: {
    // By a power of two: exact.
    for (unsigned k : {0u, 1u}) {
      int exponent;
      if (nodes[node.operands[k]].kind == ExprKind::Constant &&
          std::fabs(std::frexp(values[node.operands[k]], &exponent)) == T(0.5))
        return T(0);
    }
    return T(1);
  }
  default:
    return isTruthValue(node.kind) ? T(0) : T(2);
  }
}

template <typename T> T SampledFunction<T>::roundTo(T value, bool isF32) {
  return isF32 ? T(float(value)) : T(double(value));
}

template class SampledFunction<double>;
template class SampledFunction<long double>;

} // namespace actin
