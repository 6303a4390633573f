//===- KernelLoopsTest.cpp - What the loops ask of the memory -------------===//

#include "Lowering/KernelLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

class KernelLoopsTest : public testing::Test {
protected:
  KernelLoopsTest() {
    context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                        mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
                        mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
    options.numLanes = 8;
    options.traits.vectorBits = 256;
    options.traits.prefetchBytes = 1024;
    options.streaming = true;
  }

  /// The loops around `numSums` sums of two tensors.
  mlir::OwningOpRef<mlir::ModuleOp> build(unsigned numSums);
  /// How far behind the loops' indices the prefetches are, in elements: of one
  /// place, or of each of four.
  std::vector<int64_t> getDistances(mlir::ModuleOp module);

  mlir::MLIRContext context;
  KernelLoopOptions options;
};

mlir::OwningOpRef<mlir::ModuleOp> KernelLoopsTest::build(unsigned numSums) {
  std::string text =
      "func.func @body(%x: vector<8xf32> {act.role = \"input\"}, "
      "%d: vector<8xf32> {act.role = \"dout\"}) "
      "-> (vector<8xf32> {act.role = \"grad\"}) {\n%s0 = arith.addf %x, %d "
      ": vector<8xf32>\n";
  for (unsigned i = 1; i != numSums; ++i)
    text += "%s" + std::to_string(i) + " = arith.addf %s" +
            std::to_string(i - 1) + ", %d : vector<8xf32>\n";
  text +=
      "func.return %s" + std::to_string(numSums - 1) + " : vector<8xf32>\n}";
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (module)
    buildKernelLoops(*module->getOps<mlir::func::FuncOp>().begin(), options);
  return module;
}

int64_t getConstant(mlir::Value value) {
  return value.getDefiningOp<mlir::arith::ConstantIntOp>().value();
}

std::vector<int64_t> KernelLoopsTest::getDistances(mlir::ModuleOp module) {
  std::vector<int64_t> distances;
  module.walk([&](mlir::LLVM::Prefetch prefetch) {
    auto address = prefetch.getAddr().getDefiningOp<mlir::LLVM::GEPOp>();
    auto index =
        address.getDynamicIndices()[0].getDefiningOp<mlir::arith::AddIOp>();
    mlir::Value ahead = index.getRhs();
    if (auto choice = ahead.getDefiningOp<mlir::arith::SelectOp>()) {
      EXPECT_EQ(4 * getConstant(choice.getTrueValue()),
                getConstant(choice.getFalseValue()));
      ahead = choice.getFalseValue();
    }
    distances.push_back(getConstant(ahead));
  });
  return distances;
}

TEST_F(KernelLoopsTest, StreamingLoopsFetchAhead) {
  // Unrolled four times; pipelined.
  EXPECT_EQ(getDistances(*build(2)), std::vector<int64_t>(4 * 2, 256));
  EXPECT_EQ(getDistances(*build(40)), std::vector<int64_t>(2, 256));
}

TEST_F(KernelLoopsTest, QuartersAreFetchedAQuarterAsFarAhead) {
  options.traits.interleavesQuarters = true;
  EXPECT_EQ(getDistances(*build(2)), std::vector<int64_t>(4 * 2, 256));
  EXPECT_EQ(getDistances(*build(40)), std::vector<int64_t>(2, 256));
}

TEST_F(KernelLoopsTest, DistancesAreInBytes) {
  options.storage = DataType::F16;
  EXPECT_EQ(getDistances(*build(40)), std::vector<int64_t>(2, 512));
}

TEST_F(KernelLoopsTest, OthersDoNotFetchAhead) {
  options.streaming = false;
  for (unsigned numSums : {2, 40})
    EXPECT_EQ(getDistances(*build(numSums)), std::vector<int64_t>());
  options.streaming = true;
  options.traits.prefetchBytes = 0;
  for (unsigned numSums : {2, 40})
    EXPECT_EQ(getDistances(*build(numSums)), std::vector<int64_t>());
}

} // namespace
