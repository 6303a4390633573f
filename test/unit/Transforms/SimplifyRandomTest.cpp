//===- SimplifyRandomTest.cpp - No rule changes a value -------------------===//
//
// Random formulas, simplified with each set of options, keep their value at
// random points; so do their derivatives.
//
//===----------------------------------------------------------------------===//

#include "Dialect/Act/ExprKinds.h"
#include "Transforms/Differentiate.h"
#include "Transforms/Simplify.h"

#include "../Dialect/FormulaFixture.h"

#include <random>

using namespace mlir;

namespace actin {
namespace {

class SimplifyRandomTest : public FormulaFixture {
protected:
  unsigned pick(unsigned count) { return generator() % count; }

  Value pickReal() { return reals[pick(reals.size())]; }

  /// A constant that rules care for.
  Value makeConstant(OpBuilder &builder) {
    static const double values[] = {0, 1, -1, 2, 3, 0.5, -0.25, 6};
    Real value = pick(8) == 0 ? Real::pi() : Real(values[pick(8)]);
    return act::ConstantOp::create(builder, builder.getUnknownLoc(), value);
  }

  void addOperation(OpBuilder &builder) {
    static const ExprKind binary[] = {
        ExprKind::Add, ExprKind::Add, ExprKind::Sub, ExprKind::Mul,
        ExprKind::Mul, ExprKind::Div, ExprKind::Min, ExprKind::Max};
    static const ExprKind unary[] = {
        ExprKind::Neg,  ExprKind::Exp,     ExprKind::Sqrt, ExprKind::Abs,
        ExprKind::Sign, ExprKind::Sigmoid, ExprKind::Tanh, ExprKind::Log,
        ExprKind::Cos,  ExprKind::Neg};
    Location location = builder.getUnknownLoc();
    auto create = [&](ExprKind kind, ValueRange operands) {
      return act::createOperation(builder, location, kind, operands);
    };
    switch (pick(8)) {
    case 0:
    case 1:
    case 2:
    case 3:
      reals.push_back(create(binary[pick(8)], {pickReal(), pickReal()}));
      return;
    case 4:
      reals.push_back(create(unary[pick(10)], {pickReal()}));
      return;
    case 5: {
      Value two =
          act::ConstantOp::create(builder, location, Real(pick(2) ? 2.0 : 1.5));
      reals.push_back(create(ExprKind::Pow, {pickReal(), two}));
      return;
    }
    case 6: {
      ExprKind kind = pick(2) ? ExprKind::Less : ExprKind::GreaterEqual;
      Value condition = create(kind, {pickReal(), pickReal()});
      if (pick(4) == 0)
        condition = create(ExprKind::Not, {condition});
      conditions.push_back(condition);
      [[fallthrough]];
    }
    default:
      if (!conditions.empty())
        reals.push_back(
            create(ExprKind::Where, {conditions[pick(conditions.size())],
                                     pickReal(), pickReal()}));
    }
  }

  func::FuncOp makeFormula(unsigned seed) {
    generator.seed(seed);
    module = ModuleOp::create(UnknownLoc::get(&context));
    OpBuilder builder(&context);
    Type real = act::RealType::get(&context);
    auto function = func::FuncOp::create(
        module->getLoc(), "f", builder.getFunctionType({real, real}, {real}));
    module->push_back(function);
    Block *block = function.addEntryBlock();
    for (unsigned i : {0u, 1u})
      function.setArgAttr(i, "act.name", builder.getStringAttr(i ? "y" : "x"));
    builder.setInsertionPointToEnd(block);
    reals.assign(block->args_begin(), block->args_end());
    conditions.clear();
    for (int i = 0; i < 3; ++i)
      reals.push_back(makeConstant(builder));
    for (int i = 0; i < 14; ++i)
      addOperation(builder);
    func::ReturnOp::create(builder, module->getLoc(), reals.back());
    return function;
  }

  /// True where no value on the way is huge, tiny or a not-a-number, and no
  /// comparison nearly a tie: rounding may then be neglected.
  bool isTame(func::FuncOp function, ArrayRef<Real> point) {
    auto values = act::evaluateAll(function, point);
    if (failed(values))
      return false;
    auto valueOf = [&](Value value) { return values->at(value).toDouble(); };
    bool tame = true;
    function.walk([&](Operation *op) {
      if (op->getNumResults() != 1)
        return;
      double value = valueOf(op->getResult(0));
      tame &= std::isfinite(value) && std::fabs(value) < 1e8;
      if (isa<act::CmpOp, act::SignOp, act::AbsOp, act::MinOp, act::MaxOp,
              act::DivOp, act::LogOp, act::SqrtOp, act::PowOp>(op)) {
        double last = valueOf(op->getOperands().back());
        double first = valueOf(op->getOperand(0));
        bool isUnary = op->getNumOperands() == 1 || isa<act::DivOp>(op);
        tame &= std::fabs(isUnary ? last : first - last) > 1e-6;
      }
    });
    return tame;
  }

  std::string print(func::FuncOp function) {
    std::string text;
    llvm::raw_string_ostream(text) << function;
    return text;
  }

  std::mt19937 generator;
  std::vector<Value> reals, conditions;
};

TEST_F(SimplifyRandomTest, KeepsValues) {
  unsigned numCompared = 0;
  for (unsigned seed = 0; seed < 3000; ++seed)
    for (int mode = 0; mode < 4; ++mode) {
      func::FuncOp original = makeFormula(seed);
      func::FuncOp function = original.clone();
      function.setName("g");
      module->push_back(function);
      simplify(function, {mode == 1, mode >= 2, mode == 3});
      for (auto [x, y] : {std::pair(0.7331, -1.913), std::pair(-2.1717, 0.377),
                          std::pair(1.2345, 3.8571)}) {
        if (!isTame(original, {x, y}))
          continue;
        Real expected = evaluate(original, {x, y});
        Real actual = evaluate(function, {x, y});
        ++numCompared;
        double scale = std::fabs(expected.toDouble()) + 1;
        ASSERT_LT(getError(actual, expected, scale), 1e-15)
            << "seed " << seed << " mode " << mode << " at " << x << ", " << y
            << "\n"
            << print(original) << print(function);
      }
    }
  EXPECT_GT(numCompared, 5000u);
}

TEST_F(SimplifyRandomTest, DerivativesAgreeWithDifferences) {
  unsigned numCompared = 0;
  Real step(0x1p-34);
  for (unsigned seed = 10000; seed < 12000; ++seed) {
    func::FuncOp function = makeFormula(seed);
    auto derivative = differentiate(function, "x", 1);
    ASSERT_TRUE(succeeded(derivative));
    for (auto [x, y] : {std::pair(0.7331, -1.913), std::pair(-2.1717, 0.377)}) {
      if (!isTame(function, {x, y}))
        continue;
      Real above = evaluate(function, {Real(x) + step, y});
      Real below = evaluate(function, {Real(x) - step, y});
      Real difference = (above - below) / (step + step);
      double scale = std::fabs(difference.toDouble()) + 1;
      if (scale > 1e5)
        continue; // The difference itself is no good there.
      ++numCompared;
      Real slope = evaluate(*derivative, {x, y});
      ASSERT_LT(getError(slope, difference, scale), 1e-7)
          << "seed " << seed << " at " << x << ", " << y << "\n"
          << print(function) << print(*derivative);
    }
  }
  EXPECT_GT(numCompared, 1000u);
}

} // namespace
} // namespace actin
