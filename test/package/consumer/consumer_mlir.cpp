//===- consumer_mlir.cpp - Somebody's compiler ----------------------------===//
//
// relu of a constant vector in a module of its own, printed.
//
//===----------------------------------------------------------------------===//

#include "actin/Dialect/Act/Embed.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include "llvm/Support/raw_ostream.h"

int main() {
  mlir::DialectRegistry registry;
  actin::registerEmbeddedDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  mlir::Location location = mlir::UnknownLoc::get(&context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(location);
  mlir::OpBuilder builder(module->getBody(), module->getBody()->begin());
  auto type = mlir::VectorType::get({4}, builder.getF32Type());
  mlir::Value x = mlir::arith::ConstantOp::create(
      builder, location,
      mlir::DenseElementsAttr::get(type, builder.getF32FloatAttr(-1)));
  actin::EmbedRequest request;
  request.name = "relu";
  actin::EmbedOperands operands;
  operands.inputs = x;
  auto emitted = actin::emitActivation(builder, location, request, operands);
  if (failed(emitted) || failed(module->verify()))
    return 1;
  module->print(llvm::outs());
  return emitted->front().getType() == type ? 0 : 1;
}
