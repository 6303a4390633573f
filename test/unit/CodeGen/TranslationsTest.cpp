//===- TranslationsTest.cpp - MLIR to LLVM IR -----------------------------===//

#include "CodeGen/CodeGen.h"
#include "CodeGen/Target.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

class TranslationsTest : public testing::Test {
protected:
  /// The LLVM IR of `text`, after LLVM's verifier has seen it; what was said
  /// where there is none.
  std::string translate(const std::string &text);
  /// The same of the body of a function.
  std::string translateBody(const std::string &body) {
    return translate("func.func @f(%a: vector<4xf32>, %b: vector<4xf32>, "
                     "%i: vector<4xi32>, %j: vector<4xi32>, "
                     "%m: vector<4xi1>, %s: f32, %n: i64) {\n" +
                     body + "\n func.return\n}");
  }

  void expectBecomes(const char *operation, const char *instruction) {
    std::string text = translateBody(std::string("  ") + operation);
    EXPECT_NE(text.find(instruction), std::string::npos) << operation << "\n"
                                                         << text;
  }
};

std::string TranslationsTest::translate(const std::string &text) {
  mlir::DialectRegistry registry;
  registerCodeGenDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  std::string said;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &fault) { said += fault.str(); });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return said;
  auto machine = createTargetMachine(*resolveTarget("x86-64-v3"));
  llvm::LLVMContext llvmContext;
  auto translated = translateToLLVMIR(*module, llvmContext, **machine, 256);
  if (!translated)
    return llvm::toString(translated.takeError()) + ": " + said;
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  EXPECT_FALSE(llvm::verifyModule(**translated, &stream));
  (*translated)->print(stream, nullptr);
  return printed;
}

TEST_F(TranslationsTest, Arithmetic) {
  expectBecomes("arith.addf %a, %b : vector<4xf32>", "fadd <4 x float> %0, %1");
  expectBecomes("arith.subf %a, %b : vector<4xf32>", "fsub <4 x float> %0, %1");
  expectBecomes("arith.mulf %a, %b : vector<4xf32>", "fmul <4 x float> %0, %1");
  expectBecomes("arith.divf %a, %b : vector<4xf32>", "fdiv <4 x float> %0, %1");
  expectBecomes("arith.negf %a : vector<4xf32>", "fneg <4 x float> %0");
  expectBecomes("arith.minimumf %a, %b : vector<4xf32>",
                "@llvm.minimum.v4f32(<4 x float> %0, <4 x float> %1)");
  expectBecomes("arith.maximumf %a, %b : vector<4xf32>", "@llvm.maximum.v4f32");
  expectBecomes("arith.addi %i, %j : vector<4xi32>", "add <4 x i32> %2, %3");
  expectBecomes("arith.subi %i, %j : vector<4xi32>", "sub <4 x i32> %2, %3");
  expectBecomes("arith.muli %i, %j : vector<4xi32>", "mul <4 x i32> %2, %3");
  expectBecomes("arith.divui %n, %n : i64", "udiv i64 %6, %6");
  expectBecomes("arith.remui %n, %n : i64", "urem i64 %6, %6");
  expectBecomes("arith.minsi %n, %n : i64", "@llvm.smin.i64(i64 %6, i64 %6)");
  expectBecomes("arith.andi %i, %j : vector<4xi32>", "and <4 x i32> %2, %3");
  expectBecomes("arith.ori %i, %j : vector<4xi32>", "or <4 x i32> %2, %3");
  expectBecomes("arith.xori %i, %j : vector<4xi32>", "xor <4 x i32> %2, %3");
  expectBecomes("arith.shli %i, %j : vector<4xi32>", "shl <4 x i32> %2, %3");
  expectBecomes("arith.shrui %i, %j : vector<4xi32>", "lshr <4 x i32> %2, %3");
  expectBecomes("arith.shrsi %i, %j : vector<4xi32>", "ashr <4 x i32> %2, %3");
  expectBecomes("arith.select %m, %a, %b : vector<4xi1>, vector<4xf32>",
                "select <4 x i1> %4, <4 x float> %0, <4 x float> %1");
}

