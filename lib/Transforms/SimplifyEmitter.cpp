//===- SimplifyEmitter.cpp - From normal form back to operations ----------===//
//
// Writes sums and products as people do: numbers first in a product, one
// division at its end, a positive term first in a sum.
//
//===----------------------------------------------------------------------===//

#include "Transforms/SimplifyEmitter.h"

#include "Dialect/Act/ExprKinds.h"
#include "actin/Dialect/Act/Act.h"

using namespace mlir;

namespace actin::simplifier {

std::vector<Value> Emitter::emit(ArrayRef<Id> results) {
  markReachable(results);
  values.resize(graph.size());
  for (Id id = 0; id < graph.size(); ++id) {
    if (!reachable[id])
      continue;
    values[id] = emitNode(id);
    auto location = locations.find(id);
    Operation *op = values[id].getDefiningOp();
    bool isLeaf = graph.getNode(id).kind == Node::Leaf || graph.isConstant(id);
    if (location != locations.end() && op && !isLeaf)
      op->setLoc(location->second);
  }
  std::vector<Value> emitted;
  for (Id id : results)
    emitted.push_back(values[id]);
  return emitted;
}

void Emitter::markReachable(ArrayRef<Id> results) {
  reachable.assign(graph.size(), false);
  for (Id id : results)
    reachable[id] = true;
  auto markFactors = [&](const Product &product) {
    for (const Factor &factor : product.numerator)
      reachable[factor.base] = true;
    for (const Factor &factor : product.denominator)
      reachable[factor.base] = true;
  };
  for (Id id = graph.size(); id-- > 0;) {
    if (!reachable[id])
      continue;
    for (Id operand : graph.getNode(id).operands)
      reachable[operand] = true;
    if (graph.isProduct(id))
      markFactors(graph.getProduct(id));
    if (!graph.isSum(id))
      continue;
    for (const Term &term : graph.getTerms(id)) {
      if (term.core == graph.getOne())
        continue;
      // A product takes the coefficient in: "2 * x * y".
      if (takesCoefficient(term.core))
        markFactors(graph.getProduct(term.core));
      else
        reachable[term.core] = true;
    }
  }
}

Value Emitter::emitNode(Id id) {
  const Node &node = graph.getNode(id);
  switch (node.kind) {
  case Node::Leaf:
    return graph.getLeaf(id);
  case Node::Constant:
    return emitConstant(graph.getConstant(id));
  case Node::ProductOf:
    return emitProduct(graph.getProduct(id).coefficient, graph.getProduct(id));
  case Node::SumOf:
    return emitSum(graph.getTerms(id));
  case Node::Operation:
    break;
  }
  SmallVector<Value, 3> operands;
  for (Id operand : node.operands)
    operands.push_back(values[operand]);
  return emitOperation(node.operation, operands);
}

Value Emitter::emitConstant(const Real &value) {
  auto attribute = act::RealAttr::get(builder.getContext(), value);
  Key key{unsigned(ExprKind::Constant), attribute.getAsOpaquePointer(), nullptr,
          nullptr};
  Value &known = operations[key];
  if (!known)
    known = act::ConstantOp::create(builder, fallback, attribute);
  return known;
}

Value Emitter::emitOperation(ExprKind kind, ArrayRef<Value> operands) {
  const void *ids[3] = {nullptr, nullptr, nullptr};
  for (auto [index, operand] : llvm::enumerate(operands))
    ids[index] = operand.getAsOpaquePointer();
  Value &known = operations[Key{unsigned(kind), ids[0], ids[1], ids[2]}];
  if (!known)
    known = act::createOperation(builder, fallback, kind, operands);
  return known;
}

/// base ** (halves / 2)
Value Emitter::emitPower(const Factor &factor) {
  Value base = values[factor.base];
  if (factor.halves == 2)
    return base;
  if (factor.halves == 1)
    return emitOperation(ExprKind::Sqrt, {base});
  bool isWhole = factor.halves % 2 == 0;
  if (isWhole || graph.getOptions().readable)
    return emitOperation(ExprKind::Pow,
                         {base, emitConstant(factor.halves / 2.0)});
  Value whole = emitPower({factor.base, factor.halves - 1});
  Value root = emitOperation(ExprKind::Sqrt, {base});
  return emitOperation(ExprKind::Mul, {whole, root});
}

/// As people write them: numbers, arguments, functions.
Factors Emitter::orderFactors(const Factors &factors) const {
  auto rank = [&](const Factor &factor) {
    const Node &node = graph.getNode(factor.base);
    return !node.hasArgument ? 0 : node.kind == Node::Leaf ? 1 : 2;
  };
  Factors ordered;
  for (int wanted = 0; wanted < 3; ++wanted)
    for (const Factor &factor : factors)
      if (rank(factor) == wanted)
        ordered.push_back(factor);
  return ordered;
}

/// start * factors; a null start is 1. Where `negate`, the first factor is
/// negated, and `negate` reset.
Value Emitter::emitFactors(Value start, const Factors &factors, bool &negate) {
  for (const Factor &factor : factors) {
    Value value = emitPower(factor);
    if (negate)
      value = emitOperation(ExprKind::Neg, {value});
    negate = false;
    start = start ? emitOperation(ExprKind::Mul, {start, value}) : value;
  }
  return start;
}

/// coefficient * product, whose own coefficient does not count.
Value Emitter::emitProduct(const Coefficient &coefficient,
                           const Product &product) {
  const Real unit(1.0);
  bool isUnit = coefficient.num == unit || coefficient.num == -unit;
  bool negateLast = false, negateFirst = false, ignored = false;
  Value numerator;
  if (!isUnit || product.numerator.empty())
    numerator = emitConstant(coefficient.num);
  else if (coefficient.num == -unit)
    (graph.getOptions().readable ? negateFirst : negateLast) = true;
  // For people x * y / z. For kernels x * (y / z): y and z often grow alike.
  Factors numerators = orderFactors(product.numerator), last;
  bool splits = !graph.getOptions().readable && numerators.size() > 1 &&
                llvm::any_of(product.denominator, [&](const Factor &factor) {
                  return graph.getNode(factor.base).hasArgument;
                });
  if (splits)
    last.push_back(numerators.pop_back_val());
  Value result = emitFactors(numerator, numerators, negateFirst);
  Value denominator;
  if (coefficient.den != unit)
    denominator = emitConstant(coefficient.den);
  denominator =
      emitFactors(denominator, orderFactors(product.denominator), ignored);
  if (splits) {
    Value quotient = emitOperation(
        ExprKind::Div, {emitFactors({}, last, ignored), denominator});
    result = emitOperation(ExprKind::Mul, {result, quotient});
  } else if (denominator) {
    result = emitOperation(ExprKind::Div, {result, denominator});
  }
  if (negateLast)
    result = emitOperation(ExprKind::Neg, {result});
  return result;
}

/// A product without a number of its own: two that no short decimal is the
/// product of stay apart.
bool Emitter::takesCoefficient(Id core) const {
  return graph.isProduct(core) && graph.getProduct(core).coefficient.isOne();
}

Value Emitter::emitTerm(const Coefficient &coefficient, Id core) {
  if (core == graph.getOne())
    return emitProduct(coefficient, {});
  if (coefficient.isOne() && values[core])
    return values[core];
  if (takesCoefficient(core))
    return emitProduct(coefficient, graph.getProduct(core));
  return emitProduct(coefficient, {{}, {{core, 2}}, {}});
}

/// For kernels what does not depend on an input is one term: it may cancel, and
/// is computed once.
Value Emitter::emitSum(const Terms &terms) {
  if (!graph.getOptions().readable) {
    Terms uniform, others;
    for (const Term &term : terms)
      (graph.getNode(term.core).isUniform ? uniform : others).push_back(term);
    if (uniform.size() > 1 && !others.empty())
      return emitOperation(ExprKind::Add,
                           {emitTerms(others), emitTerms(uniform)});
  }
  return emitTerms(terms);
}

Value Emitter::emitTerms(const Terms &terms) {
  auto isPositive = [](const Term &t) { return !t.coefficient.isNegative(); };
  const Term *first = llvm::find_if(terms, isPositive);
  if (first == terms.end())
    first = terms.begin();
  Value sum = emitTerm(first->coefficient, first->core);
  for (const Term &term : terms) {
    if (&term == first)
      continue;
    bool added = isPositive(term);
    Value value = emitTerm(
        added ? term.coefficient : term.coefficient.negated(), term.core);
    sum = emitOperation(added ? ExprKind::Add : ExprKind::Sub, {sum, value});
  }
  return sum;
}

} // namespace actin::simplifier
