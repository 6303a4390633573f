//===- RealBuilder.h - Formulas of the act dialect in C++ -------*- C++ -*-===//
//
// `RealValue` lets a rule be written as it stands in a book, `1.0 - y * y`;
// `Tangent` is one that may be structurally zero. Every operation is made
// through its folder. A RealValue holds references: use it within one rule.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_REALBUILDER_H
#define ACTIN_DIALECT_ACT_REALBUILDER_H

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace actin::act {

class RealValue {
public:
  RealValue(mlir::OpBuilder &builder, mlir::Location location,
            mlir::Value value)
      : builder(&builder), location(location), value(value) {}

  mlir::Value getValue() const { return value; }

  /// The operation `OpTy` on these operands, at this value's builder.
  template <typename OpTy, typename... Operands>
  RealValue create(Operands &&...operands) const {
    return {*builder, location,
            builder->createOrFold<OpTy>(location,
                                        std::forward<Operands>(operands)...)};
  }
  RealValue constant(const Real &number) const {
    return create<ConstantOp>(RealAttr::get(builder->getContext(), number));
  }
  /// A value made elsewhere, at this value's builder.
  RealValue with(mlir::Value other) const {
    return {*builder, location, other};
  }

private:
  mlir::OpBuilder *builder;
  mlir::Location location;
  mlir::Value value;
};

#define ACTIN_REAL_BINARY(name, OpTy)                                          \
  inline RealValue name(const RealValue &lhs, const RealValue &rhs) {          \
    return lhs.create<OpTy>(lhs.getValue(), rhs.getValue());                   \
  }                                                                            \
  inline RealValue name(double lhs, const RealValue &rhs) {                    \
    return name(rhs.constant(lhs), rhs);                                       \
  }                                                                            \
  inline RealValue name(const RealValue &lhs, double rhs) {                    \
    return name(lhs, lhs.constant(rhs));                                       \
  }
ACTIN_REAL_BINARY(operator+, AddOp)
ACTIN_REAL_BINARY(operator-, SubOp)
ACTIN_REAL_BINARY(operator*, MulOp)
ACTIN_REAL_BINARY(operator/, DivOp)
ACTIN_REAL_BINARY(pow, PowOp)
ACTIN_REAL_BINARY(min, MinOp)
ACTIN_REAL_BINARY(max, MaxOp)
#undef ACTIN_REAL_BINARY

inline RealValue operator-(const RealValue &operand) {
  return operand.create<NegOp>(operand.getValue());
}
inline RealValue square(const RealValue &operand) { return pow(operand, 2.0); }

#define ACTIN_UNARY_FUNCTION(kind, name)                                       \
  inline RealValue name(const RealValue &operand) {                            \
    return operand.create<kind##Op>(operand.getValue());                       \
  }
#include "actin/Functions.def"

/// A comparison, for `where`.
inline mlir::Value compare(CmpPredicate predicate, const RealValue &lhs,
                           const RealValue &rhs) {
  return lhs.create<CmpOp>(predicate, lhs.getValue(), rhs.getValue())
      .getValue();
}
inline RealValue where(mlir::Value condition, const RealValue &onTrue,
                       const RealValue &onFalse) {
  return onTrue.create<WhereOp>(condition, onTrue.getValue(),
                                onFalse.getValue());
}

/// A derivative on its way through a formula. Null stands for a zero that
/// is known without looking at any value.
class Tangent {
public:
  Tangent(mlir::Value value = {}) : value(value) {}
  explicit operator bool() const { return value != nullptr; }
  mlir::Value getValue() const { return value; }

private:
  mlir::Value value;
};

/// Makes tangents; `context` is any value with the rule's builder.
class TangentBuilder {
public:
  explicit TangentBuilder(const RealValue &context) : context(context) {}

  Tangent add(Tangent lhs, Tangent rhs) const;
  Tangent sub(Tangent lhs, Tangent rhs) const;
  Tangent neg(Tangent operand) const;
  /// factor * tangent. A tangent that selects a zero (of a kink, of a branch
  /// without the variable) keeps it: the product goes into the selection, so
  /// that an infinite factor cannot make a not-a-number of it.
  Tangent scale(const RealValue &factor, Tangent tangent) const;
  /// tangent / divisor, in the same manner.
  Tangent divide(Tangent tangent, const RealValue &divisor) const;
  Tangent select(mlir::Value condition, Tangent onTrue, Tangent onFalse) const;

private:
  /// `operation` on the tangent, or on the branches of its selection.
  Tangent
  mapBranches(Tangent tangent,
              llvm::function_ref<mlir::Value(const RealValue &)> operation,
              int depth = 0) const;

  RealValue context;
};

/// The chain rule for a function of one argument: `derivative`(x, y) * tangent,
/// where x is the operand of `op` and y its result.
mlir::Value applyChainRule(mlir::OpBuilder &builder, mlir::Operation *op,
                           mlir::Value tangent,
                           RealValue (*derivative)(const RealValue &,
                                                   const RealValue &));

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_REALBUILDER_H
