//===- SimplifyGraph.h - Formulas in n-ary normal form ----------*- C++ -*-===//
//
// The workspace of `simplify`: a hash-consed graph in which sums and products
// are n-ary, with their like terms collected. Making a node applies every
// rule that concerns it, so that a graph is simple by construction.
//
// Operands always have a smaller number than their users.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_SIMPLIFYGRAPH_H
#define ACTIN_TRANSFORMS_SIMPLIFYGRAPH_H

#include "Expr/ExprGraph.h"
#include "Transforms/Simplify.h"

#include "mlir/IR/Value.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Hashing.h"

#include <deque>

namespace actin::simplifier {

using Id = uint32_t;

/// A rational number num / den, den > 0, kept apart so that x / 3 stays one.
struct Coefficient {
  Real num{1.0};
  Real den{1.0};

  bool isOne() const { return num == Real(1.0) && den == Real(1.0); }
  bool isMinusOne() const { return num == Real(-1.0) && den == Real(1.0); }
  bool isZero() const { return num.isZero(); }
  bool isNegative() const { return num.isNegative(); }
  Coefficient negated() const { return {-num, den}; }
  bool operator==(const Coefficient &) const = default;
};

/// base ** (halves / 2), halves > 0.
struct Factor {
  Id base;
  int halves;

  bool operator==(const Factor &) const = default;
  bool operator<(const Factor &other) const {
    return std::tie(base, halves) < std::tie(other.base, other.halves);
  }
};

/// coefficient * core. The core is the node `one` for a constant.
struct Term {
  Coefficient coefficient;
  Id core;
};

using Factors = llvm::SmallVector<Factor, 4>;
using Terms = llvm::SmallVector<Term, 4>;

/// coefficient * numerator / denominator.
struct Product {
  Coefficient coefficient;
  Factors numerator;
  Factors denominator;
};

struct Node {
  enum Kind : uint8_t {
    Leaf,     ///< An argument, or a value that is no formula.
    Constant, ///< A number.
    Operation,
    ProductOf,
    SumOf,
  };
  Kind kind = Leaf;
  ExprKind operation = ExprKind::Constant;
  bool shared = false;      ///< Used more than once.
  bool hasArgument = false; ///< Depends on an argument.
  bool isUniform = true;    ///< Of parameters and constants alone.
  bool positive = false;    ///< Known to be > 0 wherever it is defined.
  bool nonNegative = false; ///< Known to be >= 0 wherever it is defined.
  /// Leaf, Constant, ProductOf, SumOf: where its data is.
  unsigned data = 0;
  llvm::SmallVector<Id, 3> operands = {}; ///< Operation only.
};

/// Lists longer than this are not merged into others: it keeps the time linear.
inline constexpr size_t maxListLength = 24;

class Graph {
public:
  explicit Graph(const SimplifyOptions &options);

  const SimplifyOptions &getOptions() const { return options; }
  const Node &getNode(Id id) const { return nodes[id]; }
  size_t size() const { return nodes.size(); }
  mlir::Value getLeaf(Id id) const { return leaves[nodes[id].data]; }
  const Real &getConstant(Id id) const { return constants[nodes[id].data]; }
  const Product &getProduct(Id id) const { return products[nodes[id].data]; }
  const Terms &getTerms(Id id) const { return sums[nodes[id].data]; }
  void setShared(Id id) { nodes[id].shared = true; }

  bool isConstant(Id id) const { return nodes[id].kind == Node::Constant; }
  bool isConstant(Id id, double value) const;
  bool isOperation(Id id, ExprKind kind) const {
    return nodes[id].kind == Node::Operation && nodes[id].operation == kind;
  }
  bool isSum(Id id) const { return nodes[id].kind == Node::SumOf; }
  bool isProduct(Id id) const { return nodes[id].kind == Node::ProductOf; }
  Id getOne() const { return one; }

  // Makers. Each gives the simplest node of the same value.
  Id makeLeaf(mlir::Value value, bool isArgument);
  Id makeConstant(const Real &value);
  Id makeCoefficient(const Coefficient &coefficient);
  Id makeOperation(ExprKind kind, llvm::ArrayRef<Id> operands);
  Id makeSum(llvm::ArrayRef<Term> terms);
  Id makeProduct(const Product &product);
  Id makeScaled(const Coefficient &coefficient, Id id);
  /// lhs * rhs and lhs / rhs.
  Id multiply(Id lhs, Id rhs);
  Id divide(Id lhs, Id rhs);
  /// base ** (halves / 2).
  Id power(Id base, int halves);
  Id add(Id lhs, Id rhs);
  Id subtract(Id lhs, Id rhs);

