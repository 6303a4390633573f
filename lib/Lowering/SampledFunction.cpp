//===- SampledFunction.cpp - A function evaluated with its adjoints -------===//

#include "Lowering/SampledFunction.h"

#include "Dialect/Act/ExprKinds.h"
#include "Expr/EvaluateNode.h"
#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

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
  if (auto piecewise = dyn_cast<act::PiecewiseOp>(op)) {
    node.pieces = unsigned(tables.size());
    tables.emplace_back(piecewise);
  }
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
static std::vector<double> makeGrid(bool isF64) {
  std::vector<double> points = {0.0};
  for (double sign : {1.0, -1.0}) {
    for (int exponent = -126; exponent <= 126; exponent += 6)
      points.push_back(sign * std::ldexp(1.37, exponent));
    for (int exponent = 140; isF64 && exponent < 1022; exponent += 63)
      for (int direction : {1, -1})
        points.push_back(sign * std::ldexp(1.37, direction * exponent));
    // Quotients of subnormals.
    for (int digits : {2, 9, 17})
      points.push_back(sign * std::ldexp(1.0 + std::ldexp(1.0, 1 - digits),
                                         digits - (isF64 ? 1075 : 150)));
    for (double dense = 0.11; dense < 16; dense *= isF64 ? 1.17 : 1.04)
      points.push_back(sign * dense);
    // An exponential overflows, and so does the root of one.
    for (double wide = 17; wide < 190; wide += wide < 100 ? 7.3 : 11)
      points.push_back(sign * wide);
    // Where an exponential is beyond the range, and its quotient by a power of
    // its argument is not.
    if (isF64)
      for (double far : {711.5, 727.0, 744.0})
        points.push_back(sign * far);
    // Intermediates overflow before the largest arguments do.
    for (double large : {0.5, 0.65, 0.85, 1.0})
      points.push_back(sign * large *
                       (isF64 ? std::numeric_limits<double>::max()
                              : std::numeric_limits<float>::max()));
    if (!isF64)
      points.push_back(sign * 0.9e38);
  }
  return points;
}

template <typename T> static const std::vector<double> &getGrid() {
  static const std::vector<double> grid =
      makeGrid(/*isF64=*/!std::is_same_v<T, double>);
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
                       role && role.getValue() != "forward",
                       role && role.getValue() == "second"});
  }
  values.resize(nodes.size());
  partials.resize(nodes.size());
  adjoints.resize(nodes.size());
  for (unsigned i = 0, e = nodes.size(); i != e; ++i)
    if (auto constant =
            nodes[i].value.template getDefiningOp<act::ConstantOp>())
      values[i] = toNumber<T>(constant.getValue().getValue());
  hasParameters = llvm::any_of(
      arguments, [](const Argument &argument) { return argument.isParameter; });
  numGridSamples = getGrid<T>().size() * (hasParameters ? 3 : 1) *
                   (inputs.size() > 1 ? 4 : 1);
  // Of one input, the grid has the ends.
  numCorners =
      inputs.size() > 1 ? size_t(1) << std::min<size_t>(inputs.size(), 6) : 0;
}

/// Each input is the largest number or its negative, parameters at their
/// defaults.
template <typename T> void SampledFunction<T>::evaluateCorner(size_t corner) {
  constexpr double largest = std::is_same_v<T, double>
                                 ? std::numeric_limits<float>::max()
                                 : std::numeric_limits<double>::max();
  size_t number = 0;
  for (const Argument &argument : arguments) {
    T &value = values[argument.node];
    if (argument.isInput)
      value = (corner >> (number++ % 6)) & 1 ? -largest : largest;
    else
      value = argument.isParameter ? T(argument.defaultValue) : T(1);
  }
  evaluateOperations();
}

/// Parameters are sampled at, above and below their defaults.
static double parameterAt(double defaultValue, size_t set, size_t number) {
  double base = defaultValue == 0.0 ? 0.75 : defaultValue;
  if (set == 0)
    return defaultValue;
  return set == 1 ? base * (2.6 + 0.13 * number) : base * 0.317;
}

template <typename T> void SampledFunction<T>::evaluate(size_t index) {
  hasDefaults = index / getGrid<T>().size() % 3 == 0 || index >= numGridSamples;
  if (index >= numGridSamples)
    return evaluateCorner(index - numGridSamples);
  const std::vector<double> &grid = getGrid<T>();
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
  evaluateOperations();
}

template <typename T>
void SampledFunction<T>::evaluateAt(T input, unsigned last) {
  for (const Argument &argument : arguments)
    values[argument.node] = argument.isInput       ? input
                            : argument.isParameter ? T(argument.defaultValue)
                                                   : T(1);
  evaluateOperations(last);
}

template <typename T>
void SampledFunction<T>::evaluateOperations(unsigned last) {
  ++state;
  for (unsigned i = arguments.size(); i <= last; ++i)
    if (nodes[i].kind != ExprKind::Constant || nodes[i].pieces)
      values[i] = evaluateNode(nodes[i]);
}

template <typename T>
bool SampledFunction<T>::changesSignNearby(unsigned node) {
  std::vector<T> kept = values;
  bool changes = false;
  for (unsigned input : inputs)
    for (T scale : {T(0.5), T(2)}) {
      values[input] = kept[input] * scale;
      evaluateOperations();
      values[input] = kept[input];
      changes |= std::signbit(values[node]) != std::signbit(kept[node]);
    }
  values = std::move(kept);
  return changes;
}

/// One input at a time is extreme; the others are 1, then -1. Parameters are at
/// their defaults, then at thrice that: a product overflows earlier; then at a
/// third: a power may be a pole. Magnitudes as powers of the largest number;
/// the first is infinity.
static constexpr double extremes[] = {2.0, 1.0, 0.78, 0.5, 0.27};
static constexpr double extremeScales[] = {1, 3, 0.317};

