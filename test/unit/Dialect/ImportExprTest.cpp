//===- ImportExprTest.cpp - Formulas to the dialect and back --------------===//

#include "FormulaFixture.h"

using namespace mlir;

namespace actin {
namespace {

using ImportExprTest = FormulaFixture;

TEST_F(ImportExprTest, StandardLibraryComesBackUnchanged) {
  for (const Activation &activation : getStandardLibrary().getActivations()) {
    auto function = act::importActivation(activation, *module);
    ASSERT_TRUE(succeeded(function)) << errors;
    Expected<Activation> back = act::exportActivation(*function);
    ASSERT_TRUE(back.has_value()) << activation.getName();
    EXPECT_EQ(back->print(), activation.print());
  }
}

TEST_F(ImportExprTest, BuilderAndTextGiveTheSameOperations) {
  ActivationBuilder builder("swish");
  Expr x = builder.input("x");
  Expr beta = builder.parameter("beta", 1.0);
  Expected<Activation> built = builder.build(x * sigmoid(beta * x));
  ASSERT_TRUE(built.has_value());
  auto fromBuilder = act::importActivation(*built, *module);
  ASSERT_TRUE(succeeded(fromBuilder));
  std::string expected, actual;
  llvm::raw_string_ostream(expected) << *fromBuilder;
  func::FuncOp fromText =
      import("activation swish(x; beta = 1) = x * sigmoid(beta * x)");
  llvm::raw_string_ostream(actual) << fromText;
  EXPECT_EQ(actual, expected);
}

TEST_F(ImportExprTest, ArgumentsCarryNamesRolesAndDefaults) {
  func::FuncOp function =
      import("activation f(x; a = 0.25, b[channel]) = a * x + b");
  auto get = [&](unsigned i, StringRef name) {
    auto text = function.getArgAttrOfType<StringAttr>(i, name);
    return text ? text.str() : "";
  };
  EXPECT_EQ(get(0, "act.name"), "x");
  EXPECT_EQ(get(0, "act.role"), "input");
  EXPECT_EQ(get(1, "act.role"), "parameter");
  EXPECT_EQ(get(2, "act.name"), "b");
  EXPECT_EQ(get(2, "act.role"), "channel");
  auto value = function.getArgAttrOfType<act::RealAttr>(1, "act.default");
  ASSERT_TRUE(value);
  EXPECT_EQ(value.getValue(), Real(0.25));
  EXPECT_FALSE(function.getArgAttr(2, "act.default"));
}

TEST_F(ImportExprTest, OverridesBecomeSiblings) {
  func::FuncOp function = import("activation spike(x) {\n"
                                 "  return where(x > 0, 1, 0)\n"
                                 "}\n"
                                 "gradient x = 1 / (1 + abs(x)) ** 2\n");
  ASSERT_TRUE(function);
  auto sibling = module->lookupSymbol<func::FuncOp>("spike.gradient.x");
  ASSERT_TRUE(sibling);
  Expected<Activation> back = act::exportActivation(function);
  ASSERT_TRUE(back.has_value());
  ASSERT_EQ(back->getGradientOverrides().size(), 1u);
  EXPECT_EQ(back->getGradientOverrides()[0].name, "x");
  sibling.setName("surrogate"); // Its own name is none in the language.
  EXPECT_EQ(printBody(sibling), "1 / (1 + abs(x))**2");
}

TEST_F(ImportExprTest, ATakenNameIsAnError) {
  const Activation &activation = *getStandardLibrary().find("gelu");
  ASSERT_TRUE(succeeded(act::importActivation(activation, *module)));
  EXPECT_TRUE(failed(act::importActivation(activation, *module)));
  EXPECT_NE(errors.find("already holds a function 'gelu'"), std::string::npos);
}

TEST_F(ImportExprTest, AFunctionWithoutNamesCannotComeBack) {
  OpBuilder builder(&context);
  Type real = act::RealType::get(&context);
  auto function = func::FuncOp::create(module->getLoc(), "f",
                                       builder.getFunctionType({real}, {real}));
  module->push_back(function);
  EXPECT_FALSE(act::exportActivation(function).has_value()); // No body.
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  func::ReturnOp::create(builder, module->getLoc(), block->getArgument(0));
  Expected<Activation> back = act::exportActivation(function);
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error()[0].message,
            "argument 0 of 'f' has no name or no role");
}

} // namespace
} // namespace actin