  // Arithmetic of coefficients; nullopt where the result is not exact and
  // inexact folding is not asked for.
  std::optional<Coefficient> multiply(const Coefficient &lhs,
                                      const Coefficient &rhs) const;
  std::optional<Coefficient> add(const Coefficient &lhs,
                                 const Coefficient &rhs) const;
  /// True where `value` is taken into coefficients; others, such as pi, are
  /// atoms unless irrational constants are folded.
  bool isCoefficient(const Real &value) const;
  /// The value of an operation on constants, where it may be folded.
  std::optional<Real> foldConstants(ExprKind kind,
                                    llvm::ArrayRef<Id> operands) const;
  /// The node as coefficient * numerator / denominator.
  Product viewAsProduct(Id id) const;

  // For the builders: nodes without any simplification but sharing.
  Id internProduct(Product product);
  Id internSum(Terms terms);
  Id internOperation(ExprKind kind, llvm::ArrayRef<Id> operands);

private:
  Id intern(uint64_t hash, Node node, llvm::function_ref<bool(Id)> isEqual);
  void setSigns(Node &node) const;
  Coefficient normalize(Coefficient coefficient) const;

  // Rules of SimplifyRules.cpp; nullopt where none applies.
  std::optional<Id> simplifyWhere(Id condition, Id onTrue, Id onFalse);
  std::optional<Id> simplifyMagnitude(Id condition, Id onTrue, Id onFalse);
  Id assume(Id condition, Id id) const;
  Id assumeFactors(Id condition, Id id);
  std::optional<Id> simplifyComparison(ExprKind kind, Id lhs, Id rhs);
  std::optional<Id> simplifyCondition(ExprKind kind, llvm::ArrayRef<Id> ids);
  std::optional<Id> simplifyExtremum(ExprKind kind, Id lhs, Id rhs);
  std::optional<Id> simplifyPower(Id base, Id exponent);
  std::optional<Id> simplifyFunction(ExprKind kind, Id operand);
  std::optional<bool> getConstantCondition(Id condition) const;

  SimplifyOptions options;
  std::vector<Node> nodes;
  std::vector<mlir::Value> leaves;
  // Deques: references stay valid while nodes are added.
  std::deque<Real> constants;
  std::deque<Product> products;
  std::deque<Terms> sums;
  llvm::DenseMap<uint64_t, llvm::SmallVector<Id, 1>> byHash;
  Id one;
};

/// Collects the factors of one product.
class ProductBuilder {
public:
  explicit ProductBuilder(Graph &graph) : graph(graph) {}

  void multiplyCoefficient(const Coefficient &coefficient);
  /// Multiplies by id ** (halves / 2), or divides by it.
  void multiply(Id id, int halves = 2, bool divide = false);
  void multiply(const Product &product, bool divide = false);
  Id finish();

private:
  void multiplyConstant(Id id, int halves, bool divide);
  bool staysWhole(Id id) const;
  bool sharesBase(const Product &inner) const;
  bool multiplyProduct(Id id, int halves, bool divide);
  bool multiplyOperation(Id id, int halves, bool divide);
  void addFactor(Id base, int halves, bool divide);
  bool cancel(Id base, int &halves, Factors &opposite);
  void mergeConstantRoots(Factors &factors);
  bool mergeSignOfProduct(size_t index);
  void mergeSigns();
  void mergeExponentials();
  void mergeTangents();
  void mergeReciprocal();
  void pushIntoSelections();

  Graph &graph;
  Product product;
  bool zero = false;
};

/// Collects the terms of one sum.
class SumBuilder {
public:
  explicit SumBuilder(Graph &graph, bool expandShared = false)
      : graph(graph), expandShared(expandShared) {}

  /// Adds coefficient * id; a sum's terms one by one where that is allowed.
  void add(const Coefficient &coefficient, Id id);
  /// True where a shared sum was kept whole.
  bool sawShared() const { return shared; }
  size_t size() const { return terms.size(); }
  Terms takeTerms();

private:
  void addTerm(const Coefficient &coefficient, Id core);

  Graph &graph;
  bool expandShared;
  bool shared = false;
  Terms terms;
};

} // namespace actin::simplifier

#endif // ACTIN_TRANSFORMS_SIMPLIFYGRAPH_H
