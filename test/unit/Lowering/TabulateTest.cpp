//===- TabulateTest.cpp - What becomes a table ----------------------------===//

#include "Lowering/Tabulate.h"

#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

class TabulateTest : public testing::Test {
protected:
  TabulateTest() {
    context.loadDialect<act::ActDialect, mlir::func::FuncDialect>();
  }

  /// A kernel of x, gate, a parameter a and dout with the given operations,
  /// whose last is %y; marked, then tabulated.
  mlir::func::FuncOp tabulateBody(const std::string &body,
                                  const std::string &role = "forward") {
    std::string text = R"(func.func @kernel(
        %x: !act.real {act.name = "x", act.role = "input"},
        %gate: !act.real {act.name = "gate", act.role = "input"},
        %a: !act.real {act.name = "a", act.role = "parameter",
                       act.default = #act.real<1.0>},
        %dout: !act.real {act.name = "dout", act.role = "dout"})
        -> (!act.real {act.role = ")" +
                       role + "\"}) {\n" + body + "\nreturn %y : !act.real }";
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    auto kernel = *module->getOps<mlir::func::FuncOp>().begin();
    markSmoothResults(kernel);
    tabulate(kernel);
    EXPECT_TRUE(succeeded(mlir::verify(*module)));
    return kernel;
  }

  static act::PiecewiseOp findTable(mlir::func::FuncOp kernel) {
    auto tables = kernel.getBody().front().getOps<act::PiecewiseOp>();
    return tables.empty() ? act::PiecewiseOp() : *tables.begin();
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(TabulateTest, replacesWhatSaturates) {
  act::PiecewiseOp table = findTable(tabulateBody("%y = act.tanh %x "));
  ASSERT_TRUE(table);
  EXPECT_TRUE(table.getOdd());
  EXPECT_FALSE(table.getExponent());
  EXPECT_EQ(int32_t(table.getFirst()), 0);
}

TEST_F(TabulateTest, halvesWithAnExponential) {
  act::PiecewiseOp table = findTable(tabulateBody(R"(
    %c1 = act.constant 1.0
    %c2 = act.constant 2.0
    %n = act.neg %x
    %s = act.sigmoid %x
    %t = act.sigmoid %n
    %g = act.mul %s, %t
    %y = act.mul %dout, %g
  )",
                                                  "gradient"));
  ASSERT_TRUE(table);
  EXPECT_TRUE(table.getHalving());
  EXPECT_FALSE(table.getExponent());
}

/// The gradient of x sigmoid(x).
TEST_F(TabulateTest, halvesBesideALine) {
  act::PiecewiseOp table = findTable(tabulateBody(R"(
    %c1 = act.constant 1.0
    %n = act.neg %x
    %s = act.sigmoid %x
    %t = act.sigmoid %n
    %u = act.mul %x, %t
    %v = act.add %c1, %u
    %g = act.mul %s, %v
    %y = act.mul %dout, %g
  )",
                                                  "gradient"));
  ASSERT_TRUE(table);
  EXPECT_TRUE(table.getHalving());
  ASSERT_TRUE(table.getTail());
  EXPECT_EQ((*table.getTail())[0], -1);
  EXPECT_FALSE(table.getExponent());
  EXPECT_TRUE(table.getComplement());
}

/// The gradient of x tanh(softplus(x)).
TEST_F(TabulateTest, halvesOnOneSide) {
  act::PiecewiseOp table = findTable(tabulateBody(R"(
    %c1 = act.constant 1.0
    %p = act.softplus %x
    %t = act.tanh %p
    %s = act.sigmoid %x
    %q = act.mul %t, %t
    %r = act.sub %c1, %q
    %u = act.mul %x, %s
    %v = act.mul %u, %r
    %y = act.add %t, %v
  )",
                                                  "gradient"));
  ASSERT_TRUE(table);
  EXPECT_TRUE(table.getHalving());
  EXPECT_LT(int32_t(table.getFirst()), 0);
  ASSERT_TRUE(table.getTail());
  EXPECT_EQ((*table.getTail())[0], 1);
  EXPECT_FALSE(table.getExponent());
}

/// x tanh(softplus(x)), of which x stays outside.
TEST_F(TabulateTest, halvesBesideX) {
  act::PiecewiseOp table = findTable(tabulateBody(R"(
    %p = act.softplus %x
    %t = act.tanh %p
    %y = act.mul %x, %t
  )"));
  ASSERT_TRUE(table);
  EXPECT_TRUE(table.getHalving());
  EXPECT_TRUE(table.getTimesX());
  EXPECT_FALSE(table.getExponent());
}

TEST_F(TabulateTest, keepsDoutBesideTheTable) {
  mlir::func::FuncOp kernel =
      tabulateBody("%t = act.tanh %x %y = act.mul %t, %dout ", "gradient");
  ASSERT_TRUE(findTable(kernel));
  auto product = kernel.getBody()
                     .front()
                     .getTerminator()
                     ->getOperand(0)
                     .getDefiningOp<act::MulOp>();
  ASSERT_TRUE(product);
  EXPECT_EQ(product.getLhs(), kernel.getArgument(3));
}

TEST_F(TabulateTest, keepsAnotherInputBesideTheTable) {
  mlir::func::FuncOp kernel = tabulateBody(R"(
    %n = act.neg %gate
    %s = act.sigmoid %gate
    %t = act.sigmoid %n
    %d = act.mul %s, %t
    %y = act.mul %x, %d
  )");
  act::PiecewiseOp table = findTable(kernel);
  ASSERT_TRUE(table);
  EXPECT_EQ(table.getOperand(), kernel.getArgument(1));
  // Times a large number a subnormal one of the table's would show.
  EXPECT_FALSE(
      findTable(tabulateBody("%t = act.tanh %gate %y = act.mul %x, %t ")));
}

TEST_F(TabulateTest, leavesWhatCostsLess) {
  EXPECT_FALSE(findTable(tabulateBody("%y = act.sigmoid %x ")));
}

TEST_F(TabulateTest, leavesWhatChooses) {
  EXPECT_FALSE(findTable(tabulateBody(R"(
    %c = act.constant 3.3
    %b = act.cmp gt, %x, %c
    %t = act.tanh %x
    %n = act.neg %t
    %y = act.where %b, %t, %n
  )")));
}

TEST_F(TabulateTest, leavesWhatDependsOnAParameter) {
  EXPECT_FALSE(
      findTable(tabulateBody("%u = act.mul %a, %x %y = act.tanh %u ")));
}

/// A spike next to 3.3 that is far narrower than a piece.
TEST_F(TabulateTest, leavesWhatIsNarrowerThanSamplesShow) {
  EXPECT_FALSE(findTable(tabulateBody(R"(
    %c = act.constant 3.3
    %k = act.constant 1.0e5
    %d = act.sub %x, %c
    %u = act.mul %k, %d
    %s = act.mul %u, %u
    %n = act.neg %s
    %e = act.exp %n
    %t = act.tanh %x
    %y = act.add %t, %e
  )")));
}

/// Doubled 64 times: 2^64 factors, if products were taken apart.
TEST_F(TabulateTest, takesNoTimeForSharedProducts) {
  std::string body = "%0 = act.tanh %x\n";
  for (int i = 0; i != 64; ++i)
    body += "%" + std::to_string(i + 1) + " = act.mul %" + std::to_string(i) +
            ", %" + std::to_string(i) + "\n";
  tabulateBody(body + "%y = act.neg %64");
}

/// The gradient of x sigmoid(a x) by x: a function of a x alone.
constexpr const char *slopeOfSwish = R"(
    %c1 = act.constant 1.0
    %u = act.mul %a, %x
    %n = act.neg %u
    %s = act.sigmoid %u
    %t = act.sigmoid %n
    %p = act.mul %u, %t
    %q = act.add %c1, %p
    %g = act.mul %s, %q
    %y = act.mul %dout, %g
  )";

TEST_F(TabulateTest, isOfAProductWithAParameter) {
  act::PiecewiseOp table = findTable(tabulateBody(slopeOfSwish, "gradient"));
  ASSERT_TRUE(table);
  EXPECT_TRUE(table.getHalving());
  auto product = table.getOperand().getDefiningOp<act::MulOp>();
  ASSERT_TRUE(product);
  EXPECT_EQ(act::getRole(product.getLhs()), "parameter");
  EXPECT_EQ(act::getRole(product.getRhs()), "input");
}

/// That by a: x^2 times a function of a x. The square is left.
TEST_F(TabulateTest, leavesOtherFactors) {
  act::PiecewiseOp table = findTable(tabulateBody(R"(
    %u = act.mul %a, %x
    %n = act.neg %u
    %s = act.sigmoid %u
    %t = act.sigmoid %n
    %g = act.mul %s, %t
    %c2 = act.constant 2.0
    %square = act.pow %x, %c2
    %f = act.mul %square, %g
    %y = act.mul %dout, %f
  )",
                                                  "sum"));
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->hasOneUse());
  EXPECT_TRUE(isa<act::MulOp>(*table->getUsers().begin()));
}

/// a silu'(x) + a: what is left beside parameters.
TEST_F(TabulateTest, isOfAnInputBesideParameters) {
  act::PiecewiseOp table = findTable(tabulateBody(R"(
    %c1 = act.constant 1.0
    %n = act.neg %x
    %s = act.sigmoid %x
    %t = act.sigmoid %n
    %p = act.mul %x, %t
    %q = act.add %c1, %p
    %g = act.mul %s, %q
    %m = act.mul %a, %g
    %r = act.add %m, %a
    %y = act.mul %dout, %r
  )",
                                                  "gradient"));
  ASSERT_TRUE(table);
  EXPECT_EQ(act::getRole(table.getOperand()), "input");
}

TEST_F(TabulateTest, leavesProductsOfTwoInputs) {
  EXPECT_FALSE(findTable(tabulateBody(R"(
    %u = act.mul %gate, %x
    %n = act.neg %u
    %s = act.sigmoid %u
    %t = act.sigmoid %n
    %y = act.mul %s, %t
  )")));
}

/// A step of a x is no function that pieces are smooth on.
TEST_F(TabulateTest, leavesPartsThatChoose) {
  EXPECT_FALSE(findTable(tabulateBody(R"(
    %c0 = act.constant 0.0
    %u = act.mul %a, %x
    %s = act.sigmoid %u
    %e = act.exp %u
    %w = act.cmp gt, %u, %c0
    %q = act.where %w, %s, %e
    %y = act.mul %q, %s
  )")));
}

} // namespace