TEST_F(TranslationsTest, Casts) {
  expectBecomes("arith.bitcast %a : vector<4xf32> to vector<4xi32>",
                "bitcast <4 x float> %0 to <4 x i32>");
  expectBecomes("arith.extf %a : vector<4xf32> to vector<4xf64>",
                "fpext <4 x float> %0 to <4 x double>");
  expectBecomes("arith.truncf %a : vector<4xf32> to vector<4xbf16>",
                "fptrunc <4 x float> %0 to <4 x bfloat>");
  expectBecomes("arith.extui %m : vector<4xi1> to vector<4xi32>",
                "zext <4 x i1> %4 to <4 x i32>");
  expectBecomes("arith.trunci %n : i64 to i32", "trunc i64 %6 to i32");
  expectBecomes("arith.sitofp %i : vector<4xi32> to vector<4xf32>",
                "sitofp <4 x i32> %2 to <4 x float>");
  expectBecomes("arith.fptosi %a : vector<4xf32> to vector<4xi32>",
                "fptosi <4 x float> %0 to <4 x i32>");
}

TEST_F(TranslationsTest, EveryComparison) {
  for (auto [from, to] : {std::pair("oeq", "oeq"),
                          {"ogt", "ogt"},
                          {"oge", "oge"},
                          {"olt", "olt"},
                          {"ole", "ole"},
                          {"one", "one"},
                          {"ord", "ord"},
                          {"ueq", "ueq"},
                          {"ugt", "ugt"},
                          {"uge", "uge"},
                          {"ult", "ult"},
                          {"ule", "ule"},
                          {"une", "une"},
                          {"uno", "uno"},
                          {"true", "true"},
                          {"false", "false"}})
    expectBecomes(
        ("arith.cmpf " + std::string(from) + ", %a, %b : vector<4xf32>")
            .c_str(),
        ("fcmp " + std::string(to) + " <4 x float> %0, %1").c_str());
  for (const char *name :
       {"eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"})
    expectBecomes(
        ("arith.cmpi " + std::string(name) + ", %i, %j : vector<4xi32>")
            .c_str(),
        ("icmp " + std::string(name) + " <4 x i32> %2, %3").c_str());
}

TEST_F(TranslationsTest, Math) {
  expectBecomes("math.fma %a, %b, %a : vector<4xf32>",
                "@llvm.fma.v4f32(<4 x float> %0, <4 x float> %1, "
                "<4 x float> %0)");
  expectBecomes("math.copysign %a, %b : vector<4xf32>",
                "@llvm.copysign.v4f32(<4 x float> %0, <4 x float> %1)");
  expectBecomes("math.absf %a : vector<4xf32>", "@llvm.fabs.v4f32");
  expectBecomes("math.sqrt %a : vector<4xf32>", "@llvm.sqrt.v4f32");
  expectBecomes("math.roundeven %a : vector<4xf32>", "@llvm.roundeven.v4f32");
  expectBecomes("math.floor %a : vector<4xf32>", "@llvm.floor.v4f32");
  expectBecomes("math.ceil %a : vector<4xf32>", "@llvm.ceil.v4f32");
  expectBecomes("math.trunc %a : vector<4xf32>", "@llvm.trunc.v4f32");
}

TEST_F(TranslationsTest, Vectors) {
  expectBecomes("vector.broadcast %s : f32 to vector<4xf32>",
                "shufflevector <4 x float>");
  expectBecomes("vector.broadcast %s : f32 to vector<[4]xf32>",
                "shufflevector <vscale x 4 x float>");
  expectBecomes("vector.shuffle %a, %b [0, 5] : vector<4xf32>, vector<4xf32>",
                "<4 x float> %0, <4 x float> %1, <2 x i32> <i32 0, i32 5>");
  expectBecomes("vector.extract %a[3] : f32 from vector<4xf32>",
                "extractelement <4 x float> %0, i64 3");
  expectBecomes("vector.insert %s, %a[2] : f32 into vector<4xf32>",
                "insertelement <4 x float> %0, float %5, i64 2");
  expectBecomes("vector.reduction <or>, %m : vector<4xi1> into i1",
                "@llvm.vector.reduce.or.v4i1(<4 x i1> %4)");
}

