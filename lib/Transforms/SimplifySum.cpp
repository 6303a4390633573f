//===- SimplifySum.cpp - Sums of like terms -------------------------------===//
//
// Collects like terms, then looks for a shorter form: selections under one
// condition, a common denominator under which terms cancel, a common factor.
//
//===----------------------------------------------------------------------===//

#include "Transforms/SimplifyGraph.h"

namespace actin::simplifier {

Id Graph::add(Id lhs, Id rhs) { return makeSum({{{}, lhs}, {{}, rhs}}); }

Id Graph::subtract(Id lhs, Id rhs) {
  return makeSum({{{}, lhs}, {{-1.0, 1.0}, rhs}});
}

//===----------------------------------------------------------------------===//
// Collecting
//===----------------------------------------------------------------------===//

void SumBuilder::add(const Coefficient &coefficient, Id id) {
  const Node &node = graph.getNode(id);
  if (node.kind == Node::Constant &&
      graph.isCoefficient(graph.getConstant(id))) {
    Coefficient value{graph.getConstant(id), 1.0};
    if (std::optional<Coefficient> product = graph.multiply(coefficient, value))
      addTerm(*product, graph.getOne());
    else
      addTerm(coefficient, id);
    return;
  }
  bool isUnit = coefficient.isOne() || coefficient.isMinusOne();
  if (node.kind == Node::SumOf && isUnit) {
    Terms inner = graph.getTerms(id);
    if (terms.size() + inner.size() <= maxListLength) {
      if (!node.shared || expandShared) {
        for (const Term &term : inner)
          addTerm(coefficient.isOne() ? term.coefficient
                                      : term.coefficient.negated(),
                  term.core);
        return;
      }
      shared = true;
    }
  }
  if (node.kind == Node::ProductOf) {
    Product product = graph.getProduct(id);
    std::optional<Coefficient> total =
        graph.multiply(coefficient, product.coefficient);
    if (total && !product.coefficient.isOne()) {
      product.coefficient = {};
      Id core = product.numerator.empty() && product.denominator.empty()
                    ? graph.getOne()
                    : graph.makeProduct(product);
      if (graph.isSum(core) && (total->isOne() || total->isMinusOne()))
        add(*total, core);
      else
        addTerm(*total, core);
      return;
    }
  }
  addTerm(coefficient, id);
}

void SumBuilder::addTerm(const Coefficient &coefficient, Id core) {
  if (coefficient.isZero())
    return;
  for (Term *term = terms.begin(); term != terms.end(); ++term) {
    if (term->core != core)
      continue;
    std::optional<Coefficient> sum = graph.add(term->coefficient, coefficient);
    if (!sum)
      continue;
    term->coefficient = *sum;
    if (sum->isZero())
      terms.erase(term);
    return;
  }
  terms.push_back({coefficient, core});
}

/// Two terms that select by one condition are one selection, where that makes
/// a branch constant.
static bool mergeSelections(Graph &graph, Terms &terms) {
  auto isSelection = [&](const Term &term) {
    return graph.isOperation(term.core, ExprKind::Where);
  };
  if (llvm::count_if(terms, isSelection) < 2)
    return false;
  for (size_t i = 0; i < terms.size(); ++i)
    for (size_t j = i + 1; j < terms.size(); ++j) {
      if (!isSelection(terms[i]) || !isSelection(terms[j]))
        continue;
      auto a = graph.getNode(terms[i].core).operands;
      auto b = graph.getNode(terms[j].core).operands;
      auto isConstant = [&](Id id) { return graph.isConstant(id); };
      bool shorter = llvm::any_of(llvm::ArrayRef(a).drop_front(), isConstant) &&
                     llvm::any_of(llvm::ArrayRef(b).drop_front(), isConstant);
      if (a[0] != b[0] || !shorter)
        continue;
      Coefficient ca = terms[i].coefficient, cb = terms[j].coefficient;
      Id onTrue = graph.makeSum({{ca, a[1]}, {cb, b[1]}});
      Id onFalse = graph.makeSum({{ca, a[2]}, {cb, b[2]}});
      terms[i] = {
          {}, graph.makeOperation(ExprKind::Where, {a[0], onTrue, onFalse})};
      terms.erase(terms.begin() + j);
      return true;
    }
  return false;
}

Terms SumBuilder::takeTerms() {
  while (mergeSelections(graph, terms)) {
    // A merged selection may be a sum or a number itself.
    Terms merged;
    std::swap(merged, terms);
    for (const Term &term : merged)
      add(term.coefficient, term.core);
  }
  return std::move(terms);
}

//===----------------------------------------------------------------------===//
// Common denominator
//===----------------------------------------------------------------------===//

static int getPower(const Factors &factors, Id base) {
  for (const Factor &factor : factors)
    if (factor.base == base)
      return factor.halves;
  return 0;
}

namespace {

/// Brings a few terms over one denominator, multiplies the numerators out, and
/// keeps the result where fewer terms are left.
class CommonDenominator {
public:
  CommonDenominator(Graph &graph, const Terms &terms)
      : graph(graph), terms(terms) {}

