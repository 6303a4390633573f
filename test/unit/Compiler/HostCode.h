//===- HostCode.h - Code of a host that embeds an activation ----*- C++ -*-===//

#ifndef ACTIN_TEST_UNIT_COMPILER_HOSTCODE_H
#define ACTIN_TEST_UNIT_COMPILER_HOSTCODE_H

#include "actin/Dialect/Act/Embed.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"

#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace actin::test {

/// A function `host(ptr *operands, ptr *results)` around one emitActivation,
/// whose operands are loaded and whose results are stored.
class HostCode {
public:
  HostCode() : context(makeRegistry()) {
    context.loadAllAvailableDialects();
    context.getDiagEngine().registerHandler([this](mlir::Diagnostic &message) {
      errors += message.str() + "\n";
      return mlir::success();
    });
  }

  /// `types`: of the inputs, then the parameters, then dout. Whether it worked.
  bool build(const EmbedRequest &request, llvm::ArrayRef<const char *> types,
             size_t numInputs);
  /// Compiles what was built, and calls it.
  void run(std::vector<const void *> operands, std::vector<void *> results);

  mlir::ModuleOp getModule() { return *module; }
  const std::string &getErrors() const { return errors; }

private:
  static mlir::DialectRegistry makeRegistry() {
    mlir::DialectRegistry registry;
    registerEmbeddedDialects(registry);
    mlir::registerBuiltinDialectTranslation(registry);
    mlir::registerLLVMDialectTranslation(registry);
    return registry;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string errors;
};

} // namespace actin::test

#endif // ACTIN_TEST_UNIT_COMPILER_HOSTCODE_H
