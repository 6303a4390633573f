//===- HostCompiler.h - A small compiler that uses Actin --------*- C++ -*-===//
//
// A compiler for one program, a dense layer written in MLIR: each element of
// the product of two matrices, plus a bias, goes through an activation while it
// is still in a register.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_EXAMPLES_MATMUL_EPILOGUE_HOSTCOMPILER_H
#define ACTIN_TEST_EXAMPLES_MATMUL_EPILOGUE_HOSTCOMPILER_H

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <string>

/// The sizes that the layer is compiled for.
constexpr int64_t numRows = 24, numInner = 40, numColumns = 48;

/// What becomes of bias + product in the register.
struct Epilogue {
  std::string formula;   ///< Of x and beta; empty: it stays as it is.
  bool gradient = false; ///< dout * df/dx in place of f.
  std::string target = "native";
};

/// The machine code of one layer.
class DenseLayer {
public:
  /// Prints to standard error why there is none, and returns null.
  static std::unique_ptr<DenseLayer> compile(const Epilogue &epilogue);

  /// All matrices row-major; `dout` may be null without a gradient.
  void run(const float *a, const float *b, const float *bias, float beta,
           const float *dout, float *result) const {
    function(a, b, bias, beta, dout, result);
  }

private:
  using Function = void (*)(const float *a, const float *b, const float *bias,
                            float beta, const float *dout, float *result);

  DenseLayer(std::unique_ptr<mlir::ExecutionEngine> engine, Function function)
      : engine(std::move(engine)), function(function) {}

  std::unique_ptr<mlir::ExecutionEngine> engine;
  Function function;
};

#endif // ACTIN_TEST_EXAMPLES_MATMUL_EPILOGUE_HOSTCOMPILER_H
