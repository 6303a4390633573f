//===- SimplifyGraph.cpp - Formulas in n-ary normal form ------------------===//
//
// Interning, coefficients and what is known of a node's sign.
//
//===----------------------------------------------------------------------===//

#include "Transforms/SimplifyGraph.h"

#include "Dialect/Act/ExactArithmetic.h"
#include "actin/Dialect/Act/Act.h"

#include <numeric>

namespace actin::simplifier {

using namespace actin::act;

Graph::Graph(const SimplifyOptions &options) : options(options) {
  one = makeConstant(1.0);
}

bool Graph::isConstant(Id id, double value) const {
  return isConstant(id) && getConstant(id) == Real(value);
}

//===----------------------------------------------------------------------===//
// Interning
//===----------------------------------------------------------------------===//

Id Graph::intern(uint64_t hash, Node node,
                 llvm::function_ref<bool(Id)> isEqual) {
  llvm::SmallVector<Id, 1> &bucket = byHash[hash];
  for (Id candidate : bucket)
    if (nodes[candidate].kind == node.kind && isEqual(candidate))
      return candidate;
  Id id = nodes.size();
  bucket.push_back(id);
  nodes.push_back(std::move(node));
  setSigns(nodes.back());
  return id;
}

Id Graph::makeLeaf(mlir::Value value, bool isArgument) {
  Node node{Node::Leaf};
  node.hasArgument = isArgument;
  llvm::StringRef role = act::getRole(value);
  node.isUniform = role == "parameter" || role == "channel";
  node.data = leaves.size();
  leaves.push_back(value);
  return intern(llvm::hash_combine(Node::Leaf, value.getAsOpaquePointer()),
                node, [&](Id other) { return getLeaf(other) == value; });
}

Id Graph::makeConstant(const Real &value) {
  if (value.isZero() && value.isNegative())
    return makeConstant(0.0);
  Node node{Node::Constant};
  node.data = constants.size();
  constants.push_back(value);
  Id id =
      intern(llvm::hash_combine(Node::Constant, hash_value(value.getValue())),
             node, [&](Id other) { return getConstant(other) == value; });
  if (nodes[id].data != constants.size() - 1)
    constants.pop_back();
  return id;
}

/// What `node` depends on through `operand`.
static void inherit(Node &node, const Node &operand) {
  node.hasArgument |= operand.hasArgument;
  node.isUniform &= operand.isUniform;
}

Id Graph::internOperation(ExprKind kind, llvm::ArrayRef<Id> operands) {
  Node node{Node::Operation, kind};
  node.operands.assign(operands.begin(), operands.end());
  for (Id operand : operands)
    inherit(node, nodes[operand]);
  uint64_t hash = llvm::hash_combine(
      Node::Operation, kind,
      llvm::hash_combine_range(operands.begin(), operands.end()));
  return intern(hash, std::move(node), [&](Id other) {
    return nodes[other].operation == kind &&
           llvm::ArrayRef<Id>(nodes[other].operands) == operands;
  });
}

static uint64_t hashCoefficient(const Coefficient &coefficient) {
  return llvm::hash_combine(hash_value(coefficient.num.getValue()),
                            hash_value(coefficient.den.getValue()));
}

/// Equal but for the order.
static bool areSame(Factors lhs, Factors rhs) {
  if (lhs.size() != rhs.size())
    return false;
  llvm::sort(lhs);
  llvm::sort(rhs);
  return lhs == rhs;
}

Id Graph::internProduct(Product product) {
  Node node{Node::ProductOf};
  node.data = products.size();
  // A sum of hashes does not depend on the order.
  uint64_t hash = hashCoefficient(product.coefficient);
  for (const Factor &factor : product.numerator) {
    hash += llvm::hash_combine(factor.base, factor.halves);
    inherit(node, nodes[factor.base]);
  }
  for (const Factor &factor : product.denominator) {
    hash += llvm::hash_combine(factor.base, -factor.halves);
    inherit(node, nodes[factor.base]);
  }
  products.push_back(std::move(product));
  const Product &added = products.back();
  Id id = intern(hash, std::move(node), [&](Id other) {
    const Product &candidate = getProduct(other);
    return candidate.coefficient == added.coefficient &&
           areSame(candidate.numerator, added.numerator) &&
           areSame(candidate.denominator, added.denominator);
  });
  if (nodes[id].data != products.size() - 1)
    products.pop_back();
  return id;
}

Id Graph::internSum(Terms terms) {
  Node node{Node::SumOf};
  node.data = sums.size();
  uint64_t hash = Node::SumOf;
  for (const Term &term : terms) {
    hash += llvm::hash_combine(term.core, hashCoefficient(term.coefficient));
    inherit(node, nodes[term.core]);
  }
  sums.push_back(std::move(terms));
  const Terms &added = sums.back();
  auto contains = [](const Terms &list, const Term &wanted) {
    return llvm::any_of(list, [&](const Term &term) {
      return term.core == wanted.core && term.coefficient == wanted.coefficient;
    });
  };
  Id id = intern(hash, std::move(node), [&](Id other) {
    const Terms &candidate = getTerms(other);
    return candidate.size() == added.size() &&
           llvm::all_of(added, [&](const Term &term) {
             return contains(candidate, term);
           });
  });
  if (nodes[id].data != sums.size() - 1)
    sums.pop_back();
  return id;
}

//===----------------------------------------------------------------------===//
// Signs
//===----------------------------------------------------------------------===//

static bool isPositiveFunction(ExprKind kind) {
  switch (kind) {
  case ExprKind::Exp:
  case ExprKind::Exp2:
  case ExprKind::Cosh:
  case ExprKind::Erfc:
  case ExprKind::Sigmoid:
  case ExprKind::Softplus:
  case ExprKind::Normcdf:
  case ExprKind::Normpdf:
  case ExprKind::Rsqrt:
    return true;
  default:
    return false;
  }
}

void Graph::setSigns(Node &node) const {
  auto isNonNegative = [&](Id id) { return nodes[id].nonNegative; };
  auto isPositive = [&](Id id) { return nodes[id].positive; };
  auto hasEvenPower = [](const Factor &f) { return f.halves % 4 == 0; };
  switch (node.kind) {
  case Node::Leaf:
    return;
  case Node::Constant: {
    const Real &value = constants[node.data];
    node.nonNegative = !value.isNegative();
    node.positive = node.nonNegative && !value.isZero();
    return;
  }
  case Node::Operation:
    if (isPositiveFunction(node.operation))
      node.positive = true;
    else if (node.operation == ExprKind::Abs)
      node.nonNegative = true;
    else if (node.operation == ExprKind::Sqrt) {
      node.nonNegative = true;
      node.positive = isPositive(node.operands[0]);
    } else if (node.operation == ExprKind::Max) {
      node.nonNegative = llvm::any_of(node.operands, isNonNegative);
      node.positive = llvm::any_of(node.operands, isPositive);
    }
    break;
  case Node::ProductOf: {
    const Product &product = products[node.data];
    auto all = [&](auto predicate) {
      return llvm::all_of(product.numerator, predicate) &&
             llvm::all_of(product.denominator, predicate);
    };
    bool keepsSign = !product.coefficient.isNegative();
    node.positive =
        keepsSign && all([&](const Factor &f) { return isPositive(f.base); });
    node.nonNegative = keepsSign && all([&](const Factor &f) {
                         return isNonNegative(f.base) || hasEvenPower(f);
                       });
    break;
  }
  case Node::SumOf: {
    const Terms &terms = sums[node.data];
    auto isAdded = [&](const Term &term) {
      return !term.coefficient.isNegative() && isNonNegative(term.core);
    };
    node.nonNegative = llvm::all_of(terms, isAdded);
    node.positive = node.nonNegative && llvm::any_of(terms, [&](const Term &t) {
                      return isPositive(t.core);
                    });
    break;
  }
  }
  node.nonNegative |= node.positive;
}

//===----------------------------------------------------------------------===//
// Coefficients
//===----------------------------------------------------------------------===//

bool Graph::isCoefficient(const Real &value) const {
  if (value.isInfinity() || value.isNaN())
    return false;
  return options.foldIrrational || toShortDecimal(value).has_value();
}

/// num / den in lowest terms, where both are integers.
static void reduce(Coefficient &coefficient) {
  std::optional<int64_t> num = coefficient.num.asInteger();
  std::optional<int64_t> den = coefficient.den.asInteger();
  if (!num || !den)
    return;
  int64_t divisor = std::gcd(*num, *den);
  if (divisor > 1) {
    coefficient.num = Real(double(*num / divisor));
    coefficient.den = Real(double(*den / divisor));
  }
}

Coefficient Graph::normalize(Coefficient coefficient) const {
  Real &num = coefficient.num;
  Real &den = coefficient.den;
  if (num.isZero())
    return {Real(0.0), Real(1.0)};
  if (den.isNegative()) {
    num = -num;
    den = -den;
  }
  const Real unit(1.0);
  if (den == unit)
    return coefficient;
  reduce(coefficient);
  if (den == unit)
    return coefficient;
  bool isUnitFraction = num == unit || num == -unit;
  if (options.foldIrrational) {
    // 1/den is kept as a division, which rounds once, unless it is exact.
    if (!isUnitFraction || den.getValue().getExactInverse(nullptr))
      return {num / den, unit};
    return coefficient;
  }
  if (isUnitFraction)
    return coefficient;
  if (std::optional<Real> quotient = divExactly(num, den))
    return {*quotient, unit};
  std::optional<Real> inverse = divExactly(den, num);
  if (inverse && inverse->isInteger())
    return {inverse->isNegative() ? -unit : unit,
            inverse->isNegative() ? -*inverse : *inverse};
  return coefficient;
}

std::optional<Coefficient> Graph::multiply(const Coefficient &lhs,
                                           const Coefficient &rhs) const {
  if (options.foldIrrational) {
    Coefficient result{lhs.num * rhs.num, lhs.den * rhs.den};
    if (result.num.isInfinity() || result.den.isInfinity() ||
        result.den.isZero())
      return std::nullopt;
    return normalize(result);
  }
  if (lhs.isOne() || rhs.isOne())
    return lhs.isOne() ? rhs : lhs;
  std::optional<Real> num = mulExactly(lhs.num, rhs.num);
  std::optional<Real> den = mulExactly(lhs.den, rhs.den);
  if (!num || !den)
    return std::nullopt;
  return normalize({*num, *den});
}

std::optional<Coefficient> Graph::add(const Coefficient &lhs,
                                      const Coefficient &rhs) const {
  bool sameDen = lhs.den == rhs.den;
  if (options.foldIrrational) {
    Coefficient result{sameDen ? lhs.num + rhs.num
                               : lhs.num * rhs.den + rhs.num * lhs.den,
                       sameDen ? lhs.den : lhs.den * rhs.den};
    if (result.num.isInfinity() || result.den.isInfinity())
      return std::nullopt;
    return normalize(result);
  }
  if (sameDen) {
    std::optional<Real> num = addExactly(lhs.num, rhs.num);
    return num ? std::optional(normalize({*num, lhs.den})) : std::nullopt;
  }
  std::optional<Real> left = mulExactly(lhs.num, rhs.den);
  std::optional<Real> right = mulExactly(rhs.num, lhs.den);
  std::optional<Real> den = mulExactly(lhs.den, rhs.den);
  std::optional<Real> num =
      left && right ? addExactly(*left, *right) : std::nullopt;
  if (!num || !den)
    return std::nullopt;
  return normalize({*num, *den});
}

Id Graph::makeCoefficient(const Coefficient &coefficient) {
  if (coefficient.den == Real(1.0))
    return makeConstant(coefficient.num);
  return internProduct({coefficient, {}, {}});
}

Product Graph::viewAsProduct(Id id) const {
  if (isProduct(id))
    return getProduct(id);
  if (isConstant(id) && isCoefficient(getConstant(id)))
    return {{getConstant(id), 1.0}, {}, {}};
  return {{}, {{id, 2}}, {}};
}

} // namespace actin::simplifier
