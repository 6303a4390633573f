//===- Embed.h - Activations in the code of another compiler ----*- C++ -*-===//
//
// For compilers that use MLIR: an activation, or its gradients, as operations
// on the values of their own code, such as the epilogue of a matrix product.
// Link libactin-compiler.so, which uses the same shared MLIR as the host.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_EMBED_H
#define ACTIN_DIALECT_ACT_EMBED_H

#include "actin/KernelOptions.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectRegistry.h"

namespace actin {

/// What is emitted.
struct EmbedRequest {
  /// Text in the Actin language; empty: the standard library.
  std::string source;
  /// Of the activation; may be empty where `source` has only one.
  std::string name;
  KernelOutputs outputs; ///< As for a kernel; the value by default.
  /// `target` says which instructions the host will allow its code; see below.
  /// `type` is not used: the operands have types.
  CompileOptions options;
};

/// The values that are worked on.
struct EmbedOperands {
  /// In declaration order, all of one type: f32, f64, f16, bf16, or a vector of
  /// these of any rank, of a fixed shape and at most 4096 elements.
  mlir::ValueRange inputs;
  /// In declaration order, each of the inputs' type (one value an element), or
  /// a scalar of the compute type (f64 for f64, else f32). A null value, and
  /// one that is left out at the end, takes the declared default.
  mlir::ValueRange parameters;
  mlir::Value dout; ///< As the inputs; only where gradients are asked for.
};

/// Registers act and the dialects whose operations `emitActivation` makes:
/// arith, math, vector, llvm, and scf for sin, cos and tan. To be called from
/// `getDependentDialects` of a pass that calls that: a context in which passes
/// already run cannot load dialects any more.
void registerEmbeddedDialects(mlir::DialectRegistry &registry);

/// Emits the operations at the builder's insertion point, and returns the
/// results in the order of a kernel's: the value, the gradients, the second
/// derivatives, each of the inputs' type. The gradient of a parameter is the
/// contribution of each element, dout * dy/dparameter; the host adds them up.
///
/// The operations are pure: a sequence a native vector, straight but for an
/// scf.if around what only huge arguments of sin, cos and tan need. CSE and code
/// motion of the host may work on it. Where a table is needed a constant
/// `llvm.mlir.global` named `act_table_…` is added to the nearest symbol table,
/// so nobody else may change that at the same time.
///
/// Accuracy: that of the kernels (for whole native vectors, their very bits),
/// as long as the host lowers each operation as it stands: no fast-math flags,
/// no contraction of products and sums, and `math.fma` to an instruction, which
/// every target but x86-64-v2 has. A host that compiles for less than
/// `options.target` gets calls to fmaf in its place.
///
/// Errors, reported at `location` as diagnostics of the host's context: a
/// formula that does not parse (every message with its line and column), an
/// unknown activation or name of an output, an unknown target, a GPU, operands
/// of the wrong number or type, no symbol table around the insertion point.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
emitActivation(mlir::OpBuilder &builder, mlir::Location location,
               const EmbedRequest &request, const EmbedOperands &operands);

} // namespace actin

#endif // ACTIN_DIALECT_ACT_EMBED_H