  std::optional<Id> tryMerge();

private:
  static constexpr size_t maxTerms = 4;
  static constexpr size_t maxExpanded = 32;

  bool findDenominator();
  bool expandTerm(const Term &term);
  void queue(Id base, int halves);

  Graph &graph;
  const Terms &terms;
  Factors denominator;
  Terms expanded; // The numerator, multiplied out.
  // Of the term in work: factors that stay, and sums to multiply out.
  Product plain;
  llvm::SmallVector<Id, 4> sums;
};

} // namespace

/// The least common denominator; false where multiplying out cannot help.
bool CommonDenominator::findDenominator() {
  bool differ = false;
  for (const Term &term : terms) {
    Product view = graph.viewAsProduct(term.core);
    for (const Factor &factor : view.denominator) {
      if (!graph.getNode(factor.base).hasArgument)
        continue;
      int known = getPower(denominator, factor.base);
      if (known == 0)
        denominator.push_back(factor);
      for (Factor &mine : denominator)
        if (mine.base == factor.base)
          mine.halves = std::max(mine.halves, factor.halves);
    }
  }
  auto isCompound = [&](const Factor &f) { return !graph.isSum(f.base); };
  if (denominator.empty() || llvm::all_of(denominator, isCompound))
    return false;
  for (const Term &term : terms) {
    Product view = graph.viewAsProduct(term.core);
    for (const Factor &factor : denominator)
      differ |= getPower(view.denominator, factor.base) != factor.halves;
  }
  return differ;
}

void CommonDenominator::queue(Id base, int halves) {
  if (graph.isSum(base) && halves % 2 == 0 && halves <= 8) {
    sums.append(halves / 2, base);
    return;
  }
  plain.numerator.push_back({base, halves});
}

bool CommonDenominator::expandTerm(const Term &term) {
  Product view = graph.viewAsProduct(term.core);
  plain = {view.coefficient, {}, {}};
  sums.clear();
  Factors numerator = view.numerator;
  for (const Factor &factor : view.denominator)
    if (!graph.getNode(factor.base).hasArgument)
      plain.denominator.push_back(factor);
  for (const Factor &factor : denominator) {
    int missing = factor.halves - getPower(view.denominator, factor.base);
    if (missing == 0)
      continue;
    auto same = llvm::find_if(
        numerator, [&](const Factor &f) { return f.base == factor.base; });
    if (same != numerator.end())
      same->halves += missing;
    else
      numerator.push_back({factor.base, missing});
  }
  for (const Factor &factor : numerator)
    queue(factor.base, factor.halves);
  Terms partial{{term.coefficient, graph.makeProduct(plain)}};
  for (Id sum : sums) {
    Terms next;
    for (const Term &left : partial)
      for (const Term &right : graph.getTerms(sum)) {
        std::optional<Coefficient> coefficient =
            graph.multiply(left.coefficient, right.coefficient);
        if (!coefficient || next.size() >= maxExpanded)
          return false;
        next.push_back({*coefficient, graph.multiply(left.core, right.core)});
      }
    partial = std::move(next);
  }
  expanded.append(partial);
  return expanded.size() <= maxExpanded;
}

std::optional<Id> CommonDenominator::tryMerge() {
  if (terms.size() < 2 || terms.size() > maxTerms || !findDenominator())
    return std::nullopt;
  for (const Term &term : terms)
    if (!expandTerm(term))
      return std::nullopt;
  SumBuilder builder(graph, /*expandShared=*/true);
  for (const Term &term : expanded)
    builder.add(term.coefficient, term.core);
  Terms numerator = builder.takeTerms();
  if (numerator.size() >= terms.size())
    return std::nullopt;
  ProductBuilder product(graph);
  product.multiply(graph.makeSum(numerator));
  for (const Factor &factor : denominator)
    product.multiply(factor.base, factor.halves, /*divide=*/true);
  return product.finish();
}

//===----------------------------------------------------------------------===//
// Common factors
//===----------------------------------------------------------------------===//

/// Keeps of `common` what `factors` has as well.
static void intersect(Factors &common, const Factors &factors) {
  for (Factor &factor : common)
    factor.halves = std::min(factor.halves, getPower(factors, factor.base));
  llvm::erase_if(common, [](const Factor &f) { return f.halves == 0; });
}

/// `factors` without `common`.
static Factors subtractFactors(Factors factors, const Factors &common) {
  for (Factor &factor : factors)
    factor.halves -= getPower(common, factor.base);
  llvm::erase_if(factors, [](const Factor &f) { return f.halves == 0; });
  return factors;
}

static bool haveEqualCoefficients(const Terms &terms) {
  const Coefficient &first = terms[0].coefficient;
  return llvm::all_of(terms, [&](const Term &term) {
    return term.coefficient == first || term.coefficient == first.negated();
  });
}

/// What all of `terms` have in common; the sign only where all are negative.
static Product findCommonFactor(const Graph &graph, const Terms &terms) {
  Product common = graph.viewAsProduct(terms[0].core);
  common.coefficient = {};
  for (const Term &term : llvm::drop_begin(terms)) {
    Product view = graph.viewAsProduct(term.core);
    intersect(common.numerator, view.numerator);
    intersect(common.denominator, view.denominator);
  }
  if (haveEqualCoefficients(terms)) {
    common.coefficient = terms[0].coefficient;
    if (common.coefficient.isNegative())
      common.coefficient = common.coefficient.negated();
  }
  auto isNegative = [](const Term &t) { return t.coefficient.isNegative(); };
  if (llvm::all_of(terms, isNegative))
    common.coefficient = common.coefficient.negated();
  return common;
}

/// x + 3 * x ** 3 is left as people write it: an argument, or a power of one,
/// is not taken out of a sum in which a number would be left.
static bool isPolynomial(const Graph &graph, const Terms &terms,
                         const Product &common) {
  auto isArgument = [&](const Factor &factor) {
    return graph.getNode(factor.base).kind == Node::Leaf;
  };
  return llvm::all_of(common.numerator, isArgument) &&
         llvm::any_of(terms, [&](const Term &term) {
           Product view = graph.viewAsProduct(term.core);
           return subtractFactors(view.numerator, common.numerator).empty();
         });
}

static std::optional<Id> takeOutFactor(Graph &graph, const Terms &terms) {
  Product common = findCommonFactor(graph, terms);
  if (isPolynomial(graph, terms, common))
    common.numerator.clear();
  if (common.numerator.empty() && common.denominator.empty() &&
      common.coefficient.isOne())
    return std::nullopt;
  Terms rest;
  for (const Term &term : terms) {
    Product view = graph.viewAsProduct(term.core);
    view.numerator = subtractFactors(view.numerator, common.numerator);
    view.denominator = subtractFactors(view.denominator, common.denominator);
    Coefficient coefficient = term.coefficient;
    if (haveEqualCoefficients(terms))
      coefficient = {coefficient.isNegative() ? Real(-1.0) : Real(1.0), 1.0};
    if (common.coefficient.isNegative())
      coefficient = coefficient.negated();
    // A number that could not be folded into the term's stays in its core.
    rest.push_back({coefficient, graph.makeProduct(view)});
  }
  // The sum that is left goes last.
  Id sum = graph.makeSum(rest);
  ProductBuilder builder(graph);
  builder.multiply(common);
  builder.multiply(sum);
  return builder.finish();
}

//===----------------------------------------------------------------------===//
// Making
//===----------------------------------------------------------------------===//

Id Graph::makeSum(llvm::ArrayRef<Term> addends) {
  SumBuilder builder(*this);
  for (const Term &term : addends)
    builder.add(term.coefficient, term.core);
  Terms terms = builder.takeTerms();
  if (builder.sawShared()) {
    // A shared sum is taken apart only where that pays.
    SumBuilder expanding(*this, /*expandShared=*/true);
    for (const Term &term : addends)
      expanding.add(term.coefficient, term.core);
    Terms expanded = expanding.takeTerms();
    if (expanded.size() <= terms.size())
      terms = std::move(expanded);
  }
  if (terms.empty())
    return makeConstant(0.0);
  if (terms.size() == 1)
    return terms[0].core == one
               ? makeCoefficient(terms[0].coefficient)
               : makeScaled(terms[0].coefficient, terms[0].core);
  if (std::optional<Id> merged = CommonDenominator(*this, terms).tryMerge())
    return *merged;
  if (std::optional<Id> product = takeOutFactor(*this, terms))
    return *product;
  return internSum(terms);
}

} // namespace actin::simplifier
