//===- LeavesF64Test.cpp - What f64 is not wide enough for ----------------===//

#include "Lowering/LeavesF64.h"

#include "actin/Dialect/Act/Act.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

/// Of a function of x with the given operations, whose last is %y.
bool leavesF64(const std::string &body) {
  mlir::MLIRContext context;
  context.loadDialect<act::ActDialect, mlir::func::FuncDialect>();
  std::string text = R"(func.func @kernel(
      %x: !act.real {act.name = "x", act.role = "input"})
      -> (!act.real {act.role = "forward"}) {
      %one = act.constant 1.0
      )" + body + "\nreturn %y : !act.real }";
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  EXPECT_TRUE(module);
  return module &&
         actin::leavesF64(*module->getOps<mlir::func::FuncOp>().begin());
}

TEST(LeavesF64, NotWhereAnOverflowIsTheResultOrVanishes) {
  EXPECT_FALSE(leavesF64("%y = act.exp %x"));
  EXPECT_FALSE(leavesF64("%0 = act.exp %x\n%1 = act.add %one, %0\n"
                         "%y = act.div %one, %1"));
  EXPECT_FALSE(leavesF64("%0 = act.mul %x, %x\n%1 = act.add %one, %0\n"
                         "%2 = act.sqrt %1\n%y = act.div %x, %2"));
}

TEST(LeavesF64, WhereTheResultIsANumber) {
  EXPECT_TRUE(leavesF64("%0 = act.exp %x\n%1 = act.add %one, %0\n"
                        "%y = act.log %1"));
  EXPECT_TRUE(leavesF64("%0 = act.exp %x\n%1 = act.add %one, %0\n"
                        "%y = act.div %0, %1"));
  EXPECT_TRUE(leavesF64("%n = act.constant 9.0\n%0 = act.pow %x, %n\n"
                        "%1 = act.add %one, %0\n%2 = act.div %0, %1\n"
                        "%y = act.mul %x, %2"));
}

} // namespace
