//===- SimplifyProduct.cpp - Products of powers ---------------------------===//
//
// Collects coefficients and equal bases. A base is never cancelled against
// itself unless it is known not to be zero, or the options allow it; and two
// roots of one base never make the base unless it cannot be negative: both
// would widen the domain.
//
//===----------------------------------------------------------------------===//

#include "Transforms/SimplifyGraph.h"

#include "Dialect/Act/ExactArithmetic.h"

namespace actin::simplifier {

/// Largest power, in halves, that is taken apart.
static constexpr int maxHalves = 2000;

Id Graph::makeProduct(const Product &product) {
  ProductBuilder builder(*this);
  builder.multiply(product);
  return builder.finish();
}

Id Graph::makeScaled(const Coefficient &coefficient, Id id) {
  if (coefficient.isOne())
    return id;
  ProductBuilder builder(*this);
  builder.multiplyCoefficient(coefficient);
  builder.multiply(id);
  return builder.finish();
}

Id Graph::multiply(Id lhs, Id rhs) {
  ProductBuilder builder(*this);
  builder.multiply(lhs);
  builder.multiply(rhs);
  return builder.finish();
}

Id Graph::divide(Id lhs, Id rhs) {
  ProductBuilder builder(*this);
  builder.multiply(lhs);
  builder.multiply(rhs, 2, /*divide=*/true);
  return builder.finish();
}

Id Graph::power(Id base, int halves) {
  ProductBuilder builder(*this);
  builder.multiply(base, halves);
  return builder.finish();
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

void ProductBuilder::multiplyCoefficient(const Coefficient &coefficient) {
  if (std::optional<Coefficient> result =
          graph.multiply(product.coefficient, coefficient)) {
    product.coefficient = *result;
    return;
  }
  // Not exact: the numbers stay factors.
  if (coefficient.num != Real(1.0))
    addFactor(graph.makeConstant(coefficient.num), 2, false);
  if (coefficient.den != Real(1.0))
    addFactor(graph.makeConstant(coefficient.den), 2, true);
}

void ProductBuilder::multiply(const Product &other, bool divide) {
  Coefficient coefficient = other.coefficient;
  if (divide) {
    std::swap(coefficient.num, coefficient.den);
    if (coefficient.den.isNegative())
      coefficient = {-coefficient.num, -coefficient.den};
  }
  if (!coefficient.isOne())
    multiplyCoefficient(coefficient);
  for (const Factor &factor : other.numerator)
    multiply(factor.base, factor.halves, divide);
  for (const Factor &factor : other.denominator)
    multiply(factor.base, factor.halves, !divide);
}

void ProductBuilder::multiply(Id id, int halves, bool divide) {
  switch (graph.getNode(id).kind) {
  case Node::Constant:
    multiplyConstant(id, halves, divide);
    return;
  case Node::ProductOf:
    if (multiplyProduct(id, halves, divide))
      return;
    break;
  case Node::Operation:
    if (multiplyOperation(id, halves, divide))
      return;
    break;
  case Node::Leaf:
  case Node::SumOf:
    break;
  }
  addFactor(id, halves, divide);
}

void ProductBuilder::multiplyConstant(Id id, int halves, bool divide) {
  const Real &value = graph.getConstant(id);
  if (value.isZero() && !divide) {
    zero = true;
    return;
  }
  bool folds = !value.isZero() && graph.isCoefficient(value) &&
               (halves % 2 == 0 ||
                (graph.getOptions().foldIrrational && !value.isNegative()));
  if (!folds) {
    addFactor(id, halves, divide);
    return;
  }
  Real exponent(halves / 2.0);
  std::optional<Real> powered = halves == 2 ? std::optional<Real>(value)
                                : graph.getOptions().foldIrrational
                                    ? std::optional<Real>(pow(value, exponent))
                                    : act::powExactly(value, exponent);
  if (!powered || powered->isInfinity() || powered->isZero()) {
    addFactor(id, halves, divide);
    return;
  }
  multiply(Product{{*powered, 1.0}, {}, {}}, divide);
}

/// True where a product is better not taken apart within another one: where it
/// is shared and long; and, in a kernel, a quotient, as in x * (y / z) the
/// product x * y might overflow.
bool ProductBuilder::staysWhole(Id id) const {
  const Product &inner = graph.getProduct(id);
  const SimplifyOptions &options = graph.getOptions();
  size_t numFactors = inner.numerator.size() + inner.denominator.size();
  bool isQuotient = llvm::any_of(inner.denominator, [&](const Factor &f) {
    return graph.getNode(f.base).hasArgument;
  });
  if (options.foldIrrational && isQuotient)
    return true;
  return graph.getNode(id).shared && numFactors > (options.readable ? 2 : 1);
}

/// True where `inner` has a base that this product has as well.
bool ProductBuilder::sharesBase(const Product &inner) const {
  auto isPresent = [&](const Factor &factor) {
    auto hasBase = [&](const Factor &f) { return f.base == factor.base; };
    return llvm::any_of(product.numerator, hasBase) ||
           llvm::any_of(product.denominator, hasBase);
  };
  return llvm::any_of(inner.numerator, isPresent) ||
         llvm::any_of(inner.denominator, isPresent);
}

/// A product within a product: its factors one by one. False where it stays
/// whole.
bool ProductBuilder::multiplyProduct(Id id, int halves, bool divide) {
  if (halves % 2 != 0)
    return false;
  Product inner = graph.getProduct(id);
  size_t numFactors = inner.numerator.size() + inner.denominator.size();
  size_t present = product.numerator.size() + product.denominator.size();
  if (numFactors + present > maxListLength)
    return false;
  bool readable = graph.getOptions().readable;
  if (halves != 2) {
    // (a b)**n = a**n b**n, if no root becomes its base by it.
    auto isRoot = [](const Factor &factor) { return factor.halves % 2 != 0; };
    bool hasRoots = llvm::any_of(inner.numerator, isRoot) ||
                    llvm::any_of(inner.denominator, isRoot);
    bool keepsDomain = !hasRoots || graph.getOptions().cancelFactors ||
                       !graph.getNode(id).hasArgument;
    bool isPlainPower = numFactors == 1 && (inner.coefficient.isOne() ||
                                            inner.coefficient.isMinusOne());
    if (!keepsDomain || (!readable && !isPlainPower))
      return false;
  } else if (staysWhole(id) && !sharesBase(inner)) {
    if (inner.coefficient.isOne())
      return false;
    multiply(Product{inner.coefficient, {}, {}}, divide);
    inner.coefficient = {};
    addFactor(graph.internProduct(inner), halves, divide);
    return true;
  }
  for (Factor &factor : inner.numerator)
    factor.halves *= halves / 2;
  for (Factor &factor : inner.denominator)
    factor.halves *= halves / 2;
  if (halves != 2 && !inner.coefficient.isOne()) {
    Id num = graph.makeConstant(inner.coefficient.num);
    Id den = graph.makeConstant(inner.coefficient.den);
    multiplyConstant(num, halves, divide);
    multiplyConstant(den, halves, !divide);
    inner.coefficient = {};
  }
  multiply(inner, divide);
  return true;
}

/// Powers and roots within a product. False for any other operation.
bool ProductBuilder::multiplyOperation(Id id, int halves, bool divide) {
  const Node &node = graph.getNode(id);
  if (halves % 2 != 0 || halves > maxHalves)
    return false;
  Id operand = node.operands.empty() ? id : node.operands[0];
  if (node.operation == ExprKind::Sqrt) {
    bool becomesBase = halves % 4 == 0;
    if (becomesBase && !graph.getNode(operand).nonNegative &&
        !graph.getOptions().cancelFactors)
      return false;
    multiply(operand, halves / 2, divide);
    return true;
  }
  if (node.operation == ExprKind::Abs && halves % 4 == 0) {
    multiply(operand, halves, divide);
    return true;
  }
  return false;
}

/// Takes base ** (halves / 2) out of `opposite`, as far as it is there and may
/// be cancelled. True where nothing is left to add.
bool ProductBuilder::cancel(Id base, int &halves, Factors &opposite) {
  if (!graph.getNode(base).positive && !graph.getOptions().cancelFactors)
    return false;
  for (Factor *factor = opposite.begin(); factor != opposite.end(); ++factor) {
    if (factor->base != base)
      continue;
    int common = std::min(halves, factor->halves);
    halves -= common;
    factor->halves -= common;
    if (factor->halves == 0)
      opposite.erase(factor);
    return halves == 0;
  }
  return false;
}

void ProductBuilder::addFactor(Id base, int halves, bool divide) {
  Factors &own = divide ? product.denominator : product.numerator;
  Factors &opposite = divide ? product.numerator : product.denominator;
  if (cancel(base, halves, opposite))
    return;
  const Node &node = graph.getNode(base);
  for (Factor *factor = own.begin(); factor != own.end(); ++factor) {
    if (factor->base != base)
      continue;
    bool rootsMakeBase = halves % 2 != 0 && factor->halves % 2 != 0;
    if (rootsMakeBase && !node.nonNegative && !graph.getOptions().cancelFactors)
      continue;
    int total = halves + factor->halves;
    if (total > maxHalves)
      continue;
    if (rootsMakeBase && node.kind != Node::Leaf) {
      own.erase(factor); // The base itself may come apart now.
      multiply(base, total, divide);
      return;
    }
    factor->halves = total;
    return;
  }
  own.push_back({base, halves});
}

//===----------------------------------------------------------------------===//
// Finishing
//===----------------------------------------------------------------------===//

/// sqrt(2) * sqrt(pi) is sqrt(2 * pi).
void ProductBuilder::mergeConstantRoots(Factors &factors) {
  auto isConstantRoot = [&](const Factor &factor) {
    const Node &node = graph.getNode(factor.base);
    return factor.halves == 1 && !node.hasArgument && node.nonNegative &&
           node.kind != Node::Leaf;
  };
  if (llvm::count_if(factors, isConstantRoot) < 2)
    return;
  ProductBuilder radicand(graph);
  Factors others;
  for (const Factor &factor : factors)
    if (isConstantRoot(factor))
      radicand.multiply(factor.base);
    else
      others.push_back(factor);
  others.push_back({radicand.finish(), 1});
  factors = others;
}

/// p * q * sign(p * q) is abs(p * q), of the sign that is factor number
/// `index`.
bool ProductBuilder::mergeSignOfProduct(size_t index) {
  Id operand = graph.getNode(product.numerator[index].base).operands[0];
  if (!graph.isProduct(operand))
    return false;
  Product inner = graph.getProduct(operand), rest = product;
  rest.numerator.erase(rest.numerator.begin() + index);
  auto remove = [](const Factors &some, Factors &all) {
    return llvm::all_of(some, [&](const Factor &factor) {
      Factor *found = llvm::find_if(all, [&](const Factor &other) {
        return other.base == factor.base && other.halves >= factor.halves;
      });
      if (found == all.end())
        return false;
      found->halves -= factor.halves;
      if (found->halves == 0)
        all.erase(found);
      return true;
    });
  };
  if (!(inner.coefficient.isOne() || inner.coefficient.isMinusOne()) ||
      !remove(inner.numerator, rest.numerator) ||
      !remove(inner.denominator, rest.denominator))
    return false;
  product = rest;
  multiplyCoefficient(inner.coefficient);
  multiply(graph.makeOperation(ExprKind::Abs, {operand}));
  return true;
}

/// v * sign(v) is abs(v), and abs(v) * sign(v) is v.
void ProductBuilder::mergeSigns() {
  Factors &factors = product.numerator;
  for (size_t i = 0; i < factors.size(); ++i) {
    if (!graph.isOperation(factors[i].base, ExprKind::Sign) ||
        factors[i].halves != 2)
      continue;
    Id operand = graph.getNode(factors[i].base).operands[0];
    Id absolute = graph.internOperation(ExprKind::Abs, {operand});
    for (size_t j = 0; j < factors.size(); ++j) {
      bool isOperand = factors[j].base == operand && factors[j].halves == 2;
      bool isAbsolute = factors[j].base == absolute && factors[j].halves == 2;
      if (!isOperand && !isAbsolute)
        continue;
      factors.erase(factors.begin() + std::max(i, j));
      factors.erase(factors.begin() + std::min(i, j));
      multiply(isOperand ? absolute : operand);
      return mergeSigns();
    }
    if (mergeSignOfProduct(i))
      return mergeSigns();
  }
}

/// exp(u) * exp(v) is a number where u + v is.
void ProductBuilder::mergeExponentials() {
  Factors &factors = product.numerator;
  auto isExp = [&](const Factor &factor) {
    return factor.halves == 2 && graph.isOperation(factor.base, ExprKind::Exp);
  };
  constexpr int maxPaired = 4; // Every pair is tried.
  auto numExp = llvm::count_if(factors, isExp);
  if (numExp < 2 || numExp > maxPaired)
    return;
  for (size_t i = 0; i < factors.size(); ++i)
    for (size_t j = i + 1; j < factors.size(); ++j) {
      if (!isExp(factors[i]) || !isExp(factors[j]))
        continue;
      Id exponent = graph.add(graph.getNode(factors[i].base).operands[0],
                              graph.getNode(factors[j].base).operands[0]);
      if (!graph.isConstant(exponent))
        continue;
      factors.erase(factors.begin() + j);
      factors.erase(factors.begin() + i);
      multiply(graph.makeOperation(ExprKind::Exp, {exponent}));
      return mergeExponentials();
    }
}

/// sinh(u) / cosh(u) is tanh(u), sin(u) / cos(u) is tan(u), powers alike.
void ProductBuilder::mergeTangents() {
  auto merge = [&](Factor sine, ExprKind cosine, ExprKind tangent) {
    Id operand = graph.getNode(sine.base).operands[0];
    auto divisor = llvm::find_if(product.denominator, [&](const Factor &f) {
      return f.halves == sine.halves && graph.isOperation(f.base, cosine) &&
             graph.getNode(f.base).operands[0] == operand;
    });
    if (divisor == product.denominator.end())
      return;
    product.denominator.erase(divisor);
    llvm::erase(product.numerator, sine);
    multiply(graph.makeOperation(tangent, {operand}), sine.halves);
  };
  for (Factor factor : Factors(product.numerator)) {
    if (factor.halves % 2 != 0)
      continue;
    if (graph.isOperation(factor.base, ExprKind::Sinh))
      merge(factor, ExprKind::Cosh, ExprKind::Tanh);
    else if (graph.isOperation(factor.base, ExprKind::Sin))
      merge(factor, ExprKind::Cos, ExprKind::Tan);
  }
}

/// f (1 / d) is f / d, where 1 / d may overflow. Not of a leaf: the incoming
/// gradient is multiplied on last.
void ProductBuilder::mergeReciprocal() {
  Factors &factors = product.numerator;
  auto isFunction = [&](const Factor &factor) {
    return graph.getNode(factor.base).kind != Node::Leaf &&
           graph.getNode(factor.base).hasArgument;
  };
  auto isReciprocal = [&](const Factor &factor) {
    return factor.halves == 2 && graph.isProduct(factor.base) &&
           !graph.getNode(factor.base).shared &&
           graph.getProduct(factor.base).numerator.empty() &&
           graph.getProduct(factor.base).coefficient.isOne();
  };
  Factor *reciprocal = llvm::find_if(factors, isReciprocal);
  if (reciprocal == factors.end() || !product.denominator.empty() ||
      llvm::count_if(factors, isFunction) < 2)
    return;
  Factors divisors = graph.getProduct(reciprocal->base).denominator;
  factors.erase(reciprocal);
  for (const Factor &factor : divisors)
    addFactor(factor.base, factor.halves, /*divide=*/true);
}

/// Whether a coefficient of `id`, a selection or a sum of selections of which
/// each has a branch that is 0, only changes coefficients that are there.
static bool takesCoefficient(const Graph &graph, Id id) {
  const Node &node = graph.getNode(id);
  if (node.shared)
    return false;
  if (graph.isSum(id))
    return llvm::all_of(graph.getTerms(id), [&](const Term &term) {
      return takesCoefficient(graph, term.core);
    });
  if (!graph.isOperation(id, ExprKind::Where))
    return false;
  llvm::ArrayRef<Id> branches = llvm::ArrayRef<Id>(node.operands).drop_front();
  auto isZero = [&](Id branch) { return graph.isConstant(branch, 0.0); };
  return llvm::any_of(branches, isZero) &&
         llvm::all_of(branches, [&](Id branch) {
           return graph.isConstant(branch) ||
                  (graph.isProduct(branch) &&
                   !graph.getProduct(branch).coefficient.isOne());
         });
}

/// `id`, which takes it, times `coefficient`.
static Id scaleSelections(Graph &graph, const Coefficient &coefficient, Id id) {
  if (graph.isSum(id)) {
    Terms terms = graph.getTerms(id);
    for (Term &term : terms)
      term.core = scaleSelections(graph, coefficient, term.core);
    return graph.makeSum(terms);
  }
  llvm::SmallVector<Id, 3> operands = graph.getNode(id).operands;
  for (Id &branch : llvm::drop_begin(operands))
    branch = graph.makeScaled(coefficient, branch);
  return graph.makeOperation(ExprKind::Where, operands);
}

/// 3 where(c, 2 u, 0) is where(c, 6 u, 0): one rounding, and not two.
void ProductBuilder::pushIntoSelections() {
  if (!graph.getOptions().foldIrrational || product.coefficient.isOne())
    return;
  for (Factor &factor : product.numerator)
    if (factor.halves == 2 && takesCoefficient(graph, factor.base)) {
      factor.base = scaleSelections(graph, product.coefficient, factor.base);
      product.coefficient = {};
      return;
    }
}

Id ProductBuilder::finish() {
  if (zero)
    return graph.makeConstant(0.0);
  mergeConstantRoots(product.numerator);
  mergeConstantRoots(product.denominator);
  mergeSigns();
  mergeExponentials();
  mergeTangents();
  mergeReciprocal();
  pushIntoSelections();
  if (product.numerator.empty() && product.denominator.empty())
    return graph.makeCoefficient(product.coefficient);
  bool isSingle = product.numerator.size() == 1 && product.denominator.empty();
  if (isSingle && product.numerator[0].halves == 2) {
    Id base = product.numerator[0].base;
    if (product.coefficient.isOne())
      return base;
    if (product.coefficient.isMinusOne() && graph.isSum(base)) {
      Terms terms = graph.getTerms(base);
      for (Term &term : terms)
        term.coefficient = term.coefficient.negated();
      return graph.internSum(terms);
    }
  }
  if (isSingle && product.coefficient.isOne() &&
      product.numerator[0].halves == 1)
    return graph.internOperation(ExprKind::Sqrt, {product.numerator[0].base});
  return graph.internProduct(product);
}

} // namespace actin::simplifier
