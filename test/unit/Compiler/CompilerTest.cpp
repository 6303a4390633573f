//===- CompilerTest.cpp - Requests, targets, stages -----------------------===//

#include "KernelFixture.h"

using namespace actin;
using namespace actin::test;

namespace {

const char *swish = "activation swish(x; beta = 1) = x * sigmoid(beta * x)";

TEST(CompilerTest, RefusesUnknownNames) {
  Compiler compiler;
  Activation activation = parseOne(swish);
  for (KernelOutputs outputs : {KernelOutputs{true, {"y"}, {}},
                                {true, {}, {"beta"}},
                                {true, {}, {"z"}},
                                {false, {}, {}},
                                {true, {"x", "x"}, {}}}) {
    Expected<Kernel> kernel = compiler.compile(activation, outputs);
    ASSERT_FALSE(kernel);
    EXPECT_FALSE(kernel.error().front().message.empty());
  }
  EXPECT_EQ(compiler.getCacheStatistics().entries, 0u);
}

TEST(CompilerTest, RefusesUnknownTargets) {
  Compiler compiler;
  for (const char *target :
       {"", "x86-64-v9", "Native", "pentium-5", "help", "x86-64-v3 "}) {
    CompileOptions options;
    options.target = target;
    Expected<Kernel> kernel = compiler.compile(parseOne(swish), {}, options);
    ASSERT_FALSE(kernel) << target;
    EXPECT_NE(messages(kernel.error()).find("unknown target"),
              std::string::npos);
    EXPECT_FALSE(compiler.emit(parseOne(swish), {}, options, EmitKind::LLVM));
  }
}

TEST(CompilerTest, RefusesTargetsOfOtherMachines) {
  Compiler compiler;
  CompileOptions options;
  for (const std::string &target : getIrreconcilableCpus()) {
    options.target = target;
    Expected<Kernel> kernel = compiler.compile(parseOne(swish), {}, options);
    if (kernel)
      continue;
    EXPECT_NE(messages(kernel.error()).find("it lacks"), std::string::npos);
    EXPECT_TRUE(compiler.emit(parseOne(swish), {}, options, EmitKind::Assembly))
        << "emitting needs no such machine";
    return;
  }
  FAIL() << "a machine that runs everything";
}

// 2^40 ways lead from the sigmoid to the result.
TEST(CompilerTest, LooksAtEachOperationOnce) {
  std::string text = "activation f(x, y) {\n  let v0 = sigmoid(x * y)\n";
  for (int i = 0; i != 40; ++i) {
    std::string from = "v" + std::to_string(i);
    text += "  let v" + std::to_string(i + 1) + " = where(y > " +
            std::to_string(i) + ".5, " + from + ", -" + from + ")\n";
  }
  Compiler compiler;
  Activation activation = parseOne(text + "  return v40\n}\n");
  EXPECT_TRUE(compileOrFail(compiler, activation, {}));
}

TEST(CompilerTest, EmitsEveryStage) {
  Compiler compiler;
  Activation activation = parseOne(swish);
  auto emit = [&](EmitKind kind) {
    CompileOptions options;
    options.target = "x86-64-v4";
    Expected<std::string> text = compiler.emit(
        activation, fusedOutputs(activation), options, kind, "my_swish");
    EXPECT_TRUE(text) << messages(text.error());
    return text ? *text : std::string();
  };
  EXPECT_NE(emit(EmitKind::MLIR).find("@my_swish"), std::string::npos);
  EXPECT_NE(emit(EmitKind::LLVM).find("define void @my_swish"),
            std::string::npos);
  std::string assembly = emit(EmitKind::Assembly);
  EXPECT_NE(assembly.find("my_swish:"), std::string::npos);
  EXPECT_NE(assembly.find("zmm"), std::string::npos) << "512-bit vectors";
  EXPECT_EQ(assembly.find("call"), std::string::npos) << "no libm";
  EXPECT_EQ(emit(EmitKind::Object).substr(1, 3), "ELF");
}

TEST(CompilerTest, TargetsKeepToTheirInstructions) {
  Compiler compiler;
  Activation activation = parseOne(swish);
  auto assembly = [&](const char *target) {
    CompileOptions options;
    options.target = target;
    return compiler.emit(activation, {}, options, EmitKind::Assembly).value();
  };
  EXPECT_EQ(assembly("x86-64-v2").find("ymm"), std::string::npos);
  EXPECT_EQ(assembly("x86-64-v2").find("vfm"), std::string::npos);
  EXPECT_NE(assembly("x86-64-v3").find("ymm"), std::string::npos);
  EXPECT_NE(assembly("x86-64-v3").find("vfm"), std::string::npos);
  EXPECT_EQ(assembly("x86-64-v3").find("zmm"), std::string::npos);
}

TEST(CompilerTest, EmittedTextIsTheSameEachTime) {
  Activation activation = parseOne(swish);
  for (EmitKind kind : {EmitKind::MLIR, EmitKind::LLVM, EmitKind::Assembly}) {
    Compiler first, second;
    EXPECT_EQ(
        first.emit(activation, fusedOutputs(activation), {}, kind).value(),
        second.emit(activation, fusedOutputs(activation), {}, kind).value());
  }
}

TEST(CompilerTest, TimesEachStage) {
  Compiler compiler;
  StageTimes times;
  ASSERT_TRUE(compiler.compile(parseOne(swish), {}, {}, &times));
  std::vector<std::string> names;
  for (const auto &[name, nanos] : times) {
    names.push_back(name);
    EXPECT_GT(nanos, 0) << name;
  }
  EXPECT_EQ(names.front(), "import");
  EXPECT_EQ(names.back(), "link");
}

TEST(CompilerTest, Differentiates) {
  Compiler compiler;
  Activation activation = parseOne("activation f(x; a = 2) = a * x ** 3");
  Expected<Activation> first = compiler.differentiate(activation, "x");
  ASSERT_TRUE(first) << messages(first.error());
  EXPECT_EQ(first->getName(), "f_dx");
  EXPECT_EQ(first->getParameters().size(), 1u);
  EXPECT_TRUE(compiler.differentiate(activation, "a", 2));
  EXPECT_FALSE(compiler.differentiate(activation, "y"));
  EXPECT_FALSE(compiler.differentiate(activation, "x", 0));
}

TEST(CompilerTest, CodeHasASize) {
  Compiler compiler;
  Kernel kernel = compileOrFail(compiler, parseOne(swish), {});
  EXPECT_GT(kernel.getCodeSizeBytes(), 100u);
}

} // namespace
