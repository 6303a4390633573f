//===- ExprKinds.cpp - Operations of the dialect as node kinds ------------===//

#include "Dialect/Act/ExprKinds.h"

#include "actin/Dialect/Act/Act.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

// Operations whose class is the kind's name and "Op", but for comparisons.
#define ACTIN_FOR_EACH_PLAIN_OPERATION(X)                                      \
  X(ExpMax)                                                                    \
  X(ExpMin)                                                                    \
  X(Add)                                                                       \
  X(Sub)                                                                       \
  X(Mul)                                                                       \
  X(Div)                                                                       \
  X(Neg)                                                                       \
  X(Pow)                                                                       \
  X(Min)                                                                       \
  X(Max)                                                                       \
  X(Clip)                                                                      \
  X(Clamp)                                                                     \
  X(Where)                                                                     \
  X(And)                                                                       \
  X(Or)                                                                        \
  X(Not)

namespace actin::act {

static ExprKind getComparisonKind(CmpPredicate predicate) {
  switch (predicate) {
  case CmpPredicate::lt:
    return ExprKind::Less;
  case CmpPredicate::le:
    return ExprKind::LessEqual;
  case CmpPredicate::gt:
    return ExprKind::Greater;
  case CmpPredicate::ge:
    return ExprKind::GreaterEqual;
  case CmpPredicate::eq:
    return ExprKind::Equal;
  case CmpPredicate::ne:
    return ExprKind::NotEqual;
  }
  llvm_unreachable("unknown predicate");
}

std::optional<ExprKind> getExprKind(Operation *op) {
  using Kind = std::optional<ExprKind>;
  return llvm::TypeSwitch<Operation *, Kind>(op)
      .Case([](ConstantOp) { return ExprKind::Constant; })
      .Case([](CmpOp cmp) { return getComparisonKind(cmp.getPredicate()); })
#define X(kind) .Case([](kind##Op) { return ExprKind::kind; })
          ACTIN_FOR_EACH_PLAIN_OPERATION(X)
#undef X
#define ACTIN_UNARY_FUNCTION(kind, name)                                       \
  .Case([](kind##Op) { return ExprKind::kind; })
#include "actin/Functions.def"
      .Default([](Operation *) { return std::nullopt; });
}

static Value createComparison(OpBuilder &builder, Location location,
                              CmpPredicate predicate, ValueRange operands) {
  return CmpOp::create(builder, location, predicate, operands[0], operands[1]);
}

Value createOperation(OpBuilder &builder, Location location, ExprKind kind,
                      ValueRange operands) {
  switch (kind) {
  case ExprKind::Constant:
  case ExprKind::Argument:
    llvm_unreachable("a leaf with a value of its own");
  case ExprKind::Less:
    return createComparison(builder, location, CmpPredicate::lt, operands);
  case ExprKind::LessEqual:
    return createComparison(builder, location, CmpPredicate::le, operands);
  case ExprKind::Greater:
    return createComparison(builder, location, CmpPredicate::gt, operands);
  case ExprKind::GreaterEqual:
    return createComparison(builder, location, CmpPredicate::ge, operands);
  case ExprKind::Equal:
    return createComparison(builder, location, CmpPredicate::eq, operands);
  case ExprKind::NotEqual:
    return createComparison(builder, location, CmpPredicate::ne, operands);
#define X(kind)                                                                \
  case ExprKind::kind:                                                         \
    return kind##Op::create(builder, location, operands)->getResult(0);
    ACTIN_FOR_EACH_PLAIN_OPERATION(X)
#undef X
#define ACTIN_UNARY_FUNCTION(kind, name)                                       \
  case ExprKind::kind:                                                         \
    return kind##Op::create(builder, location, operands)->getResult(0);
#include "actin/Functions.def"
  }
  llvm_unreachable("unknown kind");
}

} // namespace actin::act
