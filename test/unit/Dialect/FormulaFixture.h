//===- FormulaFixture.h - Formulas as functions, for tests ------*- C++ -*-===//
//
// A context and a module that hold the formula under test.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_UNIT_DIALECT_FORMULAFIXTURE_H
#define ACTIN_TEST_UNIT_DIALECT_FORMULAFIXTURE_H

#include "Dialect/Act/Evaluate.h"
#include "Dialect/Act/ExportExpr.h"
#include "Dialect/Act/ImportExpr.h"
#include "actin/Dialect/Act/Act.h"
#include "actin/Module.h"

#include "mlir/IR/Diagnostics.h"

#include <gtest/gtest.h>

namespace actin {

class FormulaFixture : public testing::Test {
protected:
  FormulaFixture() : context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<act::ActDialect, mlir::func::FuncDialect>();
    module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    context.getDiagEngine().registerHandler([&](mlir::Diagnostic &diagnostic) {
      errors += diagnostic.str() + "\n";
    });
  }

  /// The first activation of `source` in a fresh module.
  mlir::func::FuncOp import(const std::string &source) {
    Expected<Module> parsed = parseModule(source);
    if (!parsed) {
      ADD_FAILURE() << render(parsed.error(), source, "test");
      return {};
    }
    module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    auto function = act::importActivation(parsed->getActivations()[0], *module);
    return mlir::succeeded(function) ? *function : mlir::func::FuncOp();
  }

  /// The formula of `function` as text, without the head.
  static std::string printBody(mlir::func::FuncOp function) {
    Expected<Activation> activation = act::exportActivation(function);
    if (!activation)
      return "error: " + activation.error()[0].message;
    std::string text = activation->print();
    size_t head = text.find(") = ");
    text = head == std::string::npos ? text.substr(text.find(") {") + 2)
                                     : text.substr(head + 4);
    while (!text.empty() && text.back() == '\n')
      text.pop_back();
    return text;
  }

  /// The first result at these arguments, to 113 bits.
  static Real evaluate(mlir::func::FuncOp function,
                       llvm::ArrayRef<Real> arguments) {
    auto results = act::evaluate(function, arguments);
    return mlir::succeeded(results) ? (*results)[0] : Real(std::nan(""));
  }

  /// |a - b| relative to `scale`, as a double.
  static double getError(const Real &a, const Real &b, double scale) {
    return std::fabs((a - b).toDouble()) / scale;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string errors; ///< Of the context, so far.
};

} // namespace actin

#endif // ACTIN_TEST_UNIT_DIALECT_FORMULAFIXTURE_H