template <typename T> size_t SampledFunction<T>::getNumExtremes() const {
  return inputs.size() * std::size(extremes) * 2 *
         (hasParameters ? std::size(extremeScales) : 2);
}

template <typename T>
bool SampledFunction<T>::isInfiniteExtreme(size_t index) const {
  return index / inputs.size() % std::size(extremes) == 0;
}

template <typename T>
void SampledFunction<T>::evaluateExtreme(
    size_t index, llvm::function_ref<T(unsigned, T)> hold, T infinity) {
  constexpr double largest = std::is_same_v<T, double>
                                 ? std::numeric_limits<float>::max()
                                 : std::numeric_limits<double>::max();
  size_t rest = index / inputs.size();
  double power = extremes[rest % std::size(extremes)];
  T extreme = isInfiniteExtreme(index) ? infinity
              : power == 1.0           ? T(largest)
                                       : T(std::pow(largest, power));
  rest /= std::size(extremes);
  evaluateAt({getExtremeInput(index), rest % 2 ? -extreme : extreme,
              T(rest / 2 == 1 ? -1 : 1), T(extremeScales[rest / 2])},
             hold);
}

template <typename T>
void SampledFunction<T>::evaluateAt(const Place &place,
                                    llvm::function_ref<T(unsigned, T)> hold) {
  for (const Argument &argument : arguments)
    values[argument.node] =
        argument.isParameter ? T(argument.defaultValue) * place.parameterScale
        : argument.isInput   ? place.others
                             : T(1);
  values[place.input] = place.value;
  ++state;
  for (unsigned i = arguments.size(), e = nodes.size(); i != e; ++i)
    if (nodes[i].kind != ExprKind::Constant || nodes[i].pieces)
      values[i] = hold(i, evaluateNode(nodes[i]));
}

template <typename T>
llvm::SmallVector<T, 3>
SampledFunction<T>::collectOperands(const Node &node) const {
  llvm::SmallVector<T, 3> operands;
  for (unsigned k = 0; k != node.numOperands; ++k)
    operands.push_back(values[node.operands[k]]);
  return operands;
}

template <typename T>
T SampledFunction<T>::evaluateNode(const Node &node) const {
  if (node.pieces)
    return tables[*node.pieces].evaluate(
        llvm::ArrayRef<T>(collectOperands(node)));
  return estimateNode<T>(node.kind, collectOperands(node));
}

template <typename T>
T SampledFunction<T>::getPartial(unsigned index, unsigned k) const {
  KnownPartial &known = partials[index][k];
  if (known.state != state)
    known = {computePartial(index, k), state};
  return known.partial;
}

template <typename T>
T SampledFunction<T>::computePartial(unsigned index, unsigned k) const {
  const Node &node = nodes[index];
  if (node.pieces)
    return tables[*node.pieces].differentiate(
        llvm::ArrayRef<T>(collectOperands(node)), k);
  return differentiateNode<T>(node.kind, collectOperands(node), values[index],
                              k);
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
      T slope = getPartial(i, k);
      if (slope != T(0))
        adjoints[node.operands[k]] += adjoint * slope;
    }
  }
}

static bool isFactor(mlir::Value value) {
  return value.hasOneUse() && isa<act::MulOp>(*value.getUsers().begin());
}

/// The largest error of a function in ulp, as its implementation for f64 states
/// it; that for f32 differs little.
static double getFunctionError(ExprKind kind, mlir::Value value, bool isF32,
                               unsigned tableSize) {
  switch (kind) {
  case ExprKind::Exp:
    return tableSize != 0 ? 0.55 : isF32 ? 0.95 : 0.8;
  case ExprKind::Exp2:
    return tableSize != 0 ? 0.55 : 0.8;
  case ExprKind::Normpdf:
  case ExprKind::Log:
  case ExprKind::Log2:
  case ExprKind::Log10:
  case ExprKind::Sin:
  case ExprKind::Cos:
    return 0.8;
  case ExprKind::Expm1:
    return 1.3;
  case ExprKind::Sigmoid: // The division may be a product's.
    return isFactor(value) ? 0.6 : 1.5;
  case ExprKind::Log1p:
  case ExprKind::Rsqrt:
    return 1.5;
  case ExprKind::Normcdf: // The last rounding may be a product's.
    return isF32 && isFactor(value) ? 0.7 : 1.4;
  case ExprKind::Erfc:
    return 1.4;
  case ExprKind::Erf:
    return 0.93;
  case ExprKind::Tan:
  case ExprKind::Sinh:
  case ExprKind::Cosh:
  case ExprKind::Asinh:
  case ExprKind::Acosh:
  case ExprKind::Atanh:
  case ExprKind::Atan:
    return 1.75;
  case ExprKind::Asin:
  case ExprKind::Acos:
    return 0.62;
  case ExprKind::Softplus:
  case ExprKind::Logsigmoid:
    return 1.75;
  default:
    return 2.0;
  }
}

template <typename T>
T SampledFunction<T>::getErrorHalfUlps(const Node &node,
                                       unsigned tableSize) const {
  if (node.pieces) // As measured where it was made.
    return T(2);
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
    if (isTruthValue(node.kind))
      return T(0);
    return T(2 * getFunctionError(node.kind, node.value,
                                  std::is_same_v<T, double>, tableSize));
  }
}

template <typename T> T SampledFunction<T>::roundTo(T value, bool isF32) {
  return isF32 ? T(float(value)) : T(double(value));
}

template class SampledFunction<double>;
template class SampledFunction<long double>;

} // namespace actin