TEST_F(TranslationsTest, LoopsCarryTheirValues) {
  std::string text = translate(R"(
    func.func @sum(%n: i64, %x: f32) -> f32 {
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %start = arith.constant 0.5 : f32
      %sum = scf.for %i = %zero to %n step %one iter_args(%part = %start)
          -> f32 : i64 {
        %inner = scf.for %k = %zero to %i step %one iter_args(%p = %part)
            -> f32 : i64 {
          %q = arith.addf %p, %x : f32
          scf.yield %q : f32
        }
        scf.yield %inner : f32
      }
      func.return %sum : f32
    })");
  EXPECT_NE(text.find("phi float [ 5.000000e-01, %2 ]"), std::string::npos)
      << text;
  EXPECT_NE(text.find("ret float"), std::string::npos) << text;
}

TEST_F(TranslationsTest, LoopsTestWhereTheySay) {
  std::string text = translate(R"(
    func.func @halve(%n: i64, %x: f32) -> (i64, f32) {
      %one = arith.constant 1 : i64
      %half = arith.constant 0.5 : f32
      %k, %last = scf.while (%i = %n, %y = %x) : (i64, f32) -> (i64, f32) {
        %next = arith.subi %i, %one : i64
        %z = arith.mulf %y, %half : f32
        %more = arith.cmpi slt, %next, %n : i64
        scf.condition(%more) %next, %z : i64, f32
      } do {
      ^after(%i: i64, %y: f32):
        %negated = arith.negf %y : f32
        scf.yield %i, %negated : i64, f32
      }
      func.return %k, %last : i64, f32
    })");
  // The first region's values go round through the second, and are the results.
  for (const char *part :
       {"%4 = phi i64 [ %0, %2 ], [ %6, %9 ]",
        "%5 = phi float [ %1, %2 ], [ %10, %9 ]", "%6 = sub i64 %4, 1",
        "%7 = fmul float %5, 5.000000e-01", "br i1 %8, label %9, label %11",
        "%10 = fneg float %7"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST_F(TranslationsTest, Selections) {
  std::string text = translate(R"(
    func.func @callee(%n: i64) { func.return }
    func.func @choose(%c: i1, %x: f32, %n: i64) -> (f32, f32) {
      %a, %b = scf.if %c -> (f32, f32) {
        %y = arith.negf %x : f32
        scf.yield %y, %x : f32, f32
      } else {
        scf.yield %x, %x : f32, f32
      }
      scf.if %c {
        func.call @callee(%n) : (i64) -> ()
      }
      func.return %a, %b : f32, f32
    })");
  EXPECT_NE(text.find("define { float, float } @choose(i1 %0, float %1"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("phi float"), std::string::npos) << text;
  EXPECT_NE(text.find("call void @callee(i64 %2)"), std::string::npos) << text;
}

TEST_F(TranslationsTest, OthersAreRefused) {
  for (const char *body :
       {"arith.floordivsi %n, %n : i64", "math.sin %a : vector<4xf32>",
        "vector.reduction <add>, %a : vector<4xf32> into f32",
        "vector.shape_cast %a : vector<4xf32> to vector<2x2xf32>",
        "vector.broadcast %a : vector<4xf32> to vector<2x4xf32>"}) {
    std::string text = translateBody(body);
    EXPECT_NE(text.find("translation to LLVM IR failed"), std::string::npos)
        << body << "\n"
        << text;
  }
}

} // namespace
